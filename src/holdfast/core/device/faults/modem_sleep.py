"""Fault ``modem-sleep``: the radio sleeps between beacons.

Finding: ``modem-sleep``.
An observer sees round trips spread up to the beacon interval, ICMP too, first packets after a
pause slow and following ones fast; nothing fails. The serial line says ``Set ps type: 1``.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault
from holdfast.core.device.knobs import Sleep

__all__ = ["ModemSleep"]


@fault("modem-sleep")
class ModemSleep(Fault, kw_only=True):
    """Sleep.

    Attributes:
        beacon_s: Between two wake-ups; three beacons of 102.4 ms are the driver's default.
        awake_s: How long it stays awake after traffic.
    """

    beacon_s: Annotated[float, Meta(ge=0.01, le=10)] = 0.3072
    awake_s: Annotated[float, Meta(ge=0, le=10)] = 0.02

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Turn power save on."""
        del now, rng
        board.knobs.sleep = Sleep(beacon_s=self.beacon_s, awake_s=self.awake_s)

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Turn it off."""
        del now, rng
        board.knobs.sleep = None
