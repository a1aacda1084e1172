"""Fault ``rssi-frozen``: the signal strength is never sampled again.

Finding: ``rssi-frozen``.
An observer sees one and the same RSSI in every answer over minutes; nothing else is wrong.
"""

from __future__ import annotations

from random import Random

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["RssiFrozen"]


@fault("rssi-frozen")
class RssiFrozen(Fault, kw_only=True):
    """Freeze the RSSI."""

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Freeze."""
        del now, rng
        board.wifi.rssi_frozen = True

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Sample again."""
        del now, rng
        board.wifi.rssi_frozen = False
