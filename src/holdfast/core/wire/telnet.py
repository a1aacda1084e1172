"""Telnet bytes to lines.

Commands (IAC and what follows) are taken out wherever they lie; nothing is negotiated,
as a log port of a small device offers nothing.

Laws:
    - IAC IAC is the byte 255; NUL after CR is part of the line's end.
    - An unfinished command, however long, costs no memory.
    - Byte by byte gives what all at once gives.

Source: RFC 854 (commands, CR NUL), RFC 855 (subnegotiation).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from holdfast.core.wire.lines import Lines

__all__ = ["TelnetLines"]

_IAC: Final = 0xFF
_SB: Final = 0xFA
_SE: Final = 0xF0
_WILL: Final = 0xFB
"""From here to 254: WILL, WONT, DO, DONT, each with one byte of option."""


class _State(IntEnum):
    DATA = 0
    COMMAND = 1
    OPTION = 2
    SUBNEGOTIATION = 3
    SUBNEGOTIATION_COMMAND = 4


class TelnetLines:
    """Cuts one telnet connection's bytes into lines.

    Args:
        max_line_bytes: Longest line; the rest of a longer one is dropped.
    """

    def __init__(self, max_line_bytes: int = 4_096) -> None:
        self._max = max_line_bytes
        self._lines = Lines(max_line_bytes)
        self._state = _State.DATA

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes and return the lines they end."""
        if self._state is not _State.DATA or _IAC in data:
            data = self._strip(data)
        # No text has a NUL; the one of CR NUL goes with the rest.
        return [line[: self._max] for line in self._lines.receive(data.replace(b"\0", b""))]

    def _strip(self, data: bytes) -> bytes:
        text: list[bytes] = []
        at = 0
        while at < len(data):
            if self._state is _State.DATA:
                end = data.find(_IAC, at)
                text.append(data[at:] if end < 0 else data[at:end])
                if end < 0:
                    break
                self._state = _State.COMMAND
                at = end + 1
            elif self._state is _State.SUBNEGOTIATION:
                end = data.find(_IAC, at)
                if end < 0:
                    break
                self._state = _State.SUBNEGOTIATION_COMMAND
                at = end + 1
            else:
                if self._state is _State.COMMAND and data[at] == _IAC:
                    text.append(b"\xff")
                self._state = _after(self._state, data[at])
                at += 1
        return b"".join(text)


def _after(state: _State, byte: int) -> _State:
    if state is _State.SUBNEGOTIATION_COMMAND:
        return _State.DATA if byte == _SE else _State.SUBNEGOTIATION
    if state is _State.COMMAND and byte == _SB:
        return _State.SUBNEGOTIATION
    if state is _State.COMMAND and _WILL <= byte < _IAC:
        return _State.OPTION
    return _State.DATA
