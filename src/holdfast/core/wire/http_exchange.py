"""One HTTP/1.1 request and its answer: bytes in, events out.

Wraps ``h11`` in the project's own types, and tells at the first bytes a peer that speaks
no HTTP, which ``h11`` alone would wait for.

Laws:
    - Nothing raises on what a peer sends; the last event is ``End`` or ``Broken``, and
      nothing follows it.
    - Interim answers (1xx) are passed over; 101 gives ``Head`` and then raw ``Body``.
    - One request a connection: what follows the answer is ignored.
    - Byte by byte gives the same heads, the same joined body and the same end as all at once.

Source: RFC 9112; RFC 6455 section 4 (switching protocols).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import h11
from msgspec import Struct

from holdfast.core.redact import printable

__all__ = [
    "MAX_HEAD_BYTES",
    "Body",
    "Broken",
    "End",
    "Head",
    "HttpEvent",
    "HttpExchange",
    "host_header",
]

MAX_HEAD_BYTES: Final = 16_384
"""A longer head is none; devices of this class send below 500 bytes, proxies below 8 kB."""

_PROTOCOL: Final = b"HTTP/"
_CLAUSE: Final = 120
_TLS_RECORDS: Final = (b"\x15\x03", b"\x16\x03")
"""Alert and handshake: a TLS server answers plain HTTP so."""


class Head(Struct, frozen=True):
    """The final answer's head.

    Attributes:
        status: Its status.
        headers: Names in lower case and values, in order.
    """

    status: int
    headers: tuple[tuple[str, str], ...]

    def first(self, name: str) -> str:
        """Return the first value of a header, by lower-case name; ``""`` for none."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        """Return all values of a header, by lower-case name."""
        return [value for key, value in self.headers if key == name]


class Body(Struct, frozen=True):
    """Some bytes of the body, transfer coding taken off."""

    data: bytes


class End(Struct, frozen=True):
    """The answer is complete."""


class Broken(Struct, frozen=True):
    """The answer can not be read on.

    Attributes:
        clause: What is wrong, printable and bounded.
        is_closed: Whether the peer closed too early, and did nothing else wrong.
        has_head: Whether the head had come.
    """

    clause: str
    is_closed: bool
    has_head: bool


HttpEvent: TypeAlias = Head | Body | End | Broken
"""What the exchange tells."""


def host_header(host: str, port: int, *, tls: bool = False) -> str:
    """Return the value of the ``Host`` header; IPv6 in brackets, without its zone."""
    name = host.partition("%")[0]
    name = f"[{name}]" if ":" in name else name
    return name if port == (443 if tls else 80) else f"{name}:{port}"


class HttpExchange:
    """One GET on one connection.

    Args:
        path: Absolute path, query included; printable ASCII.
        host: Value of the ``Host`` header.
        headers: Further headers, by name.

    Attributes:
        size_bytes: Bytes received so far, head included.
    """

    def __init__(self, path: str, host: str, headers: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._headers = [("Host", host), *({} if headers is None else headers).items()]
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._has_head = False
        self._is_over = False
        self._is_switched = False
        self._begin: bytes | None = b""
        self.size_bytes = 0

    def request(self) -> bytes:
        """Return the bytes of the request; called once, first."""
        request = h11.Request(method="GET", target=self._path, headers=self._headers)
        sent = self._http.send(request) or b""
        self._http.send(h11.EndOfMessage())
        return sent

    def receive(self, data: bytes) -> list[HttpEvent]:
        """Take bytes from the peer."""
        if self._is_over or not data:
            return []
        self.size_bytes += len(data)
        if self._is_switched:
            return [Body(data)]
        if self._begin is None:
            return self._feed(data)
        self._begin += data
        clause = _not_http(self._begin)
        if clause:
            return [self._broken(clause)]
        if len(self._begin) < len(_PROTOCOL):
            return []
        begin, self._begin = self._begin, None
        return self._feed(begin)

    def closed(self) -> list[HttpEvent]:
        """Take note that the peer sent FIN."""
        if self._is_over:
            return []
        if self._is_switched:
            self._is_over = True
            return [End()]
        return self._feed(b"")

    def _feed(self, data: bytes) -> list[HttpEvent]:
        events: list[HttpEvent] = []
        try:
            self._http.receive_data(data)
            while not self._is_over and self._step(events):
                pass
        except h11.RemoteProtocolError as exc:
            events.append(self._broken(str(exc), is_closed=not data))
        return events

    def _step(self, events: list[HttpEvent]) -> bool:
        """Handle one of h11's events; return whether there may be another."""
        event = self._http.next_event()
        if isinstance(event, h11.Data):
            events.append(Body(bytes(event.data)))
        elif isinstance(event, h11.Response):
            self._has_head = True
            events.append(Head(event.status_code, _pairs(event.headers)))
        elif isinstance(event, h11.InformationalResponse):
            if event.status_code == 101:
                self._switch(event, events)
        elif isinstance(event, h11.EndOfMessage):
            self._is_over = True
            events.append(End())
        else:
            return False
        return not self._is_switched

    def _switch(self, event: h11.InformationalResponse, events: list[HttpEvent]) -> None:
        self._has_head = self._is_switched = True
        events.append(Head(101, _pairs(event.headers)))
        rest = bytes(self._http.trailing_data[0])
        if rest:
            events.append(Body(rest))

    def _broken(self, clause: str, *, is_closed: bool = False) -> Broken:
        self._is_over = True
        if is_closed:
            where = "in the body" if self._has_head else "before a complete head"
            clause = f"closed {where}, after {self.size_bytes} bytes"
        elif self.size_bytes > MAX_HEAD_BYTES and not self._has_head:
            clause = f"head over {MAX_HEAD_BYTES} bytes"
        return Broken(printable(clause, _CLAUSE), is_closed, self._has_head)


def _not_http(begin: bytes) -> str:
    """Return what the very first bytes are instead; ``""`` while they may be HTTP."""
    if begin.startswith(_PROTOCOL) or _PROTOCOL.startswith(begin):
        return ""
    if begin.startswith(_TLS_RECORDS):
        return "answers with TLS"
    if begin in {record[:1] for record in _TLS_RECORDS}:
        return ""
    return f"answers '{printable(begin[:24].decode('latin-1').rstrip(), 48)}', no HTTP"


def _pairs(headers: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
