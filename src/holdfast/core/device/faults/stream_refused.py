"""Fault ``stream-refused``: new streams are refused.

Finding: ``stream-refused``.
An observer sees every attempt answered with that status, or reset, while short requests and ICMP
are well. An open stream is ended first, unless told to stay.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["StreamRefused"]


@fault("stream-refused")
class StreamRefused(Fault, kw_only=True):
    """Refuse.

    Attributes:
        status: HTTP status of the refusal; 0 resets instead.
        keeps_open: Whether a stream that is open stays.
    """

    status: Annotated[int, Meta(ge=0, le=599)] = 503
    keeps_open: bool = False

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Begin to refuse."""
        del rng
        board.knobs.stream_refusal = self.status
        board.knobs.stream_reset = not self.status
        if not self.keeps_open:
            board.end_streams(now)

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Take streams again."""
        del now, rng
        board.knobs.stream_refusal = 0
        board.knobs.stream_reset = False
