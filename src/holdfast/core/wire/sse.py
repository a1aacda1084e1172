"""Server-sent events: bytes to messages.

Chunked coding is taken off before; these are the bytes of the body.

Laws:
    - CR, LF and CR LF end a line; one leading BOM is ignored; ill-formed UTF-8 is replaced.
    - A message is what an empty line ends; one without data is none, and an unfinished
      one at the end is lost.
    - Once a line or a message is over its limit the stream is given up: ``TooLong`` is
      the last thing that comes.

Source: HTML Living Standard, section 9.2 (server-sent events), 9.2.5 and 9.2.6.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from msgspec import Struct

from holdfast.core.wire.lines import Lines

__all__ = ["Comment", "Message", "Retry", "SseEvent", "SseParser", "TooLong"]

_BOM: Final = b"\xef\xbb\xbf"
_MAX_RETRY_DIGITS: Final = 9
"""A longer ``retry:`` is over eleven days: nonsense, and costly to read as a number."""


class Message(Struct, frozen=True):
    """One message.

    Attributes:
        data: Its payload; several ``data`` lines joined by LF.
        event: Its type; ``"message"`` where the stream names none.
        last_id: The last event id seen so far; ``""`` for none.
        size_bytes: Length of the payload in bytes.
    """

    data: str
    event: str
    last_id: str
    size_bytes: int


class Comment(Struct, frozen=True):
    """A comment line: a sign of life without a message."""

    text: str


class Retry(Struct, frozen=True):
    """The server asks for this delay before a reconnect."""

    delay_s: float


class TooLong(Struct, frozen=True):
    """A line or a message passed its limit; nothing more will come.

    Attributes:
        what: ``"line"`` or ``"message"``.
        limit_bytes: The limit.
    """

    what: str
    limit_bytes: int


SseEvent: TypeAlias = Message | Comment | Retry | TooLong
"""What the parser tells."""


class SseParser:
    """Parses one body.

    Args:
        max_line_bytes: Longest line.
        max_message_bytes: Longest message, all its ``data`` lines together.
    """

    def __init__(
        self, *, max_line_bytes: int = 262_144, max_message_bytes: int = 1_048_576
    ) -> None:
        self._lines = Lines(max_line_bytes)
        self._max_line = max_line_bytes
        self._max_message = max_message_bytes
        self._data: list[bytes] = []
        self._size = 0
        self._event = ""
        self._last_id = ""
        self._is_first = True
        self._is_over = False

    def receive(self, data: bytes) -> list[SseEvent]:
        """Take bytes of the body and return what they complete."""
        events: list[SseEvent] = []
        if self._is_over:
            return events
        for line in self._lines.receive(data):
            if self._is_first:
                self._is_first = False
                line = line.removeprefix(_BOM)
            event = self._line(line)
            if event is not None:
                events.append(event)
                if isinstance(event, TooLong):
                    self._is_over = True
                    break
        return events

    def _line(self, line: bytes) -> SseEvent | None:
        if not line:
            return self._dispatch()
        if len(line) > self._max_line:
            return TooLong("line", self._max_line)
        name, colon, value = line.partition(b":")
        if not name:
            return Comment(value.removeprefix(b" ").decode(errors="replace"))
        return self._field(name, value[1:] if colon and value[:1] == b" " else value)

    def _field(self, name: bytes, value: bytes) -> SseEvent | None:
        if name == b"data":
            self._data.append(value)
            self._size += len(value) + 1
            if self._size - 1 > self._max_message:
                return TooLong("message", self._max_message)
        elif name == b"event":
            self._event = value.decode(errors="replace")
        elif name == b"id":
            if b"\0" not in value:
                self._last_id = value.decode(errors="replace")
        elif name == b"retry" and value.isdigit() and len(value) <= _MAX_RETRY_DIGITS:
            return Retry(int(value) * 0.001)
        return None

    def _dispatch(self) -> Message | None:
        event, self._event = self._event, ""
        if not self._data:
            return None
        data = b"\n".join(self._data)
        self._data, self._size = [], 0
        return Message(data.decode(errors="replace"), event or "message", self._last_id, len(data))
