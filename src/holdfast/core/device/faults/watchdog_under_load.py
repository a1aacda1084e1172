"""Fault ``watchdog-under-load``: work piles up until the task watchdog bites.

Finding: ``watchdog-under-load``.
An observer sees every answer take longer than the one before, then silence for five seconds,
then a restart whose reason is the task watchdog.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["WatchdogUnderLoad"]


@fault("watchdog-under-load")
class WatchdogUnderLoad(Fault, kw_only=True):
    """Slow down more and more, then hang.

    Attributes:
        for_s: From the first slow answer to the hang.
        step_s: How often it gets worse.
        delay_s: What a request takes longer at the end.
    """

    for_s: Annotated[float, Meta(ge=1, le=86_400)] = 40.0
    step_s: Annotated[float, Meta(gt=0, le=600)] = 1.0
    delay_s: Annotated[float, Meta(gt=0, le=60)] = 1.6
    _share: float = 0.0

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Begin with hardly any delay."""
        del board, now, rng
        self._share = 0.0

    def step(self, board: Board, now: float, rng: Random) -> None:
        """Pile up more work."""
        del now, rng
        self._share = min(1.0, self._share + self.step_s / self.for_s)
        board.knobs.handler_extra_s = self.delay_s * self._share

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Hang: the restart that follows clears the work away."""
        del rng
        board.knobs.handler_extra_s = 0.0
        board.hang(now)
