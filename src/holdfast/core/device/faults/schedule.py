"""When the faults of one device begin, go on, end and begin again."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from random import Random

from holdfast.core.device.board import Board
from holdfast.core.device.faults.base import Fault, FaultPlan, make_fault

__all__ = ["FaultSchedule"]

_BEGIN, _STEP, _END = "begin", "step", "end"


class FaultSchedule:
    """All faults of one device.

    Args:
        plans: What goes wrong, and when.
        board: The device.
        rng: Of the device; each fault gets a generator of its own from it, so that
            adding one does not change the others.

    Raises:
        ConfigError: If a plan is wrong.
    """

    def __init__(self, plans: Sequence[FaultPlan], board: Board, rng: Random) -> None:
        self._board = board
        self._due: list[tuple[float, int, str]] = []
        self._faults: list[tuple[Fault, Random]] = []
        self._ends_at_s: dict[int, float] = {}
        self._stepping: set[int] = set()
        seed = rng.getrandbits(64)
        for number, plan in enumerate(plans):
            self._faults.append((make_fault(plan), Random(seed + number)))
            heapq.heappush(self._due, (plan.at_s, number, _BEGIN))

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next."""
        return self._due[0][0] if self._due else math.inf

    def on_timer(self, now: float) -> None:
        """Let happen what is due."""
        while self._due and now >= self._due[0][0]:
            at_s, number, what = heapq.heappop(self._due)
            fault, rng = self._faults[number]
            if what == _BEGIN:
                self._begin(number, fault, at_s)
                fault.begin(self._board, now, rng)
            elif what == _END:
                self._board.truth("fault_ended", now, fault=fault.NAME)
                fault.end(self._board, now, rng)
            elif at_s < self._ends_at_s[number]:
                fault.step(self._board, now, rng)
                self._push(at_s + fault.step_s, number, _STEP)
            else:
                self._stepping.discard(number)
            self._board.changed(now)

    def _begin(self, number: int, fault: Fault, at_s: float) -> None:
        self._board.record("fault_began", at_s, {"fault": fault.NAME, **fault.shown()})
        self._ends_at_s[number] = at_s + fault.for_s if fault.for_s else math.inf
        if fault.for_s:
            self._push(self._ends_at_s[number], number, _END)
        if fault.step_s and number not in self._stepping:
            self._stepping.add(number)
            self._push(at_s + fault.step_s, number, _STEP)
        if fault.every_s:
            self._push(at_s + fault.every_s, number, _BEGIN)

    def _push(self, at_s: float, number: int, what: str) -> None:
        heapq.heappush(self._due, (at_s, number, what))
