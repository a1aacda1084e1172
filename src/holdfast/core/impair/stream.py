"""The other reading of an impairment: what TCP makes of it.

What is lost or arrives damaged is sent again by the sender's stack on its ladder of
waits; whatever is behind it waits too, and then comes in a burst.

Laws:
    - Every byte comes out once and in order, whatever the models do, until a reset, a cut
      or a stack that gave up ends the connection. What a black hole or a held cut keeps
      back is the end of the stream, never its middle.
    - While anything is lost or held, ``is_stalled`` is true and the sender is not to be
      read, so that its own window fills.

Not done: fast retransmission, which finds a loss within a round trip where more data
follows. Streams of devices are thin: their losses wait for the timer. Nor does loss make
the sender slower afterwards (congestion control).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from math import inf
from typing import Final, TypeAlias

from msgspec import Struct

from holdfast.core.impair.impairment import ImpairedLink, Impairment
from holdfast.core.impair.segments import SEGMENT_BYTES, pieces
from holdfast.core.impair.unit import Direction, End, Fate, Unit
from holdfast.core.link.retransmission import LINUX, LWIP, TcpStack

__all__ = ["HELD_LIMIT_BYTES", "Lane", "Note", "Released"]

HELD_LIMIT_BYTES: Final = LINUX.window_bytes
"""While more than a window is under way, the sender is not read."""

_SHARE: Final = 0.125  # RFC 6298: weight of a new round trip in the smoothed one

Note: TypeAlias = Callable[[str, float, dict[str, float | str | bool | None]], None]
"""Told what a lane does: a word, when, and values."""


class Released(Struct, frozen=True, kw_only=True):
    """What leaves a lane.

    Attributes:
        chunks: Bytes, each to be written by itself.
        is_finished: Whether the stream ended in good order after them.
        end: How the connection is broken off after them; ``None`` for not.
    """

    chunks: tuple[bytes, ...] = ()
    is_finished: bool = False
    end: End | None = None


class _Piece:
    """A segment under way; an empty one is the FIN."""

    __slots__ = ("data", "due_s", "held_by", "offset_bytes", "retry_s", "sent_s", "tries")

    def __init__(self, data: bytes, offset_bytes: int, now: float) -> None:
        self.data = data
        self.offset_bytes = offset_bytes
        self.sent_s = now
        self.due_s = inf
        self.retry_s = inf
        self.tries = 0
        self.held_by = ""


class Lane:
    """One direction of one connection.

    Args:
        link: The impairment in operation.
        direction: Which way; decides whose stack sends again: the bench's Linux up, the
            device's lwIP down.
        opened_s: When the connection opened, on the run's clock.
        note: Told of losses, waits and ends.
    """

    def __init__(
        self, link: ImpairedLink, direction: Direction, *, opened_s: float, note: Note
    ) -> None:
        self._link = link
        self._direction = direction
        self._stack: TcpStack = LINUX if direction is Direction.UP else LWIP
        self._opened_s = opened_s
        self._note = note
        self._pieces: deque[_Piece] = deque()
        self._retries: list[tuple[float, int, _Piece]] = []
        self._number = 0
        self._offset_bytes = 0
        self._held = 0
        self._end: End | None = None
        self._delay_s = 0.0
        self._last_due_s = -inf
        self.held_bytes = 0
        """Bytes taken and not yet released."""
        self.other: Lane | None = None
        """The way back, for the round trip."""

    @property
    def is_stalled(self) -> bool:
        """Whether the sender should find that nobody reads."""
        return self._held > 0 or self.held_bytes >= HELD_LIMIT_BYTES

    @property
    def impairment(self) -> Impairment:
        """What decides at present."""
        return self._link.impairment

    @property
    def delay_s(self) -> float:
        """Smoothed one-way delay of what was not lost."""
        return self._delay_s

    def put(self, data: bytes, now: float) -> None:
        """Take bytes that the sender sends now."""
        if self._end is not None:
            return
        size_bytes = self._link.piece(self._direction).size_bytes
        for part in pieces(data, size_bytes):
            self._add(part, now)
            if self._end is not None:
                break

    def put_end(self, now: float) -> None:
        """Take the sender's FIN."""
        if self._end is None:
            self._add(b"", now)

    def break_off(self, end: End) -> None:
        """End the connection after what is under way."""
        if self._end is None:
            self._end = end

    def deadline(self) -> float:
        """Return when ``take`` may have something; ``inf`` for never."""
        head = self._pieces[0].due_s if self._pieces else inf
        if self._end is not None and not self._pieces:
            return -inf
        retry_s = self._retries[0][0] if self._retries else inf
        return min(head, retry_s, self._opened_s + self._link.lifetime_s(self._direction))

    def take(self, now: float) -> Released:
        """Return what arrives by now."""
        if now >= self._opened_s + self._link.lifetime_s(self._direction):
            self._end = End.RESET
            self._note("reset", now, {"by": "age"})
            return Released(end=End.RESET)
        self._send_again(now)
        is_whole = self._link.piece(self._direction).size_bytes >= SEGMENT_BYTES
        chunks: list[bytes] = []
        while self._pieces and self._pieces[0].due_s <= now:
            piece = self._pieces.popleft()
            self._release(piece)
            if not piece.data:
                return Released(chunks=_joined(chunks, is_whole), is_finished=True)
            chunks.append(piece.data)
        end = self._end if not self._pieces else None
        return Released(chunks=_joined(chunks, is_whole), end=end)

    def switch(self, link: ImpairedLink, now: float) -> None:
        """Let another impairment decide from now on.

        What is delayed or held is judged anew, as if sent now; what is lost is sent again
        when the sender's ladder comes to it, as after a real outage.
        """
        self._link = link
        self._last_due_s = -inf
        for piece in list(self._pieces):
            if piece.retry_s == inf:
                self._unhold(piece)
                self._judge(piece, now)

    # --- pieces --------------------------------------------------------------------

    def _add(self, data: bytes, now: float) -> None:
        piece = _Piece(data, self._offset_bytes, now)
        self._offset_bytes += len(data)
        self.held_bytes += len(data)
        self._pieces.append(piece)
        self._judge(piece, now)

    def _judge(self, piece: _Piece, at_s: float) -> None:
        """Send a piece at ``at_s``, for the first time or again."""
        fate = self._link.judge(
            Unit(
                at_s=at_s,
                size_bytes=len(piece.data),
                direction=self._direction,
                offset_bytes=piece.offset_bytes,
                age_s=at_s - self._opened_s,
                can_wait=True,
            )
        )
        piece.retry_s = inf
        if fate.end is not None:
            self._cut(piece, fate)
        elif fate.lost_by or fate.flip_bit is not None:  # TCP's checksum finds one bit
            self._lose(piece, at_s, fate.lost_by or "corrupt")
        elif fate.at_s == inf and 0 < fate.keep_bytes < len(piece.data):
            self._split(piece, fate.keep_bytes, at_s)
        else:
            if not piece.tries and fate.at_s < inf and not fate.held_by:
                self._delay_s += _SHARE * (fate.at_s - at_s - self._delay_s)
            gap_s = self._link.piece(self._direction).gap_s
            piece.due_s = max(fate.at_s, self._last_due_s + gap_s) if gap_s else fate.at_s
            if gap_s and piece.due_s < inf:
                self._last_due_s = piece.due_s
            if fate.held_by:
                self._hold(piece, fate.held_by, at_s)

    def _lose(self, piece: _Piece, at_s: float, lost_by: str) -> None:
        piece.due_s = inf
        if piece.tries >= self._stack.retries:
            self._note("gave up", at_s, {"by": lost_by, "tries": piece.tries})
            self._cut(piece, Fate(at_s=at_s, end=End.RESET))
            return
        rtt_s = self._delay_s + (self.other.delay_s if self.other is not None else 0.0)
        piece.retry_s = self._stack.resend_at(at_s, piece.tries, rtt_s)
        piece.tries += 1
        self._number += 1
        heapq.heappush(self._retries, (piece.retry_s, self._number, piece))
        if piece.held_by:
            self._unhold(piece)
        piece.held_by = lost_by
        self._held += 1
        self._note("lost", at_s, {"by": lost_by, "tries": piece.tries, "again_s": piece.retry_s})

    def _send_again(self, now: float) -> None:
        while self._retries and self._retries[0][0] <= now:
            retry_s, _, piece = heapq.heappop(self._retries)
            self._unhold(piece)
            if piece.retry_s == retry_s:  # else the connection was cut before it
                # Not at ``now``: a late timer must not change what the ladder is.
                self._judge(piece, retry_s)

    def _cut(self, piece: _Piece, fate: Fate) -> None:
        """Let the connection end within a piece; what is behind it never arrives."""
        while self._pieces[-1] is not piece:
            self._forget(self._pieces.pop())
        self.held_bytes -= len(piece.data) - fate.keep_bytes
        piece.data = piece.data[: fate.keep_bytes]
        piece.due_s = fate.at_s
        if not piece.data:
            self._forget(self._pieces.pop())
        self._end = fate.end
        self._note(str(fate.end), fate.at_s, {"by": "model"})

    def _split(self, piece: _Piece, keep_bytes: int, at_s: float) -> None:
        """Let the first bytes of the last piece go on, and judge the rest by itself."""
        rest = _Piece(piece.data[keep_bytes:], piece.offset_bytes + keep_bytes, piece.sent_s)
        piece.data = piece.data[:keep_bytes]
        self._pieces.insert(self._pieces.index(piece) + 1, rest)
        self._judge(piece, at_s)
        self._judge(rest, at_s)

    def _hold(self, piece: _Piece, held_by: str, at_s: float) -> None:
        piece.held_by = held_by
        self._held += 1
        until_s = piece.due_s if piece.due_s < inf else None
        self._note("held", at_s, {"by": held_by, "until_s": until_s})

    def _unhold(self, piece: _Piece) -> None:
        if piece.held_by:
            piece.held_by = ""
            self._held -= 1

    def _release(self, piece: _Piece) -> None:
        self._unhold(piece)
        self.held_bytes -= len(piece.data)

    def _forget(self, piece: _Piece) -> None:
        self._release(piece)
        piece.retry_s = inf


def _joined(chunks: list[bytes], is_whole: bool) -> tuple[bytes, ...]:
    if is_whole and len(chunks) > 1:
        return (b"".join(chunks),)
    return tuple(chunks)
