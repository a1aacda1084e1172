"""Spans of time that come again and again: when a radio is away, when a link stands still."""

from __future__ import annotations

from math import inf
from random import Random

__all__ = ["Windows"]


class Windows:
    """A row of spans, each drawn when time gets there.

    Args:
        first_s: Begin of the first, on the run's clock.
        every_s: From one begin to the next; 0 for a single span.
        for_s: Length of each; ``inf`` for one that never ends.
        jitter: Share of ``every_s`` by which a begin may be later, 0 to 1. Spans that
            would overlap are one.
        rng: Draws that share.
    """

    def __init__(
        self, *, first_s: float, every_s: float, for_s: float, jitter: float, rng: Random
    ) -> None:
        self._plan_s = first_s
        self._every_s = every_s
        self._for_s = for_s
        self._spread_s = jitter * every_s
        self._rng = rng
        self._begin_s = self._end_s = -inf
        self._next_s = self._drawn()
        self.number = 0
        """Spans begun so far."""

    def end_of(self, now: float) -> float | None:
        """Return when the span around ``now`` ends; ``None`` outside of one.

        ``now`` never goes back.
        """
        while now >= self._next_s:
            self._begin_s = self._next_s
            self._end_s = self._begin_s + self._for_s
            self.number += 1
            self._plan_s = self._plan_s + self._every_s if self._every_s else inf
            self._next_s = self._drawn()
        return self._end_s if now < self._end_s else None

    def _drawn(self) -> float:
        return self._plan_s + (self._rng.random() * self._spread_s if self._spread_s else 0.0)
