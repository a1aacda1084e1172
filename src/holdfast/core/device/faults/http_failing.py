"""Fault ``http-failing``: one endpoint fails, the others do not.

Finding: ``unexpected-answers`` (outcomes that are answers: a wrong status or body, no HTTP).
An observer sees that path end in that way each time, and everything else well.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault
from holdfast.core.device.knobs import ANSWERED, REQUEST_OUTCOMES

__all__ = ["HttpFailing"]

_OUTCOMES = rf"^({'|'.join(REQUEST_OUTCOMES)})\Z"


@fault("http-failing")
class HttpFailing(Fault, kw_only=True):
    """Fail one path.

    Attributes:
        path: Which.
        outcome: How.
    """

    path: Annotated[str, Meta(pattern=r"^/[!-~]{0,100}\Z")] = "/health"
    outcome: Annotated[str, Meta(pattern=_OUTCOMES)] = "bad_status"

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Begin to fail."""
        del now, rng
        board.knobs.outcome = self._outcome

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Answer again."""
        del now, rng
        board.knobs.outcome = None

    def _outcome(self, path: str, now: float) -> str:
        del now
        return self.outcome if path == self.path else ANSWERED
