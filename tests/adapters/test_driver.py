"""The real driver beyond what the conformance suite asks of both."""

import asyncio
import itertools
import os
import socket
import sys

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
    Echo,
    Listen,
    Open,
    PeerClosed,
    PeerReset,
    Radio,
    Received,
    Record,
    Send,
    SerialIn,
    SerialOut,
    SetRadio,
    Stop,
    TcpSampled,
)
from holdfast.errors import OutputError, UnreachableError
from holdfast.testing.scripted import Scripted

pytestmark = pytest.mark.net

LISTEN = (0.0, Listen(80, AcceptMode.ACCEPT))
LIMIT_S = 10.0


def run(machine, *, record=lambda event: None, **settings):
    async def main():
        async with asyncio.timeout(LIMIT_S):
            return await drive(machine, record=record, clock=RunClock(), **settings)

    return asyncio.run(main())


def served(device, use, **settings):
    """Run a device and ``await use(port)`` beside it."""

    async def main():
        stop, real = asyncio.Event(), asyncio.get_running_loop().create_future()
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            serving = drive(
                device,
                record=lambda event: None,
                clock=RunClock(),
                ports={80: 0},
                on_listening=lambda logical, host, port: real.set_result(port),
                stop=stop,
                **settings,
            )
            task = group.create_task(serving)
            result = await use(await real)
            stop.set()
        return result, task.result()

    return asyncio.run(main())


def bench(port, react, script=()):
    return Scripted([(0.0, Open(1, "127.0.0.1", port)), *script], react)


# --- beginning and end ---------------------------------------------------------------


def test_a_stop_from_outside_interrupts():
    class Orderly(Scripted):
        def interrupt(self, now):
            return [Record(Note(at_s=now, about="end", text="")), Stop("ended in order")]

    async def main(machine, records):
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, stop.set)
        return await drive(machine, record=records.append, clock=RunClock(), stop=stop)

    records = []
    assert asyncio.run(main(Orderly(), records)) == "ended in order"
    assert [event.about for event in records] == ["end"]
    assert asyncio.run(main(Scripted(), [])) == "interrupted"


def test_a_busy_port_is_told_without_a_group_around_it():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UnreachableError, match=rf"^127\.0\.0\.1:{port}: address already in"):
            run(Scripted(), ports={80: port})


def test_a_port_that_was_not_named_is_picked_when_it_is_needed():
    told = []
    machine = Scripted([(0.0, Listen(23, AcceptMode.ACCEPT)), (0.05, Stop("done"))])
    run(machine, on_listening=lambda *args: told.append(args))
    ((logical, host, port),) = told
    assert (logical, host) == (23, "127.0.0.1")
    assert port > 0


def test_what_record_raises_ends_the_run():
    def full(event):
        raise OutputError("run", "no space left on device")

    machine = Scripted([(0.01, Record(Note(at_s=0.0, about="x", text="")))])
    with pytest.raises(OutputError, match="no space left"):
        run(machine, record=full)


def test_a_machine_that_fails_ends_the_run_with_its_own_error():
    class Broken(Scripted):
        def on_timer(self, now):
            raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        run(Broken([(0.01, Stop("never"))]))


def test_cancellation_leaves_nothing_open():
    """A leak would be a ResourceWarning, and that is an error here."""

    async def main():
        machine = Scripted([LISTEN, (0.0, Open(1, "127.0.0.1", 9)), (0.0, Echo(1, "127.0.0.1"))])
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        task = loop.create_task(
            drive(
                machine,
                record=lambda event: None,
                clock=RunClock(),
                ports={80: 0},
                on_listening=lambda *args: told.set(),
            )
        )
        await told.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_what_was_sent_before_the_end_still_leaves():
    data = bytes(300_000)
    ended = []

    async def use(port):
        ended.append(asyncio.Event())
        machine = bench(
            port, lambda e: [Send(1, data), Stop("done")] if isinstance(e, Connected) else []
        )
        why = await drive(machine, record=lambda event: None, clock=RunClock())
        await ended[0].wait()
        return why

    device = Scripted([LISTEN], lambda e: ended[0].set() or [] if isinstance(e, PeerClosed) else [])
    assert served(device, use)[0] == "done"
    assert b"".join(e.data for e in device.events() if isinstance(e, Received)) == data


# --- connections ---------------------------------------------------------------------


def test_the_kernels_view_comes_with_a_connection():
    async def use(port):
        def react(event):
            match event:
                case Received():
                    return [AskTcp(1)]
                case PeerClosed():
                    return [Stop("done")]
            return []

        machine = bench(port, react)
        await drive(machine, record=lambda event: None, clock=RunClock())
        return machine.events()

    device = Scripted(
        [LISTEN],
        lambda e: [Send(-1, b"x"), Close(-1)] if isinstance(e, Accepted) else [],
    )
    events, _ = served(device, use)
    sampled = next(e for e in events if isinstance(e, TcpSampled))
    if sys.platform.startswith("linux"):
        assert 0.0 < sampled.tcp.rtt_s < 1.0
        assert events[-1].tcp.retransmits == 0


def test_an_answer_that_is_reset_in_the_middle_is_a_reset():
    async def use(port):
        machine = bench(port, lambda e: [Stop("done")] if isinstance(e, PeerReset) else [])
        await drive(machine, record=lambda event: None, clock=RunClock())
        return machine.events()[-1].detail

    def react(event):
        if isinstance(event, Acked):
            return [Abort(-1)]
        return [Send(-1, b"HTTP/1.1 200 OK\r\n")] if isinstance(event, Accepted) else []

    assert served(Scripted([LISTEN], react), use)[0] == "connection reset by peer"


def test_hosts_that_are_no_hosts_fail_each_in_their_own_way():
    hosts = ["", "a" * 70 + ".test", "a\0b", "no-such-host.invalid"]

    def react(event):
        return [Stop("done")] if len(machine.inputs) == len(hosts) else []

    machine = Scripted([(0.0, Open(n, host, 80)) for n, host in enumerate(hosts, 1)], react)
    run(machine)
    for event in machine.events():
        assert isinstance(event, ConnectFailed)
        if hosts[event.conn - 1]:
            assert event.why in (ConnectFailure.NAME, ConnectFailure.LOCAL)


@pytest.mark.slow
def test_a_flood_is_handed_on_in_bounded_pieces():
    async def use(port):
        sizes = []

        def react(event):
            if isinstance(event, Received):
                sizes.append(len(event.data))
                if sum(sizes) >= 30_000_000:
                    return [Stop("enough")]
            return []

        await drive(bench(port, react), record=lambda event: None, clock=RunClock())
        return max(sizes)

    out_bytes = 0

    def flood(event):
        nonlocal out_bytes
        out_bytes -= event.size_bytes if isinstance(event, Acked) else 0
        due = [Send(-1, bytes(1_000_000))] * ((4_000_000 - out_bytes) // 1_000_000)
        out_bytes += 1_000_000 * len(due)
        return due

    assert served(Scripted([LISTEN], flood), use)[0] <= 262_144


# --- a twin's radio ------------------------------------------------------------------


@pytest.mark.slow
def test_a_radio_that_is_down_answers_no_syn_and_holds_what_is_open():
    """Down from 0.2 to 1.2 s: what is sent at 0.3 s goes again at 0.5, 0.9 and 1.7 s."""

    async def use(port):
        machine = Scripted(
            [
                (0.0, Open(1, "127.0.0.1", port)),
                (0.3, Send(1, b"held")),
                (0.4, Open(2, "127.0.0.1", port)),
                (1.1, Close(2)),
            ],
            lambda e: [Stop("done")] if isinstance(e, Received) else [],
        )
        await drive(machine, record=lambda event: None, clock=RunClock())
        return machine

    device = Scripted(
        [LISTEN, (0.2, SetRadio(Radio(is_up=False))), (1.2, SetRadio(Radio()))],
        lambda e: [Send(e.conn, e.data)] if isinstance(e, Received) else [],
    )
    machine, _ = served(device, use)
    assert [type(e) for e in machine.events() if not isinstance(e, Acked)] == [
        Connected,
        Received,
    ]
    (got_at,) = [at for at, e in device.inputs if isinstance(e, Received)]
    assert got_at == pytest.approx(1.7, abs=0.2)


@pytest.mark.slow
def test_a_sleeping_radio_answers_at_its_beacons():
    async def use(port):
        times = []

        def react(event):
            if isinstance(event, Connected | Received):
                times.append(clock.now())
                return [Stop("done")] if len(times) > 5 else [Send(1, b"x")]
            return []

        clock = RunClock()
        await drive(bench(port, react), record=lambda event: None, clock=clock)
        return [b - a for a, b in itertools.pairwise(times)]

    device = Scripted(
        [(0.0, SetRadio(Radio(beacon_s=0.1024, awake_s=0.0))), LISTEN],
        lambda e: [Send(e.conn, e.data)] if isinstance(e, Received) else [],
    )
    gaps, _ = served(device, use)
    assert min(gaps[1:]) > 0.05  # a busy host delays one answer, and then the next comes sooner
    assert sum(gaps[1:]) > 3.5 * 0.1024


# --- serial lines --------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="no pseudo-terminals here")
def test_one_machine_writes_a_serial_line_and_another_reads_it():
    async def main():
        names, stop = asyncio.Queue(), asyncio.Event()
        writer = Scripted([(0.3, SerialOut("I (12) wifi: up\n"))])
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            writing = drive(
                writer,
                record=lambda event: None,
                clock=RunClock(),
                pty=names.put_nowait,
                stop=stop,
            )
            group.create_task(writing)
            reader = Scripted(react=lambda e: [Stop("read")])
            await drive(
                reader, record=lambda event: None, clock=RunClock(), serial=await names.get()
            )
            stop.set()
        return b"".join(e.data for e in reader.events() if isinstance(e, SerialIn))

    assert asyncio.run(main()).startswith(b"I (12) wifi")


def test_a_serial_port_that_is_not_there_is_told_at_once():
    with pytest.raises(UnreachableError, match=r"^/dev/no-such-port: "):
        run(Scripted(), serial="/dev/no-such-port")


# --- load ----------------------------------------------------------------------------


@pytest.mark.slow
def test_two_hundred_machines_share_one_process():
    """200 benches take 5 messages a second each for 2 s."""

    async def main():
        loop, writers = asyncio.get_running_loop(), []
        server = await asyncio.start_server(
            lambda reader, writer: writers.append(writer), "127.0.0.1", 0, backlog=512
        )
        port = server.sockets[0].getsockname()[1]

        def tick():
            for writer in writers:
                writer.write(b"data: x\n\n")
            ticks.append(loop.call_later(0.2, tick))

        ticks = [loop.call_soon(tick)]
        machines = [bench(port, lambda e: [], [(2.0, Stop("done"))]) for _ in range(200)]
        async with server, asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            for machine in machines:
                group.create_task(drive(machine, record=lambda e: None, clock=RunClock()))
        ticks[-1].cancel()
        for writer in writers:
            writer.close()
        return [sum(len(e.data) for e in m.events() if isinstance(e, Received)) for m in machines]

    sizes = asyncio.run(main())
    assert len(sizes) == 200
    assert min(sizes) >= 5 * 9


@pytest.mark.slow
def test_it_runs_on_uvloop_too():
    uvloop = pytest.importorskip("uvloop")

    async def use(port):
        machine = bench(
            port,
            lambda e: (
                [Send(1, b"ping")]
                if isinstance(e, Connected)
                else [Close(1), Stop("done")]
                if isinstance(e, Received)
                else []
            ),
            [(5.0, Stop("late"))],
        )
        return await drive(machine, record=lambda event: None, clock=RunClock())

    device = Scripted([LISTEN], lambda e: [Send(-1, e.data)] if isinstance(e, Received) else [])
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    try:
        assert served(device, use)[0] == "done"
    finally:
        asyncio.set_event_loop_policy(None)
