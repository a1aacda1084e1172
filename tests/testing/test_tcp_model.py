"""Simulated TCP: exact times on a path without chance."""

import pytest

from holdfast.core.link.transport import (
    Abort,
    Accepted,
    AcceptMode,
    Acked,
    AskTcp,
    Close,
    Connected,
    ConnectFailed,
    ConnectFailure,
    Forget,
    Listen,
    Open,
    PauseReading,
    PeerClosed,
    PeerReset,
    Radio,
    Received,
    ResumeReading,
    Send,
    SetRadio,
    TcpSampled,
)
from holdfast.testing.scripted import Scripted
from holdfast.testing.world import PathModel, World

EXACT = PathModel(latency_s=0.01, jitter_s=0.0)
LISTEN = (0.0, Listen(80, AcceptMode.ACCEPT))


def play(bench, device, *, until_s=60.0, path=EXACT, prepare=lambda world: None):
    world = World(1)
    world.add_device("board.test", device, path=path)
    world.add_bench(bench)
    prepare(world)
    world.run(until_s)
    return world


def echoing(event):
    return [Send(event.conn, event.data)] if isinstance(event, Received) else []


def named(machine, kind):
    return [(round(at, 6), event) for at, event in machine.inputs if isinstance(event, kind)]


def test_a_handshake_takes_one_round_trip_after_the_name():
    bench, device = Scripted([(1.0, Open(1, "board.test", 80))]), Scripted([LISTEN])
    play(bench, device)
    assert named(bench, Connected) == [(1.022, Connected(1, "192.0.2.2", 0.002))]
    assert named(device, Accepted) == [(1.032, Accepted(-1, 80, "192.0.2.3:49153"))]


def test_bytes_come_back_in_order_and_are_acknowledged():
    data = bytes(range(256)) * 40
    bench = Scripted(
        [(0.0, Open(1, "192.0.2.2", 80))],
        lambda e: [Send(1, data)] if isinstance(e, Connected) else [],
    )
    device = Scripted([LISTEN], echoing)
    play(bench, device)
    assert b"".join(e.data for e in bench.events() if isinstance(e, Received)) == data
    assert sum(e.size_bytes for e in bench.events() if isinstance(e, Acked)) == len(data)
    assert sum(e.size_bytes for e in device.events() if isinstance(e, Acked)) == len(data)


def test_the_device_never_has_more_than_its_send_buffer_in_flight():
    """5,760 bytes go out at once; the rest follows the first acknowledgement."""
    device = Scripted(
        [LISTEN], lambda e: [Send(e.conn, bytes(10_000))] if isinstance(e, Accepted) else []
    )
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80))])
    play(bench, device)
    got = named(bench, Received)
    assert sum(len(e.data) for at, e in got if at == 0.04) == 5_760
    assert min(at for at, e in got if at > 0.04) == 0.06


@pytest.mark.parametrize("script", [[], [(0.0, Listen(80, AcceptMode.REFUSE))]])
def test_a_closed_port_answers_with_a_reset(script):
    bench = Scripted([(0.5, Open(1, "192.0.2.2", 80))])
    play(bench, Scripted(script))
    assert bench.inputs == [(0.52, ConnectFailed(1, ConnectFailure.REFUSED, "connection refused"))]


def test_a_silent_port_is_asked_on_the_ladder_of_syns():
    """SYNs at 0, 1, 3 and 7 s: the port listens from 5 s on, so the one at 7 s is answered."""
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80))])
    device = Scripted([(0.0, Listen(80, AcceptMode.SILENT)), (5.0, Listen(80, AcceptMode.ACCEPT))])
    play(bench, device)
    assert named(bench, Connected) == [(7.02, Connected(1, "192.0.2.2"))]


def test_an_open_that_nothing_answers_fails_after_two_minutes():
    bench = Scripted([(0.0, Open(1, "198.51.100.1", 80)), (0.0, Open(2, "192.0.2.2", 80))])
    play(bench, Scripted([(0.0, Listen(80, AcceptMode.SILENT))]), until_s=300.0)
    assert bench.inputs == [(127.0, ConnectFailed(2, ConnectFailure.UNREACHABLE, "timed out"))]


def test_an_open_given_up_is_reset_when_the_device_answers_late():
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80)), (0.005, Close(1))])
    device = Scripted([LISTEN])
    play(bench, device)
    assert bench.inputs == []
    assert device.inputs == []


def test_tls_is_not_spoken():
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80, tls=True))])
    device = Scripted([LISTEN])
    play(bench, device)
    assert bench.inputs == [
        (0.02, ConnectFailed(1, ConnectFailure.TLS, "the port does not speak tls"))
    ]


def test_fin_and_rst_are_told_apart():
    device = Scripted(
        [LISTEN],
        lambda e: (
            [Close(e.conn) if e.data == b"close" else Abort(e.conn)]
            if isinstance(e, Received)
            else []
        ),
    )
    bench = Scripted(
        [(0.0, Open(1, "192.0.2.2", 80)), (0.0, Open(2, "192.0.2.2", 80))],
        lambda e: (
            [Send(e.conn, b"close" if e.conn == 1 else b"abort")]
            if isinstance(e, Connected)
            else []
        ),
    )
    play(bench, device)
    ((closed_at, closed),) = named(bench, PeerClosed)
    ((reset_at, reset),) = named(bench, PeerReset)
    assert (closed_at, closed.conn, reset_at, reset.conn) == (0.04, 1, 0.04, 2)
    assert closed.tcp.rtt_s == pytest.approx(0.02)
    assert closed.tcp.retransmits == 0
    assert reset.detail == "connection reset by peer"


def test_a_forgotten_connection_is_reset_by_the_answer_to_the_next_segment():
    device = Scripted([LISTEN, (5.0, Forget(-1))])
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80)), (9.0, Send(1, b"still there?"))])
    play(bench, device)
    assert [at for at, _ in named(bench, PeerReset)] == [5.04]  # keepalive asked at 5.02
    assert named(device, Received) == []


def test_a_lost_segment_of_the_bench_climbs_the_ladder():
    """Down from 1.0 to 2.0 s: sent at 1.0, again at about 1.2, 1.6, 2.4 s."""
    device = Scripted(
        [LISTEN, (0.99, SetRadio(Radio(is_up=False))), (2.0, SetRadio(Radio()))], echoing
    )
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80)), (1.0, Send(1, b"x")), (9.0, AskTcp(1))])
    play(bench, device)
    ((got_at, _),) = named(device, Received)
    rto_s = 0.02 + 0.2
    assert got_at == pytest.approx(1.0 + rto_s * 7 + 0.01, abs=0.02)
    ((_, sampled),) = named(bench, TcpSampled)
    assert sampled.tcp.retransmits == 3


def test_a_lost_segment_of_the_device_waits_for_its_coarse_timer():
    """lwIP looks every 0.5 s, and 1.5 s is its first wait."""
    device = Scripted(
        [
            LISTEN,
            (1.1, SetRadio(Radio(is_up=False))),
            (1.2, Send(-1, b"x")),
            (1.3, SetRadio(Radio())),
        ]
    )
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80))])
    play(bench, device)
    assert named(bench, Received) == [(2.51, Received(1, b"x"))]


def test_a_reader_that_pauses_closes_the_window_and_gets_all_in_the_end():
    """The device may have 5,760 bytes unread; the bench waits with the rest."""
    data = bytes(20_000)
    bench = Scripted(
        [(0.0, Open(1, "192.0.2.2", 80))],
        lambda e: [Send(1, data)] if isinstance(e, Connected) else [],
    )
    device = Scripted(
        [LISTEN, (30.0, ResumeReading(-1))],
        lambda e: [PauseReading(e.conn)] if isinstance(e, Accepted) else [],
    )
    play(bench, device)
    acked = named(bench, Acked)
    assert sum(e.size_bytes for at, e in acked if at < 30.0) == 5_760
    assert sum(e.size_bytes for at, e in acked) == len(data)
    assert min(at for at, _ in named(device, Received)) == 30.0
    assert sum(len(e.data) for _, e in named(device, Received)) == len(data)


def test_a_dead_peer_is_noticed_by_keepalive():
    """Idle 5 s, then four times 5 s without an answer: 20 s after the last sign of life."""
    device = Scripted([LISTEN, (1.0, SetRadio(Radio(is_up=False)))])
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80))])
    play(bench, device)
    ((at, event),) = named(bench, PeerReset)
    assert (at, event.detail) == (20.02, "timed out")
