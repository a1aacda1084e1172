"""Stall: now and then everything stands still, then arrives at once; nothing is lost."""

from __future__ import annotations

from random import Random

from holdfast.core.impair.unit import Duration, Fate, Period, Probability, Spec, Unit
from holdfast.core.impair.windows import Windows

__all__ = ["Stall", "StallModel"]


class Stall(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times in which nothing moves.

    Attributes:
        for_s: How long each lasts.
        after_s: Begin of the first, from when the impairment applies.
        every_s: From one to the next; 0 for a single one.
        jitter: Share of ``every_s`` by which each may come later.
    """

    for_s: Period
    after_s: Duration = 0.0
    every_s: Duration = 0.0
    jitter: Probability = 0.0

    def model(self, rng: Random, since_s: float) -> StallModel:
        """Return the model in operation."""
        return StallModel(self, rng, since_s)


class StallModel:
    """Holds units to the end of the stall."""

    def __init__(self, spec: Stall, rng: Random, since_s: float) -> None:
        self._windows = Windows(
            first_s=since_s + spec.after_s,
            every_s=spec.every_s,
            for_s=spec.for_s,
            jitter=spec.jitter,
            rng=rng,
        )

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Let the unit wait for the end, if there is a stall."""
        end_s = self._windows.end_of(unit.at_s)
        if end_s is not None:
            fate.at_s = max(fate.at_s, end_s)
            fate.held_by = "stall"
