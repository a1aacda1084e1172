"""Bytes to lines, whatever ends them, in bounded memory.

Laws:
    - CR, LF and CR LF each end one line; a line is given as soon as its end is known.
    - A line longer than ``max_bytes`` comes as its first ``max_bytes + 1`` bytes, as
      soon as it is that long, so that its length tells; the rest of it is dropped.
    - Byte by byte gives what all at once gives.
"""

from __future__ import annotations

__all__ = ["Lines"]


class Lines:
    """Cuts one stream of bytes into lines.

    Args:
        max_bytes: Longest line kept whole, at least 1.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._begun = bytearray()
        self._is_skipping = False
        self._is_after_cr = False

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes and return the lines they end, without their ends."""
        if self._is_after_cr and data:
            self._is_after_cr = False
            if data[0] == 0x0A:
                data = data[1:]
        if not data:
            return []
        self._is_after_cr = data[-1] == 0x0D
        # bytes.splitlines knows exactly CR, LF and CR LF.
        pieces = data.splitlines()
        rest = b"" if data[-1] in b"\r\n" else pieces.pop()
        lines: list[bytes] = []
        for piece in pieces:
            self._extend(piece, lines)
            if not self._is_skipping:
                lines.append(bytes(self._begun))
            self._begun.clear()
            self._is_skipping = False
        if rest:
            self._extend(rest, lines)
        return lines

    def _extend(self, piece: bytes, lines: list[bytes]) -> None:
        if self._is_skipping:
            return
        self._begun += piece
        if len(self._begun) > self._max:
            lines.append(bytes(self._begun[: self._max + 1]))
            self._begun.clear()
            self._is_skipping = True
