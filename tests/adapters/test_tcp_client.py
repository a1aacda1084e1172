"""Opening: families, TLS, failures."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from holdfast.adapters.names import Address, Resolver
from holdfast.adapters.socket_errors import connect_failure
from holdfast.adapters.tcp_client import TcpClient
from holdfast.adapters.tcp_link import TcpLink
from holdfast.core.link.transport import ConnectFailure, Open

pytestmark = pytest.mark.net

CERTIFICATE = Path(__file__).parent / "localhost-test-only.pem"


class Known(Resolver):
    """Names with given addresses."""

    def __init__(self, *hosts):
        super().__init__()
        self._hosts = hosts

    async def resolve(self, host, port):
        return [
            Address(socket.AF_INET6, (h, port, 0, 0))
            if ":" in h
            else Address(socket.AF_INET, (h, port))
            for h in self._hosts
        ]


def opened(action, *, resolver=None, tls=None):
    """Open, and return what the machine was told and what the socket is set to."""

    async def main():
        told, lost = [], asyncio.Event()
        async with asyncio.timeout(8), asyncio.TaskGroup() as group:
            client = TcpClient(group.create_task, tls)
            if resolver is not None:
                client.resolver = resolver
            links = []

            def make(first):
                links.append(
                    TcpLink(first, told.append, lambda link: True, lambda link: lost.set())
                )
                return links[-1]

            await client.open(action, make)
            sock = links[0]._socket
            options = [
                sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY),
                sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                *(
                    sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
                    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
                    if hasattr(socket, name)
                ),
            ]
            links[0].kill()
            await lost.wait()
        return told[0], options

    return asyncio.run(main())


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_an_open_connection_is_tuned(port):
    told, options = opened(Open(1, "127.0.0.1", port))
    assert (told.conn, told.address, told.resolve_s) == (1, "127.0.0.1", None)
    assert [bool(option) for option in options[:2]] == [True, True]
    assert options[2:] == [5, 5, 3] or len(options) < 5


def test_a_name_says_how_long_it_took(port):
    told, _ = opened(Open(1, "board.test", port), resolver=Known("127.0.0.1"))
    assert told.address == "127.0.0.1"
    assert 0.0 <= told.resolve_s < 1.0


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        told, _ = opened(Open(1, "::1", server.getsockname()[1]))
    assert told.address == "::1"


def test_the_second_address_is_tried_when_the_first_refuses(port):
    told, _ = opened(Open(1, "board.test", port), resolver=Known("127.0.0.2", "127.0.0.1"))
    assert told.address == "127.0.0.1"


@pytest.mark.slow
def test_the_second_address_is_tried_when_the_first_stays_silent(port):
    """A full accept queue answers no SYN."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.3", port))
        silent.listen(0)
        with socket.create_connection(("127.0.0.3", port)):
            told, _ = opened(Open(1, "board.test", port), resolver=Known("127.0.0.3", "127.0.0.1"))
    assert told.address == "127.0.0.1"


def failure(action, **settings):
    with pytest.raises((OSError, ExceptionGroup)) as raised:
        opened(action, **settings)
    error = raised.value
    if isinstance(error, ExceptionGroup):
        (error,) = error.exceptions
    return connect_failure(error)


def test_a_closed_port_is_refused():
    expected = (ConnectFailure.REFUSED, "connection refused")
    assert failure(Open(1, "127.0.0.1", free_port())) == expected
    both = Known("127.0.0.1", "127.0.0.2")
    assert failure(Open(1, "board.test", free_port()), resolver=both) == expected


def test_the_broadcast_address_is_this_hosts_own_affair():
    why, _ = failure(Open(1, "255.255.255.255", 80))
    assert why in (ConnectFailure.LOCAL, ConnectFailure.UNREACHABLE)


async def serve_tls(action, tls, *, speaks_tls=True):
    context = None
    if speaks_tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
    server = await asyncio.start_server(
        lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context
    )
    told, lost = [], asyncio.Event()
    async with server, asyncio.timeout(8), asyncio.TaskGroup() as group:
        client = TcpClient(group.create_task, tls)
        port = server.sockets[0].getsockname()[1]
        try:
            await client.open(
                Open(1, action.host, port, tls=True),
                lambda first: TcpLink(
                    first, told.append, lambda link: True, lambda link: lost.set()
                ),
            )
        except OSError as exc:
            return connect_failure(exc)
        await lost.wait()
    return [type(event).__name__ for event in told]


def trusting():
    return ssl.create_default_context(cafile=str(CERTIFICATE))


@pytest.mark.slow
def test_tls_with_a_trusted_certificate():
    """The peer closes at once: that is a FIN, and not a reset."""
    told = asyncio.run(serve_tls(Open(1, "localhost", 0), trusting()))
    assert told == ["Connected", "PeerClosed"]


@pytest.mark.slow
def test_tls_failures_are_told_as_such():
    why, detail = asyncio.run(serve_tls(Open(1, "127.0.0.1", 0), ssl.create_default_context()))
    assert (why, detail) == (
        ConnectFailure.TLS,
        "certificate not accepted: self-signed certificate",
    )
    why, _ = asyncio.run(serve_tls(Open(1, "127.0.0.1", 0), trusting(), speaks_tls=False))
    assert why is ConnectFailure.TLS


def test_an_open_that_is_cancelled_leaves_no_socket_behind():
    """A leak would be a ResourceWarning, and that is an error here."""

    async def main():
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(0)
            with socket.create_connection(silent.getsockname()):
                async with asyncio.timeout(5), asyncio.TaskGroup() as group:
                    client = TcpClient(group.create_task)
                    action = Open(1, "127.0.0.1", silent.getsockname()[1])
                    task = group.create_task(client.open(action, lambda first: None))
                    asyncio.get_running_loop().call_later(0.05, task.cancel)
        return task.cancelled()

    assert asyncio.run(main())
