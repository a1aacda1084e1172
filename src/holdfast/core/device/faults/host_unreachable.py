"""Fault ``host-unreachable``: nothing answers at the device's address.

Finding: ``host-unreachable``.
An observer sees no answer to anything from the beginning, ARP included.
"""

from __future__ import annotations

from random import Random

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["HostUnreachable"]


@fault("host-unreachable")
class HostUnreachable(Fault, kw_only=True):
    """Be gone."""

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Vanish."""
        del now, rng
        board.knobs.is_reachable = False

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Come back."""
        del now, rng
        board.knobs.is_reachable = True
