"""Fault ``payload-truncated``: messages and bodies end where a buffer is full.

Finding: ``payload-truncated``.
An observer sees whole frames, events and answers whose JSON stops in the middle, each at the
same length, while short answers, connections and ICMP are well.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault

__all__ = ["PayloadTruncated"]


@fault("payload-truncated")
class PayloadTruncated(Fault, kw_only=True):
    """Cut what is longer than the buffer.

    Attributes:
        for_s: How long messages are that long.
        every_s: From one such time to the next.
        limit_bytes: Size of the buffer.
    """

    for_s: Annotated[float, Meta(ge=0, le=86_400)] = 30.0
    every_s: Annotated[float, Meta(ge=0, le=86_400)] = 90.0
    limit_bytes: Annotated[int, Meta(ge=1, le=65_536)] = 64

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Begin to cut."""
        del now, rng
        board.knobs.payload_limit_bytes = self.limit_bytes

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Send everything again."""
        del now, rng
        board.knobs.payload_limit_bytes = 0
