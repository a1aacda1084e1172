"""One GET: bounded in time and size, every failure an error of ours."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from holdfast.adapters.http_get import Reply, http_get
from holdfast.errors import LinkTimeoutError, RemoteProtocolError, UnreachableError

pytestmark = pytest.mark.net


def against(answer, *, ask="/x", wait_for_end=False, **options):
    """GET from a server that says ``answer``; returns the reply and what the server heard."""
    heard = []

    async def serve(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if wait_for_end:
            await reader.read()
        writer.close()

    async def run():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await http_get("127.0.0.1", port, ask, **options), port

    reply, port = asyncio.run(run())
    return reply, heard[0].decode(), port


def test_a_complete_answer():
    answer = b"HTTP/1.1 200 OK\r\nServer: ESP32\r\nContent-Length: 2\r\n\r\nOK"
    reply, heard, port = against(answer, ask="/cm?cmnd=Status%200")
    assert reply == Reply(status=200, head="server: esp32\ncontent-length: 2", body=b"OK")
    lines = heard.split("\r\n")
    assert lines[0] == "GET /cm?cmnd=Status%200 HTTP/1.1"
    assert f"Host: 127.0.0.1:{port}" in lines
    assert "Connection: close" in lines
    assert not any(line.startswith("Authorization") for line in lines)


def test_authorization_is_sent():
    _, heard, _ = against(b"HTTP/1.1 204 No Content\r\n\r\n", authorization="Bearer abc")
    assert "Authorization: Bearer abc\r\n" in heard


def test_a_chunked_answer_and_one_that_ends_with_the_connection():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n"
    assert against(chunked)[0].body == b"OK"
    assert against(b"HTTP/1.0 200 OK\r\n\r\nOK")[0].body == b"OK"


def test_no_more_of_a_body_is_read_than_asked():
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 5000
    reply, _, _ = against(endless, max_body_bytes=1000, wait_for_end=True)
    assert reply.body == b"x" * 1000


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOK", b"",
     b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000],
)  # fmt: skip
def test_what_is_no_http_or_ends_early_is_the_peers_fault(answer):
    with pytest.raises(RemoteProtocolError, match=r"127\.0\.0\.1:[0-9]+: answered no HTTP: "):
        against(answer)


def test_silence_ends_with_the_limit():
    with pytest.raises(LinkTimeoutError, match=r"no answer to GET /x within 0\.05 s"):
        against(b"", wait_for_end=True, limit_s=0.05)


def test_a_closed_port_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(UnreachableError, match=f"127.0.0.1:{port}: .*refused|connect call failed"):
        asyncio.run(http_get("127.0.0.1", port, "/"))


def test_a_name_that_cannot_be_is_unreachable():
    with pytest.raises(UnreachableError):
        asyncio.run(http_get("a" * 70 + ".invalid", 80, "/"))


def test_a_device_that_signs_its_own_certificate_is_asked_too():
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
        writer.close()

    async def run():
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(Path(__file__).parent / "localhost-test-only.pem")
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        async with server:
            return await http_get("127.0.0.1", server.sockets[0].getsockname()[1], "/x", tls=True)

    assert asyncio.run(run()).body == b"OK"
