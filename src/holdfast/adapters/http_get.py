"""One bounded HTTP GET over a socket of our own, for questions outside a measured run.

Raises instead of classifying: the outcomes of a measured probe are the observers'.
A redirect is not followed and no cookie is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Final

import h11
from msgspec import Struct

from holdfast import __version__
from holdfast.core.redact import printable
from holdfast.errors import LinkTimeoutError, RemoteProtocolError, UnreachableError

__all__ = ["Reply", "http_get", "unverified"]

_CHUNK_BYTES: Final = 65_536
_HEAD_BYTES: Final = 32_768
"""Longest head that is read; browsers and proxies stop at 8 to 64 kB."""


class Reply(Struct, frozen=True, kw_only=True):
    """What came back.

    Attributes:
        status: HTTP status.
        head: Headers, one a line, lower case.
        body: At most the asked number of bytes.
    """

    status: int
    head: str
    body: bytes


async def http_get(
    host: str,
    port: int,
    path: str,
    *,
    tls: bool = False,
    authorization: str = "",
    limit_s: float = 4.0,
    max_body_bytes: int = 262_144,
) -> Reply:
    """GET ``path`` once.

    Args:
        host: Name or address.
        port: TCP port.
        path: Absolute path, query included; printable ASCII.
        tls: Whether to speak TLS; the certificate is not checked, as with devices that
            sign their own.
        authorization: Value of the ``Authorization`` header; ``""`` for none.
        limit_s: Longest time for everything, in seconds.
        max_body_bytes: More of the body than this is not read.

    Raises:
        UnreachableError: If no connection could be opened.
        LinkTimeoutError: If the limit passed first.
        RemoteProtocolError: If the answer is no HTTP, or ends early.
    """
    link = f"{host}:{port}"
    try:
        async with asyncio.timeout(limit_s):
            return await _exchange(
                host, port, _request(host, port, path, authorization), tls, max_body_bytes
            )
    except TimeoutError:
        raise LinkTimeoutError(link, f"no answer to GET {path} within {limit_s:g} s") from None
    except h11.RemoteProtocolError as exc:
        raise RemoteProtocolError(link, f"answered no HTTP: {printable(str(exc), 100)}") from exc
    except (OSError, UnicodeError) as exc:  # UnicodeError: a name that IDNA cannot encode
        why = (getattr(exc, "strerror", None) or str(exc)).lower()
        raise UnreachableError(link, printable(why, 100)) from exc


def _request(host: str, port: int, path: str, authorization: str) -> h11.Request:
    shown = f"[{host}]" if ":" in host else host
    headers = [
        ("Host", shown if port in (80, 443) else f"{shown}:{port}"),
        ("User-Agent", f"holdfast/{__version__}"),
        ("Accept", "*/*"),
        ("Connection", "close"),
    ]
    if authorization:
        headers.append(("Authorization", authorization))
    return h11.Request(method="GET", target=path, headers=headers)


async def _exchange(
    host: str, port: int, request: h11.Request, tls: bool, max_body_bytes: int
) -> Reply:
    reader, writer = await asyncio.open_connection(host, port, ssl=unverified() if tls else None)
    try:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        writer.write(connection.send(request) + connection.send(h11.EndOfMessage()))
        await writer.drain()
        return await _reply(connection, reader, max_body_bytes)
    finally:
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(0.5):  # TLS peers may never finish the goodbye
                await writer.wait_closed()


async def _reply(
    connection: h11.Connection, reader: asyncio.StreamReader, max_body_bytes: int
) -> Reply:
    status, head, body = 0, "", b""
    while len(body) < max_body_bytes:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK_BYTES))
        elif isinstance(event, h11.Response):
            status = event.status_code
            head = "\n".join(
                f"{name.decode('latin-1')}: {value.decode('latin-1')}"
                for name, value in event.headers
            ).lower()
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            break
    return Reply(status=status, head=head, body=body[:max_body_bytes])


def unverified() -> ssl.SSLContext:
    """Return a TLS context that takes any certificate, for devices that sign their own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
