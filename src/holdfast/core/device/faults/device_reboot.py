"""Fault ``device-reboot``: the board restarts.

Finding: ``device-reboot``, with its reason.
An observer sees everything fail until the board is back; then a small uptime, another
``boot_id``, ``reset_reason``, and the last words and the ROM's banner on the serial line. A
watchdog bites 5 s after the main task hung; until then connections stay open and silent.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["DeviceReboot"]


@fault("device-reboot")
class DeviceReboot(Fault, kw_only=True):
    """Restart.

    Attributes:
        reason: Why.
    """

    reason: Annotated[
        str, Meta(pattern=r"^(panic|brownout|watchdog|software|out-of-memory|power-on)\Z")
    ] = "panic"

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Restart, or hang until the watchdog does it."""
        del rng
        if self.reason == "watchdog":
            board.hang(now)
        else:
            board.reset(self.reason, now)
