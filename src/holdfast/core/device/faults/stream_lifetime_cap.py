"""Fault ``stream-lifetime-cap``: streams are ended after a fixed time, in order.

Finding: ``stream-lifetime-cap``.
An observer sees each stream end normally at the same age (300 s on the real device) while
everything else is well.
"""

from __future__ import annotations

import math
from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["StreamLifetimeCap"]


@fault("stream-lifetime-cap")
class StreamLifetimeCap(Fault, kw_only=True):
    """Close streams by age.

    Attributes:
        after_s: Age at which a stream is closed.
        code: WebSocket close code; 0 for FIN alone.
    """

    after_s: Annotated[float, Meta(ge=0.5, le=86_400)] = 300.0
    code: Annotated[int, Meta(ge=0, le=4999)] = 1000

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Set the cap."""
        del now, rng
        board.knobs.stream_limit_s = self.after_s
        board.knobs.stream_limit_code = self.code

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Lift the cap."""
        del now, rng
        board.knobs.stream_limit_s = math.inf
