"""Fault ``device-booting``: the board was powered on shortly before the run.

Finding: ``device-booting``; meant for a start at 0.
An observer sees nothing at first, then ICMP answered and SYNs not, then everything well with an
uptime that began about when the run did.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["DeviceBooting"]


@fault("device-booting")
class DeviceBooting(Fault, kw_only=True):
    """Power on.

    Attributes:
        age_s: How long before.
        ready_s: From power-on until it answers HTTP, within a quarter.
    """

    age_s: Annotated[float, Meta(ge=0, le=60)] = 1.0
    ready_s: Annotated[float, Meta(ge=3, le=120)] = 30.0

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Power on."""
        at_s = now - self.age_s
        board.cut_power(now, back_at_s=at_s)
        board.boot.services_at_s = at_s + self.ready_s * rng.uniform(0.75, 1.25)
