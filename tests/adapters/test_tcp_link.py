"""One connection against a plain socket as its peer."""

import asyncio
import socket
import struct
from random import Random

import pytest

from holdfast.adapters.radio_gate import RadioGate
from holdfast.adapters.tcp_link import TcpLink
from holdfast.core.link.transport import (
    Acked,
    Connected,
    PeerClosed,
    PeerReset,
    Radio,
    Received,
)

pytestmark = pytest.mark.net


class Desk:
    """Owns one link and waits for what comes of it."""

    def __init__(self, *, wanted=True):
        self.events, self.lost, self._wanted = [], False, wanted
        self._changed = asyncio.Event()

    def deliver(self, event):
        self.events.append(event)
        self._changed.set()

    def made(self, link):
        return self._wanted

    def gone(self, link):
        self.lost = True
        self._changed.set()

    async def until(self, condition):
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def kinds(self):
        return [type(event).__name__ for event in self.events]

    def bytes(self):
        return b"".join(e.data for e in self.events if isinstance(e, Received))

    def acked(self):
        return sum(e.size_bytes for e in self.events if isinstance(e, Acked))


def played(play, *, wanted=True, radio=None):
    """Run ``play(desk, link, peer)`` with a connected link and its peer's raw socket."""

    async def main():
        loop, desk = asyncio.get_running_loop(), Desk(wanted=wanted)
        ours, peer = tcp_pair()
        peer.setblocking(False)
        gate = None
        if radio is not None:
            gate = RadioGate(loop.time, Random(1))
            gate.set(radio)
        link = TcpLink(Connected(1), desk.deliver, desk.made, desk.gone, gate)
        await loop.create_connection(lambda: link, sock=ours)
        try:
            async with asyncio.timeout(8):
                await play(desk, link, peer)
        finally:
            peer.close()
            link.kill()
            await desk.until(lambda: desk.lost)
        return desk

    return asyncio.run(main())


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        peer, _ = server.accept()
    ours.setblocking(False)
    return ours, peer


async def take(peer, size_bytes):
    loop, data = asyncio.get_running_loop(), b""
    while len(data) < size_bytes:
        data += await loop.sock_recv(peer, 65_536)
    return data


def test_bytes_both_ways_and_their_acknowledgement():
    async def play(desk, link, peer):
        link.send(b"abc")
        link.send(b"defg")
        assert await take(peer, 7) == b"abcdefg"
        await desk.until(lambda: desk.acked() == 7)
        peer.send(b"xyz")
        await desk.until(lambda: desk.bytes() == b"xyz")

    desk = played(play)
    assert desk.kinds()[0] == "Connected"


def test_a_fin_leaves_our_side_open():
    async def play(desk, link, peer):
        peer.shutdown(socket.SHUT_WR)
        await desk.until(lambda: "PeerClosed" in desk.kinds())
        link.send(b"still here")
        assert await take(peer, 10) == b"still here"
        link.close()
        assert await asyncio.get_running_loop().sock_recv(peer, 1) == b""

    desk = played(play)
    assert isinstance(desk.events[1], PeerClosed)
    assert "PeerReset" not in desk.kinds()


def test_a_reset_is_told_with_its_reason():
    async def play(desk, link, peer):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        await desk.until(lambda: desk.lost)

    desk = played(play)
    assert desk.kinds() == ["Connected", "PeerReset"]
    assert desk.events[1].detail == "connection reset by peer"


def test_abort_is_a_reset_and_close_is_not():
    async def play(desk, link, peer):
        link.abort()
        link.abort()
        link.close()
        with pytest.raises(ConnectionResetError):
            await asyncio.get_running_loop().sock_recv(peer, 1)

    assert played(play).kinds() == ["Connected"]


def test_a_paused_link_reads_nothing_and_then_everything():
    async def play(desk, link, peer):
        link.pause()
        link.pause()
        peer.send(b"held back")
        peer.shutdown(socket.SHUT_WR)
        link.send(b"x")
        await take(peer, 1)
        await desk.until(lambda: desk.acked() == 1)
        assert desk.bytes() == b""
        link.resume()
        await desk.until(lambda: "PeerClosed" in desk.kinds())

    assert played(play).bytes() == b"held back"


def test_a_peer_that_does_not_read_costs_a_bounded_amount_of_memory():
    async def play(desk, link, peer):
        for _ in range(40):
            link.send(bytes(1_000_000))
        await desk.until(lambda: desk.lost)

    desk = played(play)
    assert desk.events[-1] == PeerReset(1, "the peer does not read", desk.events[-1].tcp)


def test_what_the_peer_does_not_take_is_not_acknowledged():
    async def play(desk, link, peer):
        link.send(bytes(7_000_000))
        await desk.until(lambda: desk.acked() > 0)
        before = desk.acked()
        await take(peer, 7_000_000)
        await desk.until(lambda: desk.acked() == 7_000_000)
        assert before < 7_000_000

    played(play)


def test_nobody_hears_of_a_connection_that_is_not_wanted_any_more():
    async def play(desk, link, peer):
        await desk.until(lambda: desk.lost)

    assert played(play, wanted=False).events == []


@pytest.mark.slow
def test_a_radio_holds_bytes_both_ways_in_order():
    async def play(desk, link, peer):
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        peer.send(b"in")
        link.send(b"out")
        link.close()
        assert desk.bytes() == b""
        assert await take(peer, 3) == b"out"
        assert 0.3 <= loop.time() - began_s < 0.6
        assert await loop.sock_recv(peer, 1) == b""

    played(play, radio=Radio(latency_s=0.3))


@pytest.mark.slow
def test_a_flood_behind_a_dead_radio_is_not_read():
    """64 KiB are held, then the socket is left alone: the peer's own buffers fill."""

    async def play(desk, link, peer):
        loop = asyncio.get_running_loop()
        sent, refused = 0, 0
        while refused < 50 and sent < 200_000_000:
            try:
                sent += peer.send(bytes(1_000_000))
                refused = 0
            except BlockingIOError:
                refused += 1
                tick = loop.create_future()
                loop.call_later(0.002, tick.set_result, None)
                await tick
        assert refused == 50
        assert sent < 50_000_000
        assert desk.bytes() == b""

    played(play, radio=Radio(is_up=False))


@pytest.mark.slow
def test_a_forgotten_peer_is_reset_when_it_sends_and_not_before():
    async def play(desk, link, peer):
        link.forget()
        link.send(b"nothing of this")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.get_running_loop().sock_recv(peer, 1)
        peer.send(b"there?")
        with pytest.raises(ConnectionResetError):
            await asyncio.get_running_loop().sock_recv(peer, 1)

    assert played(play, radio=Radio()).kinds() == ["Connected"]


@pytest.mark.slow
def test_a_forgotten_peer_that_only_listens_is_reset_at_its_keepalive():
    async def play(desk, link, peer):
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        link.forget()
        with pytest.raises(ConnectionResetError):
            await loop.sock_recv(peer, 1)
        assert loop.time() - began_s == pytest.approx(5.0, abs=0.3)

    played(play, radio=Radio())


def test_without_a_radio_forgetting_is_a_reset():
    async def play(desk, link, peer):
        link.forget()
        with pytest.raises(ConnectionResetError):
            await asyncio.get_running_loop().sock_recv(peer, 1)

    played(play)
