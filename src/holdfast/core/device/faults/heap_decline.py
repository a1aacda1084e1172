"""Fault ``heap-decline``: memory leaks.

Finding: ``heap-decline``.
An observer sees ``free_heap`` fall at a constant rate; when nothing is left the board aborts and
restarts.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["HeapDecline"]


@fault("heap-decline")
class HeapDecline(Fault, kw_only=True):
    """Leak.

    Attributes:
        rate_bytes_per_s: How fast; 700 is 41 KB/min, four times the worst recorded run.
    """

    rate_bytes_per_s: Annotated[float, Meta(gt=0, le=10_000_000)] = 700.0

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Begin to leak."""
        del rng
        board.heap.set_leak(self.rate_bytes_per_s, now)

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Stop; what is lost stays lost."""
        del rng
        board.heap.set_leak(0.0, now)
