"""Fault ``socket-exhaustion``: another component leaks sockets until none is left.

Finding: ``socket-exhaustion``.
An observer sees ``sockets.open`` rise to ``sockets.max`` in ``/health``, a 503 or two near the
cap, then every new connection reset right after it was accepted, while an open stream and ICMP go
on; on the serial line ``error in accept (23)``; later ``accept_failures`` in ``/health``.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["SocketExhaustion"]


@fault("socket-exhaustion")
class SocketExhaustion(Fault, kw_only=True):
    """Leak a socket each ``step_s``.

    Attributes:
        for_s: How long; then all are given back.
        step_s: Time between two.
    """

    for_s: Annotated[float, Meta(ge=0, le=86_400)] = 120.0
    step_s: Annotated[float, Meta(ge=0.01, le=3600)] = 1.0

    def step(self, board: Board, now: float, rng: Random) -> None:
        """Leak one more while there are any."""
        del now, rng
        if not board.sockets.is_full:
            board.sockets.leaked += 1

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Give them back."""
        del now, rng
        board.sockets.leaked = 0
