"""Fault ``torn-frames``: a WebSocket frame is cut, and the next header follows inside it.

Finding: ``torn-frames``.
An observer sees, in the raw bytes, a frame header where payload was announced; a browser sees an
invalid frame and closes with 1002. ICMP and short requests are well.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["TornFrames"]


@fault("torn-frames")
class TornFrames(Fault, kw_only=True):
    """Cut the next message inside its frame.

    Attributes:
        every_s: From one cut to the next.
    """

    every_s: Annotated[float, Meta(ge=0, le=86_400)] = 20.0

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Let the next frame be cut."""
        del now, rng
        board.knobs.tear_next = True
