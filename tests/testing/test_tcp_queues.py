"""Order, windows and round trips."""

import itertools
from random import Random

import pytest

from holdfast.core.link.retransmission import LWIP
from holdfast.testing.tcp_queues import MSS_BYTES, ReceiveQueue, RoundTrip, SendQueue


def test_the_first_round_trip_is_taken_whole_and_then_smoothed():
    rtt = RoundTrip()
    rtt.measure(0.1)
    assert (rtt.mean_s, rtt.deviation_s) == (0.1, 0.05)
    rtt.measure(0.2)
    assert rtt.mean_s == pytest.approx(0.1125)
    assert rtt.deviation_s == pytest.approx(0.0625)


def test_segments_are_cut_and_stop_at_the_send_buffer():
    sending = SendQueue(LWIP)
    sending.window = 65_535
    sending.add(bytes(10_000))
    sizes = []
    while (segment := sending.take(0.0)) is not None:
        sizes.append(len(segment.data))
    assert sizes == [MSS_BYTES] * 4
    assert sending.acknowledge(2 * MSS_BYTES, 0.1, RoundTrip()) == 2 * MSS_BYTES
    assert sending.take(0.1).seq == 4 * MSS_BYTES


def test_the_peers_window_is_kept():
    sending = SendQueue(LWIP)
    sending.window = 100
    sending.add(bytes(300))
    assert len(sending.take(0.0).data) == 100
    assert sending.take(0.0) is None
    assert sending.is_waiting


def test_fin_comes_last_and_counts_as_one():
    sending = SendQueue(LWIP)
    sending.add(b"ab")
    sending.has_fin = True
    assert not sending.take(0.0).is_fin
    fin = sending.take(0.0)
    assert (fin.is_fin, fin.seq, fin.end) == (True, 2, 3)
    assert sending.take(0.0) is None
    assert sending.acknowledge(3, 0.1, RoundTrip()) == 2


def test_a_segment_sent_twice_says_nothing_of_the_round_trip():
    sending, rtt = SendQueue(LWIP), RoundTrip()
    sending.add(b"ab")
    sending.take(0.0).tries = 1
    sending.acknowledge(2, 5.0, rtt)
    assert rtt.mean_s == 0.0


def test_the_third_duplicate_counts_and_only_while_something_is_out():
    sending = SendQueue(LWIP)
    assert [sending.is_third_duplicate() for _ in range(3)] == [False] * 3
    sending = SendQueue(LWIP)
    sending.add(b"ab")
    sending.take(0.0)
    assert [sending.is_third_duplicate() for _ in range(4)] == [False, False, True, False]


def test_recovery_lasts_until_what_was_out_is_acknowledged():
    sending = SendQueue(LWIP)
    sending.add(bytes(3 * MSS_BYTES))
    while sending.take(0.0):
        pass
    sending.time_out()
    sending.acknowledge(MSS_BYTES, 1.0, RoundTrip())
    assert sending.is_recovering
    sending.acknowledge(3 * MSS_BYTES, 1.0, RoundTrip())
    assert not sending.is_recovering


@pytest.mark.parametrize("seed", range(20))
def test_segments_in_any_order_and_number_give_the_bytes_once(seed):
    rng = Random(seed)
    data = bytes(rng.randrange(256) for _ in range(4000))
    cuts = sorted({0, len(data), *(rng.randrange(len(data)) for _ in range(20))})
    segments = [(a, data[a:b]) for a, b in itertools.pairwise(cuts)] * 2
    rng.shuffle(segments)
    receiving, got = ReceiveQueue(LWIP), []
    for seq, chunk in [*segments, *sorted(segments)]:
        got += [part for part, _ in receiving.put(seq, chunk, is_fin=False)]
    assert b"".join(got) == data
    assert receiving.next == len(data)


def test_what_is_held_closes_the_window():
    receiving = ReceiveQueue(LWIP)
    receiving.put(0, bytes(5_000), is_fin=False)
    receiving.hold(bytes(5_000))
    assert receiving.window == 760
    assert receiving.put(5_000, bytes(761), is_fin=False) == []
    assert receiving.put(5_000, bytes(760), is_fin=False) != []
    assert receiving.release() == [bytes(5_000)]
    assert receiving.window == 5_760
