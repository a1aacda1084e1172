"""A discrete-event simulation: calls at instants, in order, under its own clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

__all__ = ["Simulation"]


class Simulation:
    """Runs calls in order of time; calls of one instant in the order they were made.

    Attributes:
        now: The simulation's time in seconds; read only.
        is_stopping: Set it to end ``run`` after the current call.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.is_stopping = False
        self._calls: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._made = 0

    def at(self, at_s: float, call: Callable[..., None], *args: Any) -> None:
        """Call ``call(*args)`` at ``at_s``, at once if that has passed."""
        self._made += 1
        heapq.heappush(self._calls, (at_s, self._made, call, args))

    def run(self, until_s: float) -> None:
        """Run every call due up to ``until_s``, a finite time, and end there."""
        calls = self._calls
        self.is_stopping = False
        while calls and not self.is_stopping and calls[0][0] <= until_s:
            at_s, _, call, args = heapq.heappop(calls)
            if at_s > self.now:
                self.now = at_s
            call(*args)
        if not self.is_stopping:
            self.now = max(self.now, until_s)
