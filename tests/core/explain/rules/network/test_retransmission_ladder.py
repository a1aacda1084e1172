"""Latencies on the steps of the retransmission timers."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.rules.network.retransmission_ladder import check


def lossy(slow, total=60, **every):
    """``slow``: (connect_s, wait_s, retransmits) of every third request."""
    bench = Bench()
    slow = list(slow)
    for i in range(total):
        connect_s, wait_s, again = slow.pop(0) if i % 3 == 0 and slow else (0.02, 0.03, 0)
        bench.echo(5.0 * i, i % 11 != 0)
        bench.ask(5.0 * i + 0.1, connect_s=connect_s, wait_s=wait_s, retransmits=again, **every)
    return bench.view()


def test_syns_and_segments_sent_again():
    rows = [(1.02, 0.03, 0), (0.02, 0.24, 1), (0.02, 0.65, 2), (1.03, 0.03, 0), (0.02, 1.44, 3)]
    (found,) = check(lossy(rows))
    assert found.evidence[0].text.startswith("5 of 60 answered requests lie on the steps")
    assert found.evidence[0].observed == 5.0
    assert found.confidence >= 0.6


def test_a_handler_that_takes_a_step_long_is_none():
    assert not check(lossy([(0.02, 1.43, 0)] * 12))


def test_delays_off_the_steps_are_none():
    rows = [(0.02, 0.35, 0), (1.35, 0.03, 0), (1.5, 0.03, 0), (0.02, 0.5, 0), (1.02, 0.03, 0),
            (1.8, 0.03, 0), (1.02, 0.03, 0)]  # fmt: skip
    assert not check(lossy(rows))


def test_three_are_chance():
    assert not check(lossy([(1.02, 0.03, 0)] * 3))


def test_without_the_kernels_word_the_syn_steps_tell():
    bench = Bench()
    for i in range(40):
        bench.ask(5.0 * i, connect_s=1.01 if i % 8 == 0 else 0.02)
    assert len(check(bench.view())) == 1
