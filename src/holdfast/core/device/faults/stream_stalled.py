"""Fault ``stream-stalled``: the stream falls silent while everything else works.

Finding: ``stream-stalled``.
An observer sees gaps of the stream's messages on an open connection that still answers pings,
while ICMP and short requests are well.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["StreamStalled"]


@fault("stream-stalled")
class StreamStalled(Fault, kw_only=True):
    """Stop the messages.

    Attributes:
        for_s: Length of each silence.
        every_s: From one to the next.
    """

    for_s: Annotated[float, Meta(ge=0, le=86_400)] = 15.0
    every_s: Annotated[float, Meta(ge=0, le=86_400)] = 60.0

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Fall silent."""
        del now, rng
        board.knobs.stream_is_silent = True

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Go on."""
        del now, rng
        board.knobs.stream_is_silent = False
