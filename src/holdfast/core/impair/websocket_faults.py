"""Faults of WebSocket traffic: late pongs, a message that is missing, a cut inside a frame.

The bytes of one direction are read as an HTTP head and, where that upgrades, as frames.
Everything else passes untouched, TLS too.

Laws:
    - No frame is kept in memory but a delayed pong (at most 125 bytes); a message is
      dropped as it passes, whatever its size.
    - What is not dropped keeps its order, apart from delayed pongs, which come between
      two frames.

Not done: HTTP/2, and a message dropped from a compressed stream with a shared window,
which its reader cannot decompress any more.

Source: RFC 6455, sections 5.2 (frames), 5.4 (fragments), 5.5 (control frames).
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Annotated, Final

from msgspec import Meta, Struct

from holdfast.core.impair.unit import Direction, Duration, End, Which

__all__ = ["WebSocketFaults", "WebSocketFilter"]

_Number = Annotated[int, Meta(ge=0, le=1_000_000_000)]

_MAX_HEAD_BYTES: Final = 65_536
"""A longer HTTP head is none; servers allow 8 to 64 kB."""
_PONG: Final = 0xA
_CONTROL: Final = 0x8
"""Opcodes from here on are control frames."""
_MAX_PONGS: Final = 64
"""More delayed pongs than that are dropped: a peer needs only the latest (RFC 6455, 5.5.3)."""


class WebSocketFaults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong with the frames of one direction.

    Attributes:
        direction: ``"up"`` (to the target), ``"down"`` (from it) or ``"both"``.
        delay_pong_s: How much later pongs come.
        drop_message: Number of the message of each connection that is missing, from 1; 0
            for none.
        cut_message: Number of the message in whose payload the connection is reset; 0 for
            none.
    """

    direction: Which = "both"
    delay_pong_s: Duration = 0.0
    drop_message: _Number = 0
    cut_message: _Number = 0

    def acts_on(self, direction: Direction) -> bool:
        """Whether frames that go this way are this one's concern."""
        return self.direction in ("both", direction)


class WebSocketFilter:
    """Reads one direction of one connection, and spoils it.

    Attributes:
        end: How the connection ends after the bytes that were returned last; ``None``
            while it goes on.
        done: What was done since the owner looked last, in words.
    """

    def __init__(self, faults: WebSocketFaults) -> None:
        self.faults = faults
        self.end: End | None = None
        self.done: list[str] = []
        self._head: bytearray | None = bytearray()
        self._is_frames = False
        self._frame = bytearray()  # the head of a frame, or a delayed pong, as far as it came
        self._left_bytes = 0  # of the current frame's payload
        self._fate = "pass"  # of the current frame: pass, drop, pong or cut
        self._messages = 0
        self._pongs: deque[tuple[float, bytes]] = deque()

    def feed(self, data: bytes, now: float) -> bytes:
        """Take bytes and return those that go on."""
        if self.end is not None:
            return b""
        if self._head is None:
            return self._feed_frames(data, now) if self._is_frames else data
        return self._feed_head(self._head, data, now)

    def deadline(self) -> float:
        """Return when ``on_timer`` may have something; ``inf`` for never."""
        return self._pongs[0][0] if self._pongs and self._is_between else inf

    def on_timer(self, now: float) -> bytes:
        """Return delayed pongs whose time has come, if no frame is half sent."""
        out = bytearray()
        while self.deadline() <= now:
            out += self._pongs.popleft()[1]
        return bytes(out)

    @property
    def _is_between(self) -> bool:
        return not self._left_bytes and not self._frame and self.end is None

    def _feed_head(self, head: bytearray, data: bytes, now: float) -> bytes:
        begin = max(0, len(head) - 3)  # the empty line may lie across two chunks
        head += data
        end = head.find(b"\r\n\r\n", begin)
        if end < 0:
            if len(head) > _MAX_HEAD_BYTES:
                self._head = None
            return data
        text, rest_bytes = bytes(head[:end]).lower(), len(head) - end - 4
        self._head = None
        is_answer = text.startswith(b"http/")
        self._is_frames = text[8:12] == b" 101" if is_answer else b"\r\nupgrade: websocket" in text
        if not rest_bytes or not self._is_frames:
            return data
        return data[:-rest_bytes] + self._feed_frames(data[-rest_bytes:], now)

    def _feed_frames(self, data: bytes, now: float) -> bytes:
        out, at = bytearray(), 0
        while at < len(data) and self.end is None:
            if self._left_bytes:
                piece = data[at : at + self._left_bytes]
                self._left_bytes -= len(piece)
                out += self._payload(piece, now)
            else:
                piece = data[at : at + self._missing_bytes()]
                self._frame += piece
                if not self._missing_bytes():
                    out += self._begin_frame(now)
            at += len(piece)
        return bytes(out)

    def _missing_bytes(self) -> int:
        """Return how many bytes the frame's head still needs."""
        have = len(self._frame)
        if have < 2:
            return 2 - have
        extended = {126: 2, 127: 8}.get(self._frame[1] & 0x7F, 0)
        return 2 + extended + (4 if self._frame[1] & 0x80 else 0) - have

    def _begin_frame(self, now: float) -> bytes:
        head = bytes(self._frame)
        opcode, size_bytes = head[0] & 0x0F, head[1] & 0x7F
        if size_bytes >= 126:
            size_bytes = int.from_bytes(head[2 : 4 if size_bytes == 126 else 10])
        self._left_bytes = size_bytes
        self._fate = self._fate_of(opcode, size_bytes)
        if self._fate == "pong":
            return self._payload(b"", now)
        self._frame.clear()
        if self._fate == "drop":
            return b""
        return head + (self._payload(b"", now) if self._fate == "cut" else b"")

    def _fate_of(self, opcode: int, size_bytes: int) -> str:
        faults = self.faults
        if opcode >= _CONTROL:
            is_late = opcode == _PONG and faults.delay_pong_s > 0.0 and size_bytes <= 125
            return "pong" if is_late else "pass"
        if opcode:  # else a fragment: of the message that began last
            self._messages += 1
            if self._messages == faults.drop_message:
                self.done.append(f"message {self._messages} dropped")
        if self._messages and self._messages == faults.cut_message:
            return "cut"
        return "drop" if self._messages and self._messages == faults.drop_message else "pass"

    def _payload(self, piece: bytes, now: float) -> bytes:
        if self._fate == "pong":
            self._frame += piece
            if not self._left_bytes:
                self._keep_pong(now)
            return b""
        if self._fate == "cut" and (piece or not self._left_bytes):
            # Half of what is there of the payload: surely inside of the frame.
            self.end = End.RESET
            self.done.append(f"cut inside message {self._messages}")
            return piece[: len(piece) // 2]
        return b"" if self._fate == "drop" else piece

    def _keep_pong(self, now: float) -> None:
        pong = bytes(self._frame)
        self._frame.clear()
        if len(self._pongs) < _MAX_PONGS:
            self._pongs.append((now + self.faults.delay_pong_s, pong))
            self.done.append("pong delayed")
        else:
            self.done.append("pong dropped")
