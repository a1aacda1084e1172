"""How a simulated host runs its machine."""

import pytest

from holdfast.core.link.transport import (
    Accepted,
    AcceptMode,
    AskTcp,
    Close,
    Connected,
    ConnectFailed,
    ConnectFailure,
    Listen,
    Open,
    PeerClosed,
    PeerReset,
    Received,
    Send,
    Stop,
    TcpSampled,
)
from holdfast.errors import LocalProtocolError
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


def named(machine, kind):
    return [(round(at, 6), event) for at, event in machine.inputs if isinstance(event, kind)]


def test_an_address_needs_no_name():
    bench, device = Scripted([(1.0, Open(1, "192.0.2.2", 80))]), Scripted([LISTEN])
    play(bench, device)
    assert named(bench, Connected) == [(1.02, Connected(1, "192.0.2.2", None))]


def test_an_unknown_name_fails_as_such_and_a_known_one_may_be_forgotten():
    bench = Scripted([(0.0, Open(1, "nobody.test", 80)), (5.0, Open(2, "board.test", 80))])
    play(
        bench, Scripted([LISTEN]), prepare=lambda w: w.at(4.0, lambda: w.forget_name("board.test"))
    )
    assert bench.inputs == [
        (0.002, ConnectFailed(1, ConnectFailure.NAME, "name not resolved")),
        (5.002, ConnectFailed(2, ConnectFailure.NAME, "name not resolved")),
    ]


def test_ask_tcp_is_the_next_input_and_knows_nothing_of_what_is_gone():
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80)), (1.0, AskTcp(1)), (1.0, AskTcp(7))])
    play(bench, Scripted([LISTEN]))
    sampled = [event for at, event in bench.inputs if at == 1.0]
    assert sampled[0].conn == 1
    assert sampled[0].tcp.rtt_s == pytest.approx(0.02)
    assert sampled[1] == TcpSampled(7)


def test_no_input_comes_after_close():
    device = Scripted(
        [LISTEN],
        lambda e: [Send(e.conn, b"a"), Send(e.conn, b"b")] if isinstance(e, Accepted) else [],
    )
    bench = Scripted(
        [(0.0, Open(1, "192.0.2.2", 80))],
        lambda e: [Close(1)] if isinstance(e, Received) else [],
    )
    play(bench, device)
    assert [type(e) for e in bench.events()] == [Connected, Received]
    assert [type(e) for e in device.events()][-1] is PeerReset


def test_a_machine_that_stops_leaves_with_fin():
    device = Scripted([LISTEN])
    bench = Scripted([(0.0, Open(1, "192.0.2.2", 80)), (1.0, Stop("done"))])
    world = play(bench, device, prepare=lambda w: w.add_bench(Scripted(), "other"))
    assert world.now == 60.0
    assert [(at, e.conn) for at, e in named(device, PeerClosed)] == [(1.01, -1)]


def test_a_machine_that_never_waits_is_named():
    class Restless(Scripted):
        def deadline(self):
            return 0.0

    world = World(1)
    world.add_bench(Restless(), "restless")
    with pytest.raises(LocalProtocolError, match=r"^restless: more than 10000 turns at 0\.0 s$"):
        world.run(1.0)
