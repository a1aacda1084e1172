"""Fault ``session-evicted``: a new connection closes the least recently used one: the stream.

Finding: ``session-evicted``.
An observer sees the stream closed by the device within one round trip of each new connection,
with no error and everything else well.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["SessionEvicted"]


@fault("session-evicted")
class SessionEvicted(Fault, kw_only=True):
    """Keep so few sessions that LRU purge takes the stream.

    Attributes:
        sessions: Sessions that the server keeps.
    """

    sessions: Annotated[int, Meta(ge=1, le=250)] = 1

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Lower the number of sessions; early refusal is off with it."""
        del now, rng
        board.knobs.session_limit = self.sessions

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Give the server its own number back."""
        del now, rng
        board.knobs.session_limit = None
