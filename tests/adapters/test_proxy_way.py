"""One direction: plain bytes go straight on; a stall or a full receiver stops the reading."""

import asyncio
from random import Random

import pytest

from holdfast.adapters.proxy_way import Way
from holdfast.core.impair.black_hole import BlackHole
from holdfast.core.impair.impairment import NOTHING, ImpairedLink, Impairment
from holdfast.core.impair.reset import Reset
from holdfast.core.impair.unit import Direction, End
from holdfast.core.impair.websocket_faults import WebSocketFaults


class Wire(asyncio.Transport):
    """A transport in memory."""

    def __init__(self):
        super().__init__()
        self.written, self.reading, self.has_ended = b"", True, False

    def write(self, data):
        self.written += data

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True

    def can_write_eof(self):
        return True

    def write_eof(self):
        self.has_ended = True

    def is_closing(self):
        return False


class Owner:
    def __init__(self):
        self.ends = []

    def finished(self):
        self.ends.append("finished")

    def broken(self, end):
        self.ends.append(end)


class World:
    """A way between two wires under a clock of its own."""

    def __init__(self, impairment):
        self.time = 0.0
        self.notes, self.owner = [], Owner()
        self.source, self.sink = Wire(), Wire()
        self.way = Way(
            ImpairedLink(impairment, Random(1)),
            Direction.UP,
            now=lambda: self.time,
            note=lambda what, at_s, values: self.notes.append((what, values)),
            owner=self.owner,
        )


def run(test):
    async def main():
        test()

    asyncio.run(main())


def test_plain_bytes_go_straight_on_and_what_came_early_too():
    def test():
        world = World(NOTHING)
        world.way.begin(world.source)
        assert world.source.reading
        world.way.receive(b"early ")
        assert not world.source.reading
        world.way.connect(world.source, world.sink)
        assert world.source.reading
        world.way.receive(b"later")
        assert world.sink.written == b"early later"
        assert world.way.carried_bytes == 11
        world.way.receive_end()
        assert world.sink.has_ended
        assert world.owner.ends == ["finished"]

    run(test)


def test_a_full_receiver_stops_the_reading():
    def test():
        world = World(NOTHING)
        world.way.connect(world.source, world.sink)
        world.way.set_sink_full(True)
        assert not world.source.reading
        world.way.set_sink_full(False)
        assert world.source.reading

    run(test)


def test_a_loss_stops_the_reading_until_it_is_made_good():
    def test():
        world = World(Impairment(black_hole=(BlackHole(),)))
        world.way.connect(world.source, world.sink)
        world.way.receive(b"x")
        assert (world.sink.written, world.source.reading) == (b"", False)
        world.way.switch(ImpairedLink(NOTHING, Random(1), 0.1))
        assert world.sink.written == b""  # lost is lost until the ladder's next step
        world.time = 0.2
        world.way.set_sink_full(False)
        world.way.receive(b"y")
        assert world.sink.written == b"xy"
        assert world.source.reading
        world.way.stop()

    run(test)


@pytest.mark.parametrize("end", list(End))
def test_the_news_of_an_end_comes_after_the_bytes(end):
    def test():
        world = World(NOTHING)
        world.way.connect(world.source, world.sink)
        world.way.receive(b"last")
        world.way.break_off(end)
        assert world.sink.written == b"last"
        assert world.owner.ends == [end]

    run(test)


def test_a_reset_by_a_model_ends_the_connection():
    def test():
        world = World(Impairment(reset=(Reset(probability=1.0),)))
        world.way.connect(world.source, world.sink)
        world.way.receive(b"x")
        assert world.owner.ends == [End.RESET]
        assert world.sink.written == b""

    run(test)


def test_websocket_faults_are_told():
    def test():
        world = World(Impairment(websocket=(WebSocketFaults(drop_message=1),)))
        world.way.connect(world.source, world.sink)
        head = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
        world.way.receive(head + b"\x81\x01a" + b"\x81\x01b")
        assert world.sink.written == head + b"\x81\x01b"
        assert world.notes == [("websocket", {"what": "message 1 dropped"})]

    run(test)
