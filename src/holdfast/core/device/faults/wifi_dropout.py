"""Fault ``wifi-dropout``: the station loses its access point and finds its own way back.

Finding: ``wifi-dropout``.
An observer sees everything fail at once, ICMP too, for the outage and the firmware's way back
(12 to 40 s in all); then in ``/health`` more ``wifi.disconnects`` and as ``wifi.last_reason`` 200
(beacons lost) or, after an attempt that came too early, 201; on the serial line ``bcn_timout``
and ``run -> init``.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault
from holdfast.core.device.wifi import BEACON_TIMEOUT

__all__ = ["WifiDropout"]


@fault("wifi-dropout")
class WifiDropout(Fault, kw_only=True):
    """Lose the association.

    Attributes:
        for_s: How long the network cannot be found.
        reason: ``wifi_err_reason_t``.
        wedged: Whether only a restart of the Wi-Fi driver brings it back.
    """

    for_s: Annotated[float, Meta(gt=0, le=86_400)] = 12.0
    reason: Annotated[int, Meta(ge=1, le=255)] = BEACON_TIMEOUT
    wedged: bool = False

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Lose it."""
        del rng
        board.lose_wifi(now, reason=self.reason, for_s=self.for_s, wedged=self.wedged)
