"""Fault ``server-blocked-by-stream``: the stream's handler keeps the server's only task.

Finding: ``server-blocked-by-stream``.
An observer sees, while its stream runs, no other request answered, in three phases (accepted but
silent, SYN unanswered, accepted and closed), with ICMP well; all is well in the very tick in which
the stream ends.
"""

from __future__ import annotations

from random import Random

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["ServerBlockedByStream"]


@fault("server-blocked-by-stream")
class ServerBlockedByStream(Fault, kw_only=True):
    """Serve streams in the server's task."""

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Block."""
        del now, rng
        board.knobs.one_task = True

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Unblock."""
        del now, rng
        board.knobs.one_task = False
