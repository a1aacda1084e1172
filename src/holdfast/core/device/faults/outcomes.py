"""Fault ``outcomes``: a script says how each short request ends.

No one finding: this is for benchmarks that check that what is measured is what was done.
An observer sees the outcomes of the script; each is recorded as truth. Without ``slot`` each
request takes the next one; with it, all requests within one slot of time take the same, and
outcomes of the connection itself (``connect_timeout``, ``connect_refused``) may occur too.
"""

from __future__ import annotations

from random import Random

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, fault
from holdfast.core.device.knobs import ANSWERED, REQUEST_OUTCOMES
from holdfast.core.link.transport import AcceptMode
from holdfast.errors import ConfigError

__all__ = ["Outcomes"]

_PORT_MODES = {
    "connect_timeout": AcceptMode.SILENT,
    "connect_refused": AcceptMode.REFUSE,
}


@fault("outcomes")
class Outcomes(Fault, kw_only=True):
    """End requests as a script says.

    Attributes:
        cycle: Outcomes separated by ``/``, over and over; ``outcome*3`` stands for three.
        shuffled: Take them at random, each as often as it is named, instead of in order.
        slot_s: Length of a slot of time; 0 for one outcome a request.
    """

    cycle: str = "/".join(REQUEST_OUTCOMES)
    shuffled: bool = False
    slot_s: float = 0.0
    _outcomes: tuple[str, ...] = ()
    _place: int = 0

    def __post_init__(self) -> None:
        allowed = (*REQUEST_OUTCOMES, *(_PORT_MODES if self.slot_s else ()))
        outcomes: list[str] = []
        for word in self.cycle.split("/"):
            name, _, times = word.partition("*")
            count = int(times) if times.isascii() and times.isdigit() and len(times) < 5 else 1
            if name not in allowed:
                known = ", ".join(allowed)
                raise ConfigError(
                    "fault.outcomes.cycle", f"no such outcome {name!r}; one of {known}"
                )
            outcomes += [name] * count
        if not 0 < len(outcomes) <= 100_000:
            raise ConfigError("fault.outcomes.cycle", "must name 1 to 100000 outcomes")
        self._outcomes = tuple(outcomes)
        self.step_s = self.slot_s

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Begin the script."""
        if not self.slot_s:
            board.knobs.outcome = lambda _path, _now: self._next(rng)
            return
        outcome = self._next(rng)
        board.truth("slot", now, outcome=outcome)
        board.knobs.port_mode = _PORT_MODES.get(outcome)
        answered = ANSWERED if outcome in _PORT_MODES else outcome
        board.knobs.outcome = lambda _path, _now: answered

    def step(self, board: Board, now: float, rng: Random) -> None:
        """Go on to the next slot."""
        self.begin(board, now, rng)

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Answer everything again."""
        del now, rng
        board.knobs.outcome = None
        board.knobs.port_mode = None

    def _next(self, rng: Random) -> str:
        if self.shuffled:
            return rng.choice(self._outcomes)
        outcome = self._outcomes[self._place % len(self._outcomes)]
        self._place += 1
        return outcome
