"""Fault ``retransmission-ladder``: a bad antenna loses packets while the signal looks fine.

Finding: ``retransmission-ladder``.
An observer sees latencies on the ladder of retransmission time-outs (0.2, 0.4, 0.8 s ...),
retransmits in TCP_INFO, some lost ICMP, and an ordinary RSSI. Only a path that loses packets shows
it: loopback does not.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["RetransmissionLadder"]


@fault("retransmission-ladder")
class RetransmissionLadder(Fault, kw_only=True):
    """Lose packets.

    Attributes:
        loss_tx: Share of packets from the board that are lost.
        loss_rx: Share of packets to the board that are lost.
    """

    loss_tx: Annotated[float, Meta(ge=0, le=1)] = 0.15
    loss_rx: Annotated[float, Meta(ge=0, le=1)] = 0.02

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Begin to lose."""
        del now, rng
        board.knobs.loss_tx, board.knobs.loss_rx = self.loss_tx, self.loss_rx

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Lose nothing."""
        del now, rng
        board.knobs.loss_tx = board.knobs.loss_rx = 0.0
