"""The simulated world as a whole."""

import pytest

from holdfast.core.journal.events import Note
from holdfast.core.link.transport import (
    AcceptMode,
    AskTcp,
    Close,
    Connected,
    Listen,
    Open,
    Received,
    Record,
    Send,
    SerialIn,
    SerialOut,
    Stop,
    TcpSampled,
)
from holdfast.errors import ConfigError
from holdfast.testing.scripted import Scripted
from holdfast.testing.world import PathModel, World

EXACT = PathModel(latency_s=0.01, jitter_s=0.0)
LISTEN = (0.0, Listen(80, AcceptMode.ACCEPT))


def echoing(event):
    return [Send(event.conn, event.data)] if isinstance(event, Received) else []


def test_records_serial_and_stop():
    device = Scripted([(0.5, SerialOut("boot\n"))])
    bench = Scripted([(1.0, Record(Note(at_s=1.0, about="x", text="y"))), (2.0, Stop("done"))])
    world = World(1)
    node = world.add_device("board.test", device)
    world.add_bench(bench, serial_of=node)
    world.run(60.0)
    assert bench.inputs == [(0.5, SerialIn(b"boot\n"))]
    assert node.serial == [(0.5, "boot\n")]
    assert world.records(bench) == [Note(at_s=1.0, about="x", text="y")]
    assert (world.stopped("bench"), world.stopped(device), world.now) == ("done", None, 2.0)


def test_names_are_taken_once():
    world = World(1)
    world.add_device("a", Scripted())
    with pytest.raises(ConfigError, match="already"):
        world.add_device("a", Scripted())
    with pytest.raises(ConfigError, match="has no 'b'"):
        world.records("b")


def lossy_run(seed):
    world = World(seed)
    ticks = [(float(n), Send(-1, b"tick")) for n in range(1, 600)]
    pings = [(n + 0.5, Open(n, "board.test", 80)) for n in range(2, 600)]
    device = Scripted([(0.0, Listen(80, AcceptMode.ACCEPT)), *ticks], lambda e: echoing(e))

    def react(event):
        match event:
            case Connected(conn=conn) if conn > 1:
                return [Send(conn, b"GET /ping")]
            case Received(conn=conn) if conn > 1:
                return [AskTcp(conn)]
            case TcpSampled(conn=conn):
                return [Close(conn)]
        return []

    bench = Scripted([(0.0, Open(1, "board.test", 80)), *pings], react)
    world.add_device("board.test", device, path=PathModel(loss_tx=0.05, loss_rx=0.05))
    world.add_bench(bench)
    world.run(700.0)
    return bench.inputs


def test_the_same_seed_gives_the_same_run():
    one, two, other = lossy_run(7), lossy_run(7), lossy_run(8)
    assert one == two
    assert one != other
    stream = [e.data for _, e in one if isinstance(e, Received) and e.conn == 1]
    assert b"".join(stream) == b"tick" * 599
