"""What machines may rely on, over the simulated world and over real sockets alike."""

import asyncio
import math

import pytest

from holdfast.adapters.clock import RunClock
from holdfast.adapters.driver import drive
from holdfast.core.journal.events import Note
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
    Received,
    Record,
    ResumeReading,
    Send,
    Stop,
    TcpSampled,
)
from holdfast.testing.scripted import Scripted
from holdfast.testing.world import World

LIMIT_S = 10.0
LISTEN = (0.0, Listen(80, AcceptMode.ACCEPT))


def in_world(bench, device):
    world = World(1)
    world.add_device("127.0.0.1", device)
    world.add_bench(bench)
    world.add_bench(Scripted(), "another, so that time goes on")
    world.run(LIMIT_S)
    return world.stopped(bench), world.records(bench)


def on_sockets(bench, device):
    """Run both on loopback; the bench's port 80 is the device's real one."""
    real, records = {}, []

    async def main():
        stop, listening, clock = asyncio.Event(), asyncio.Event(), RunClock()
        watched = Watched(device, real)

        def on_listening(logical, host, port):
            real[logical] = port
            listening.set()

        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            serving = drive(
                watched,
                record=lambda event: None,
                clock=clock,
                ports={80: 0},
                on_listening=on_listening,
                stop=stop,
            )
            group.create_task(serving)
            await listening.wait()
            why = await drive(Watched(bench, real), record=records.append, clock=clock)
            expected = sum(isinstance(event, Connected) for event in bench.events())
            await watched.rest_after(expected)
            stop.set()
        return why

    return asyncio.run(main()), records


class Watched:
    """A machine whose logical ports are real ones, and that tells when no peer is left."""

    def __init__(self, machine, ports):
        self._machine, self._ports, self._open = machine, ports, set()
        self._accepted = 0
        self._changed = asyncio.Event()

    def start(self, now):
        return self._map(self._machine.start(now))

    def receive(self, event, now):
        if isinstance(event, Accepted):
            self._open.add(event.conn)
            self._accepted += 1
        actions = self._map(self._machine.receive(event, now))
        if isinstance(event, PeerClosed | PeerReset):
            self._leave(event.conn)
        return actions

    def on_timer(self, now):
        return self._map(self._machine.on_timer(now))

    def deadline(self):
        return self._machine.deadline()

    async def rest_after(self, accepted):
        """Wait until so many connections came and all are gone."""
        while self._open or self._accepted < accepted:
            self._changed.clear()
            await self._changed.wait()

    def _leave(self, conn):
        self._open.discard(conn)
        self._changed.set()

    def _map(self, actions):
        for action in actions:
            if isinstance(action, Close | Abort | Forget):
                self._leave(action.conn)
        return [
            Open(a.conn, a.host, self._ports.get(a.port, a.port)) if isinstance(a, Open) else a
            for a in actions
        ]


@pytest.fixture(
    params=[in_world, pytest.param(on_sockets, marks=[pytest.mark.net, pytest.mark.slow])]
)
def play(request):
    return request.param


def kinds(machine):
    return [type(event).__name__ for event in machine.events()]


def received(machine, conn):
    return b"".join(e.data for e in machine.events() if isinstance(e, Received) and e.conn == conn)


def on(kind, *actions):
    return lambda event: list(actions) if isinstance(event, kind) else []


OPEN = (0.0, Open(1, "127.0.0.1", 80))


def test_a_connection_is_told_on_both_sides_before_its_bytes(play):
    bench = Scripted([OPEN], on(Connected, Send(1, b"hello"), Close(1), Stop("done")))
    device = Scripted([LISTEN])
    assert play(bench, device)[0] == "done"
    assert bench.events()[0].conn == 1
    assert bench.events()[0].resolve_s is None
    assert kinds(device) == ["Accepted", "Received", "PeerClosed"]
    accepted = device.events()[0]
    assert (accepted.conn, accepted.port) == (-1, 80)
    assert received(device, -1) == b"hello"


def test_bytes_arrive_exactly_both_ways(play):
    data = bytes(range(256)) * 400

    def react(event):
        match event:
            case Connected():
                return [Send(1, data[:70_000]), Send(1, data[70_000:])]
            case Received() if len(received(bench, 1)) == len(data):
                return [Stop("done")]
        return []

    bench = Scripted([OPEN], react)
    device = Scripted([LISTEN], lambda e: [Send(e.conn, e.data)] if isinstance(e, Received) else [])
    assert play(bench, device)[0] == "done"
    assert received(bench, 1) == data
    assert received(device, -1) == data


def test_everything_sent_is_acknowledged_once(play):
    def react(event):
        if isinstance(event, Accepted):
            return [Send(-1, bytes(9_000)), Send(-1, bytes(1_000))]
        return []

    bench = Scripted([OPEN, (1.0, Stop("done"))])
    device = Scripted([LISTEN], react)
    assert play(bench, device)[0] == "done"
    assert sum(e.size_bytes for e in device.events() if isinstance(e, Acked)) == 10_000
    assert all(e.size_bytes > 0 for e in device.events() if isinstance(e, Acked))


def test_fin_is_told_as_closed_and_our_side_stays_open(play):
    """The device closes after its first answer; what the bench still sends arrives."""

    def react(event):
        match event:
            case Received(data=b"1"):
                return [Send(-1, b"bye")]
            case PeerClosed():
                return [Send(-1, b"after your end"), Close(-1)]
        return []

    def ask(event):
        match event:
            case Connected():
                return [Send(1, b"1")]
            case Received(data=b"bye"):
                return [Close(1)]
        return []

    bench = Scripted([OPEN, (0.5, Stop("done"))], ask)
    device = Scripted([LISTEN], react)
    assert play(bench, device)[0] == "done"
    assert kinds(bench) == ["Connected", "Acked", "Received"] or kinds(bench) == [
        "Connected",
        "Received",
    ]
    assert "PeerClosed" in kinds(device)
    assert "PeerReset" not in kinds(device)


def test_a_peer_that_closed_may_still_be_read_to_the_end(play):
    bench = Scripted([OPEN, (0.5, Close(1)), (0.6, Stop("done"))])
    device = Scripted(
        [LISTEN],
        lambda e: [Send(-1, b"all of it"), Close(-1)] if isinstance(e, Accepted) else [],
    )
    assert play(bench, device)[0] == "done"
    assert kinds(bench) == ["Connected", "Received", "PeerClosed"]
    assert received(bench, 1) == b"all of it"


def test_rst_is_told_as_reset(play):
    bench = Scripted([OPEN], lambda e: [Stop("done")] if isinstance(e, PeerReset) else [])
    device = Scripted([LISTEN], on(Accepted, Abort(-1)))
    assert play(bench, device)[0] == "done"
    assert kinds(bench) == ["Connected", "PeerReset"]
    assert bench.events()[-1].detail == "connection reset by peer"


def test_a_forgotten_connection_resets_whoever_still_uses_it(play):
    bench = Scripted(
        [OPEN, (0.3, Send(1, b"there?"))],
        lambda e: [Stop("done")] if isinstance(e, PeerReset) else [],
    )
    device = Scripted([LISTEN], on(Accepted, Forget(-1)))
    assert play(bench, device)[0] == "done"
    assert received(device, -1) == b""


def test_a_refusing_port_refuses(play):
    device = Scripted([(0.0, Listen(80, AcceptMode.REFUSE))])
    bench = Scripted([OPEN], lambda e: [Stop("done")])
    assert play(bench, device)[0] == "done"
    assert bench.events() == [ConnectFailed(1, ConnectFailure.REFUSED, "connection refused")]
    assert device.events() == []


def test_a_silent_port_says_nothing_and_listens_again_later(play):
    """SYNs at 0, 1 and 3 s; Linux since 6.5 sends the third at 2 s already."""
    device = Scripted([(0.0, Listen(80, AcceptMode.SILENT)), (1.5, Listen(80, AcceptMode.ACCEPT))])
    bench = Scripted([OPEN], lambda e: [Stop("done")])
    assert play(bench, device)[0] == "done"
    ((at_s, event),) = bench.inputs
    assert isinstance(event, Connected)
    assert at_s == pytest.approx(3.0, abs=0.25) or at_s == pytest.approx(2.0, abs=0.25)
    assert [type(e) for e in device.events()] == [Accepted, PeerClosed]


def test_a_port_goes_through_all_its_modes(play):
    modes = [AcceptMode.ACCEPT, AcceptMode.REFUSE, AcceptMode.SILENT, AcceptMode.REFUSE]
    device = Scripted(
        [(0.2 * n, Listen(80, mode)) for n, mode in enumerate([*modes, AcceptMode.ACCEPT])]
    )
    bench = Scripted([(0.2 * n + 0.1, Open(n + 1, "127.0.0.1", 80)) for n in range(5)])
    bench._script += [(0.95, Close(3)), (1.2, Stop("done"))]
    play(bench, device)
    assert [(type(e), e.conn) for e in bench.events()] == [
        (Connected, 1),
        (ConnectFailed, 2),
        (ConnectFailed, 4),
        (Connected, 5),
    ]


def test_an_open_given_up_says_nothing(play):
    device = Scripted([(0.0, Listen(80, AcceptMode.SILENT))])
    bench = Scripted([OPEN, (0.2, Close(1)), (0.4, Stop("done"))])
    assert play(bench, device)[0] == "done"
    assert bench.events() == []


def test_a_name_that_nobody_has_fails_as_such(play):
    bench = Scripted([(0.0, Open(1, "no-such-host.invalid", 80))], lambda e: [Stop("done")])
    assert play(bench, Scripted([LISTEN]))[0] == "done"
    assert bench.events() == [ConnectFailed(1, ConnectFailure.NAME, "name not resolved")]


def test_a_pausing_reader_holds_the_sender_back(play):
    """What the device does not read is not all acknowledged; then everything comes."""
    data = bytes(4_000_000)

    def react(event):
        if isinstance(event, Accepted):
            return [PauseReading(-1)]
        if isinstance(event, Received) and len(received(device, -1)) == len(data):
            return [Close(-1)]
        return []

    bench = Scripted(
        [OPEN],
        lambda e: (
            [Send(1, data)]
            if isinstance(e, Connected)
            else [Stop("done")]
            if isinstance(e, PeerClosed)
            else []
        ),
    )
    device = Scripted([LISTEN, (0.5, ResumeReading(-1))], react)
    assert play(bench, device)[0] == "done"
    before = [e.size_bytes for at, e in bench.inputs if isinstance(e, Acked) and at < 0.5]
    assert sum(before) < len(data) / 2
    assert min(at for at, e in device.inputs if isinstance(e, Received)) >= 0.5
    assert received(device, -1) == data


def test_no_input_comes_for_a_connection_that_was_given_up(play):
    bench = Scripted(
        [OPEN, (0.5, Stop("done"))], lambda e: [Close(1)] if isinstance(e, Received) else []
    )
    device = Scripted([LISTEN, *((0.1 + n / 100, Send(-1, b"x" * 100)) for n in range(20))])
    assert play(bench, device)[0] == "done"
    assert kinds(bench) == ["Connected", "Received"]
    assert kinds(device)[-1] in ("PeerReset", "PeerClosed")


def test_ask_tcp_is_answered_first_and_at_once(play):
    bench = Scripted(
        [OPEN],
        lambda e: (
            [AskTcp(1), AskTcp(9)]
            if isinstance(e, Received)
            else [Close(1), Stop("done")]
            if isinstance(e, TcpSampled) and e.conn == 9
            else []
        ),
    )
    device = Scripted([LISTEN], on(Accepted, Send(-1, b"x")))
    assert play(bench, device)[0] == "done"
    assert kinds(bench)[-3:] == ["Received", "TcpSampled", "TcpSampled"]
    first, second = bench.events()[-2:]
    assert first.conn == 1
    assert first.tcp is None or first.tcp.rtt_s > 0.0
    assert second == TcpSampled(9)


def test_timers_run_when_due_and_never_early(play):
    due = [0.1, 0.25, 0.25, 0.3]
    bench = Scripted([*((at, Record(Note(at_s=at, about="n", text=""))) for at in due)])
    bench._script.append((0.31, Stop("done")))
    why, records = play(bench, Scripted())
    assert why == "done"
    assert [event.at_s for event in records] == due
    assert len(bench.timers) == 4
    for at_s, due_s in zip(bench.timers, [0.1, 0.25, 0.3, 0.31], strict=True):
        assert 0.0 <= at_s - due_s < 0.05


def test_nothing_happens_after_stop(play):
    bench = Scripted([(0.1, Stop("done")), (0.1, Record(Note(at_s=0.1, about="n", text="")))])
    why, records = play(bench, Scripted([LISTEN]))
    assert (why, records) == ("done", [])
    assert bench.deadline() == math.inf
