"""Fault ``order-violation``: an old message of the stream is sent again after newer ones.

Finding: ``order-violation``.
An observer sees the device's own numbers come again and its own time go back within one
connection, on which TCP keeps the order. Nothing else is wrong.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["OrderViolation"]


@fault("order-violation")
class OrderViolation(Fault, kw_only=True):
    """Send an old message again.

    Attributes:
        every_s: From one to the next.
        behind: How many messages old it is.
    """

    every_s: Annotated[float, Meta(ge=0, le=86_400)] = 15.0
    behind: Annotated[int, Meta(ge=1, le=60)] = 2

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Let the next message be an old one."""
        del now, rng
        board.knobs.behind_next = self.behind
