"""A twin's ports: accept, silent, refuse."""

import asyncio
import contextlib
import socket
import sys

import pytest

from holdfast.adapters.tcp_server import Port, Ports
from holdfast.core.link.transport import AcceptMode
from holdfast.errors import UnreachableError

pytestmark = pytest.mark.net


def played(play, **settings):
    async def main():
        got, came = [], asyncio.Event()

        def on_accept(sock, peer):
            got.append((sock, peer))
            came.set()

        async with asyncio.timeout(8), asyncio.TaskGroup() as group:
            port = Port("127.0.0.1", 0, on_accept, group.create_task, **settings)
            try:
                await play(port, got, came)
            finally:
                port.close()
                for sock, _ in got:
                    sock.close()

    asyncio.run(main())


async def knock(port, limit_s=0.3):
    """Return a connected socket, or why there is none."""
    sock = socket.socket()
    sock.setblocking(False)
    try:
        async with asyncio.timeout(limit_s):
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    except (OSError, TimeoutError) as exc:
        sock.close()
        return type(exc)
    return sock


def test_a_port_is_bound_and_refuses_at_first():
    async def play(port, got, came):
        assert await knock(port.port) is ConnectionRefusedError
        with contextlib.closing(socket.socket()) as thief, pytest.raises(OSError, match="in use"):
            thief.bind(("127.0.0.1", port.port))

    played(play)


def test_an_accepting_port_hands_sockets_over():
    async def play(port, got, came):
        port.set_mode(AcceptMode.ACCEPT)
        client = await knock(port.port)
        await came.wait()
        assert got[0][1] == f"127.0.0.1:{client.getsockname()[1]}"
        client.close()

    played(play)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="exact on Linux only")
def test_a_silent_port_answers_no_syn_and_its_filler_is_never_seen():
    async def play(port, got, came):
        port.set_mode(AcceptMode.SILENT)
        assert await knock(port.port) is TimeoutError
        assert await knock(port.port) is TimeoutError
        port.set_mode(AcceptMode.ACCEPT)
        client = await knock(port.port)
        await came.wait()
        assert [peer for _, peer in got] == [f"127.0.0.1:{client.getsockname()[1]}"]
        client.close()

    played(play)


@pytest.mark.slow
def test_modes_change_in_any_order_and_the_port_stays():
    async def play(port, got, came):
        number = port.port
        for _ in range(3):
            for mode in (AcceptMode.SILENT, AcceptMode.REFUSE, AcceptMode.ACCEPT):
                port.set_mode(mode)
                port.set_mode(mode)
                assert port.port == number
                answer = await knock(number, 0.1)
                if mode is AcceptMode.ACCEPT:
                    answer.close()
                    await came.wait()
                    came.clear()
                elif mode is AcceptMode.REFUSE:
                    assert answer is ConnectionRefusedError
        assert len(got) == 3

    played(play)


def test_who_completed_the_handshake_before_the_silence_is_taken():
    async def play(port, got, came):
        port.set_mode(AcceptMode.ACCEPT)
        with socket.create_connection(("127.0.0.1", port.port)) as client:
            port.set_mode(AcceptMode.SILENT)
            assert [peer[1] for peer in got] == [f"127.0.0.1:{client.getsockname()[1]}"]

    played(play)


def test_a_busy_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        with pytest.raises(UnreachableError, match=rf"^127\.0\.0\.1:{number}: address already"):
            Port("127.0.0.1", number, lambda *_: None, lambda work: None)


def test_a_host_that_is_no_address_is_refused():
    with pytest.raises(UnreachableError, match=r"^board\.local:0: 'board\.local' does not appear"):
        Port("board.local", 0, lambda *_: None, lambda work: None)
    with pytest.raises(UnreachableError, match=r"^192\.0\.2\.1:0: cannot assign"):
        Port("192.0.2.1", 0, lambda *_: None, lambda work: None)


@pytest.mark.slow
def test_ports_go_by_their_logical_numbers_and_fall_silent_together():
    async def main():
        told, got, came = [], [], asyncio.Event()

        def on_accept(logical, sock, peer):
            got.append(logical)
            sock.close()
            came.set()

        async with asyncio.timeout(8), asyncio.TaskGroup() as group:
            ports = Ports(
                "127.0.0.1", on_accept, group.create_task, lambda *args: told.append(args)
            )
            ports.bind(80)
            ports.listen(23, AcceptMode.ACCEPT)
            ports.listen(80, AcceptMode.ACCEPT)
            real = {logical: port for logical, _, port in told}
            assert [(logical, host) for logical, host, _ in told] == [
                (80, "127.0.0.1"),
                (23, "127.0.0.1"),
            ]
            (await knock(real[23])).close()
            await came.wait()
            ports.set_reachable(False)
            assert await knock(real[80], 0.1) is TimeoutError
            ports.listen(80, AcceptMode.REFUSE)
            assert await knock(real[80], 0.1) is TimeoutError
            ports.set_reachable(True)
            assert await knock(real[80]) is ConnectionRefusedError
            ports.close()
        assert got == [23]

    asyncio.run(main())
