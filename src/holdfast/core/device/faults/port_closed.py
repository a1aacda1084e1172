"""Fault ``port-closed``: nothing listens on the HTTP port.

Finding: ``port-closed``.
An observer sees every connection refused at once while ICMP is well.
"""

from __future__ import annotations

from random import Random

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault
from holdfast.core.link.transport import AcceptMode

__all__ = ["PortClosed"]


@fault("port-closed")
class PortClosed(Fault, kw_only=True):
    """Close the port."""

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Refuse connections; open ones stay."""
        del now, rng
        board.knobs.port_mode = AcceptMode.REFUSE

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Listen again."""
        del now, rng
        board.knobs.port_mode = None
