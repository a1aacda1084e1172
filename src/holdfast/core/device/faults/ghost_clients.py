"""Fault ``ghost-clients``: viewers vanish without FIN and keep their slots.

Finding: ``ghost-clients``.
An observer sees its own stream's messages come five seconds apart, because each push waits
out the send time-out of viewers that are gone, and more sockets in use than anybody holds.
Serial: ``error in send : 11``. Short requests and ICMP are well. It ends as TCP gives the
ghosts up.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault
from holdfast.core.device.serial_text import httpd_send_error

__all__ = ["GhostClients"]

_EAGAIN = 11  # what a send time-out shows as


@fault("ghost-clients")
class GhostClients(Fault, kw_only=True):
    """Let viewers vanish.

    Attributes:
        for_s: How long they keep their slots.
        every_s: From one vanishing to the next.
        step_s: How long each push waits for them.
        ghosts: How many vanish at once.
    """

    for_s: Annotated[float, Meta(ge=0, le=86_400)] = 60.0
    every_s: Annotated[float, Meta(ge=0, le=86_400)] = 180.0
    step_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    ghosts: Annotated[int, Meta(ge=1, le=8)] = 2

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Take the slots and hold up the pushes."""
        del now, rng
        board.knobs.push_stall_s = self.step_s
        board.sockets.leaked += self.ghosts

    def step(self, board: Board, now: float, rng: Random) -> None:
        """Tell of a send that timed out."""
        del rng
        board.say([httpd_send_error(_EAGAIN, board.uptime_s(now))])

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Free the slots."""
        del now, rng
        board.knobs.push_stall_s = 0.0
        board.sockets.leaked = max(0, board.sockets.leaked - self.ghosts)
