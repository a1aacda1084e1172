"""Fault ``slow-handler``: handlers of short requests take seconds.

Finding: ``slow-handler``.
An observer sees connections established at once and first bytes seconds later, on every short
request, while ICMP and the stream are well.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["SlowHandler"]


@fault("slow-handler")
class SlowHandler(Fault, kw_only=True):
    """Slow down.

    Attributes:
        delay_s: What each request takes longer, within a fifth.
    """

    delay_s: Annotated[float, Meta(gt=0, le=600)] = 2.0

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Slow down."""
        del now, rng
        board.knobs.handler_extra_s = self.delay_s

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Be quick again."""
        del now, rng
        board.knobs.handler_extra_s = 0.0
