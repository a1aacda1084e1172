"""One HTTP/1.1 server connection: bytes in, requests out; replies in, bytes out.

Parses with h11. Bounded: a head of at most ``MAX_HEAD_BYTES``, of a body the first
``MAX_BODY_BYTES`` are kept and the rest is read and dropped, as the device's fixed buffers
do.

Source: ESP-IDF CONFIG_HTTPD_MAX_REQ_HDR_LEN (1,024) and the firmware's largest buffer.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote

import h11
from msgspec import Struct

__all__ = ["MAX_BODY_BYTES", "MAX_HEAD_BYTES", "BadRequest", "HttpRequest", "HttpSession"]

MAX_HEAD_BYTES = 1024
"""More is answered with 431."""

MAX_BODY_BYTES = 4096
"""Largest buffer of a handler; what is past it is cut off."""

_MAX_QUERY_FIELDS = 32


class HttpRequest(Struct, frozen=True, kw_only=True):
    """A complete request.

    Attributes:
        method: As sent.
        path: Decoded, without its query.
        query: Fields of the query, first value each.
        headers: By lower-case name, last value each.
        body: At most ``MAX_BODY_BYTES`` of it.
        head: The head as it came.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    head: bytes = b""

    @property
    def wants_websocket(self) -> bool:
        """Whether it asks for an upgrade to WebSocket."""
        return self.headers.get("upgrade", "").lower() == "websocket"


class BadRequest(Struct, frozen=True):
    """Bytes that are no request that this server takes; ``status`` is the answer."""

    status: int
    why: str


class HttpSession:
    """One connection."""

    def __init__(self) -> None:
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._request: h11.Request | None = None
        self._head = bytearray()
        self._body = bytearray()

    @property
    def must_close(self) -> bool:
        """Whether the connection ends with this answer."""
        ended = (h11.MUST_CLOSE, h11.ERROR, h11.CLOSED)
        return self._connection.our_state in ended or self._connection.their_state in ended

    def feed(self, data: bytes) -> HttpRequest | BadRequest | None:
        """Take bytes; return the next request once it is complete."""
        if self._request is None:
            self._head += data
        try:
            self._connection.receive_data(data)
            return self._next()
        except h11.RemoteProtocolError as exc:
            return BadRequest(exc.error_status_hint, str(exc))

    def next(self) -> HttpRequest | BadRequest | None:
        """Go on after an answer; return a request that came meanwhile."""
        self._request = None
        self._body.clear()
        try:
            self._connection.start_next_cycle()
            self._head = bytearray(self._connection.trailing_data[0])
            return self._next()
        except h11.RemoteProtocolError as exc:
            return BadRequest(exc.error_status_hint, str(exc))

    def respond(
        self, status: int, headers: Sequence[tuple[str, str]], body: bytes, *, is_head: bool = False
    ) -> bytes:
        """Return a whole answer; chunked, as the device streams its bodies."""
        head = self.begin(status, headers)
        parts = [head] if is_head or not body else [head, self.chunk(body)]
        return b"".join([*parts, self.end()])

    def begin(self, status: int, headers: Sequence[tuple[str, str]]) -> bytes:
        """Return the head of an answer."""
        response = h11.Response(status_code=status, headers=list(headers), reason=_reason(status))
        return self._connection.send(response) or b""

    def chunk(self, data: bytes) -> bytes:
        """Return a part of the body."""
        return self._connection.send(h11.Data(data=data)) or b""

    def end(self) -> bytes:
        """Return the end of the body."""
        return self._connection.send(h11.EndOfMessage()) or b""

    def _next(self) -> HttpRequest | BadRequest | None:
        while True:
            event = self._connection.next_event()
            if isinstance(event, h11.Request):
                self._request = event
            elif isinstance(event, h11.Data):
                self._body += event.data[: MAX_BODY_BYTES - len(self._body)]
            elif isinstance(event, h11.EndOfMessage):
                return self._complete()
            else:
                return None

    def _complete(self) -> HttpRequest:
        request = self._request
        if request is None:
            raise AssertionError("h11 ends no message that it did not begin")
        target = request.target.decode("ascii", "replace")
        path, _, query = target.partition("?")
        fields = parse_qsl(query, keep_blank_values=True)[:_MAX_QUERY_FIELDS]
        head, _, _ = bytes(self._head).partition(b"\r\n\r\n")
        return HttpRequest(
            method=request.method.decode("ascii", "replace"),
            path=unquote(path, errors="replace"),
            query=dict(reversed(fields)),
            headers={
                name.decode("ascii", "replace"): value.decode("latin-1")
                for name, value in request.headers
            },
            body=bytes(self._body),
            head=head + b"\r\n\r\n",
        )


def _reason(status: int) -> bytes:
    return _REASONS.get(status, b"Status")


_REASONS = {
    200: b"OK",
    204: b"No Content",
    302: b"Found",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    413: b"Content Too Large",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    503: b"Service Unavailable",
}
