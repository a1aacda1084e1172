"""The proxy on loopback: every byte through every model, its delay, its ends, its limits."""

import asyncio
import socket
import time
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from holdfast.adapters.event_loop import loop_factory
from holdfast.adapters.impairments import load_impairment, shipped_impairments
from holdfast.adapters.names import Address
from holdfast.adapters.proxy_relay import Relay
from holdfast.core.impair.cut import Cut
from holdfast.core.impair.impairment import NOTHING, Impairment
from holdfast.core.impair.latency import Latency
from holdfast.core.impair.stall import Stall
from holdfast.errors import UnreachableError

pytestmark = pytest.mark.net

LIMIT_S = 20.0
KEEPS_ALL = [name for name in shipped_impairments() if name not in ("black-hole", "resets")]


class World:
    """An echo server, a relay before it, and clients."""

    def __init__(self, impairment, seed=1):
        self.impairment, self.seed, self.happened = impairment, seed, []
        self.upstream = []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.echo, "127.0.0.1", 0)
        self.group = asyncio.TaskGroup()
        await self.group.__aenter__()
        host, port = self.server.sockets[0].getsockname()
        begin = time.monotonic()
        self.relay = Relay(
            Address(socket.AF_INET, (host, port)),
            self.impairment,
            rng=Random(self.seed),
            now=lambda: time.monotonic() - begin,
            happened=lambda what, at_s, values: self.happened.append((what, values)),
            group=self.group,
        )
        self.host, self.port = await self.relay.listen("127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc_info):
        self.relay.close()
        self.server.close()
        await self.group.__aexit__(*exc_info)

    async def echo(self, reader, writer):
        self.upstream.append(writer)
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def client(self):
        return await asyncio.open_connection(self.host, self.port)


@pytest.fixture(params=["asyncio", "uvloop"], autouse=True)
def run(request):
    """Run a test on each loop: they differ in what a transport does."""
    factory = None
    if request.param == "uvloop" and (factory := loop_factory()) is None:
        pytest.skip("uvloop is not installed")

    def run(test, impairment=NOTHING, **settings):
        async def main():
            async with asyncio.timeout(LIMIT_S), World(impairment, **settings) as world:
                await test(world)

        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(main())

    return run


async def echoed(world, data, chunk=500):
    reader, writer = await world.client()
    for begin in range(0, len(data), chunk):
        writer.write(data[begin : begin + chunk])
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", KEEPS_ALL)
def test_every_byte_comes_through_every_model(name, run):
    data = Random(3).randbytes(2_500)

    async def test(world):
        seen = await asyncio.gather(*(echoed(world, data) for _ in range(2)))
        assert [got == data for got in seen] == [True, True]

    # Seeds at which no ladder grows beyond the time that a test may take.
    run(test, load_impairment(name), seed=4)


def test_much_data_comes_through_unchanged(run):
    data = Random(3).randbytes(3_000_000)

    async def test(world):
        assert await echoed(world, data, 100_000) == data
        state = world.relay.state()
        assert (state.bytes_up, state.bytes_down) == (3_000_000, 3_000_000)

    run(test)


@pytest.mark.slow
def test_the_delay_is_what_was_configured(run):
    async def test(world):
        reader, writer = await world.client()
        trips = []
        for _ in range(20):
            begin = time.monotonic()
            writer.write(b"x")
            await reader.readexactly(1)
            trips.append(time.monotonic() - begin)
        writer.close()
        assert min(trips) >= 0.02 - 0.0011  # uvloop's timers count whole milliseconds
        assert sorted(trips)[10] < 0.03

    run(test, Impairment(latency=(Latency(delay_s=0.01),)))


def test_the_sender_feels_a_stall(run):
    """A sender that nobody reads can write what the kernels hide, and no more."""

    async def test(world):
        sender = socket.create_connection((world.host, world.port))
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        sender.setblocking(False)
        reader_first, writer_first = await world.client()
        del reader_first
        written = 0
        while True:
            # A full buffer that stays full for so long is one that nobody empties.
            try:
                async with asyncio.timeout(0.3):
                    await asyncio.get_running_loop().sock_sendall(sender, b"x" * 1_000)
            except TimeoutError:
                break
            written += 1_000
            assert written < 2_000_000
        hidden = world.relay.state().hidden_bytes + sender.getsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF
        )
        assert written <= hidden + 65_536  # one read that was under way when the stall began
        sender.close()
        writer_first.close()

    run(test, Impairment(stall=(Stall(for_s=60.0),)))


def test_a_cut_carries_exactly_so_many_bytes(run):
    async def test(world):
        reader, writer = await world.client()
        writer.write(b"x" * 500)
        assert await reader.readexactly(500) == b"x" * 500
        writer.write(b"y" * 800)
        got, error = b"", None
        while error is None:
            try:
                data = await reader.read(2_000)
                assert data, "a FIN instead of a reset"
                got += data
            except ConnectionResetError as exc:
                error = exc
        assert len(got) <= 500
        writer.close()
        assert ("reset", {"conn": 1, "way": "up", "by": "model"}) in world.happened

    run(test, Impairment(cut=(Cut(after_bytes=1_000, direction="up"),)))


def test_a_half_closed_connection_still_answers(run):
    async def test(world):
        reader, writer = await world.client()
        writer.write(b"request")
        writer.write_eof()
        assert await reader.read() == b"request"
        writer.close()

    run(test)


def test_a_reset_of_the_target_is_carried_on(run):
    async def test(world):
        reader, writer = await world.client()
        writer.write(b"x")
        await reader.readexactly(1)
        upstream = world.upstream[0]
        sock = upstream.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        upstream.transport.abort()
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        writer.close()

    run(test)


def test_a_target_that_refuses_resets_the_client(run):
    async def test(world):
        world.server.close()
        reader, writer = await world.client()
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        writer.close()
        assert [what for what, _ in world.happened] == ["opened", "target failed", "closed"]

    run(test)


def test_a_switch_reaches_open_connections(run):
    async def test(world):
        reader, writer = await world.client()
        writer.write(b"x")
        await reader.readexactly(1)
        world.relay.switch(Impairment(title="standstill", stall=(Stall(for_s=60.0),)))
        writer.write(b"y")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await reader.readexactly(1)
        world.relay.switch(NOTHING)
        assert await reader.readexactly(1) == b"y"
        writer.close()
        assert ("switched", {"to": "standstill"}) in world.happened

    run(test)


def test_a_port_that_is_taken_is_said_so(run):
    async def test(world):
        with pytest.raises(UnreachableError, match=f"127.0.0.1:{world.port}: cannot listen"):
            await world.relay.listen(world.host, world.port)

    run(test)


def test_all_descriptors_are_given_back(run):
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("needs /proc")

    def descriptors():
        return len(list(folder.iterdir()))

    async def test(world):
        counts = []
        for _ in range(3):
            await asyncio.gather(*(echoed(world, b"hello") for _ in range(20)))
            counts.append(descriptors())
        assert all(b <= a + 25 for a, b in pairwise(counts))

    before = descriptors()
    run(test)
    assert descriptors() == before
