"""Black hole: from some moment everything is lost, and nobody is told."""

from __future__ import annotations

from math import inf
from random import Random

from holdfast.core.impair.unit import Duration, Fate, Spec, Unit
from holdfast.core.impair.windows import Windows

__all__ = ["BlackHole", "BlackHoleModel"]


class BlackHole(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A link that swallows everything.

    Attributes:
        after_s: From when, counted from when the impairment applies.
        for_s: How long; 0 until the impairment changes.
    """

    after_s: Duration = 0.0
    for_s: Duration = 0.0

    def model(self, rng: Random, since_s: float) -> BlackHoleModel:
        """Return the model in operation."""
        return BlackHoleModel(self, rng, since_s)


class BlackHoleModel:
    """Loses whatever comes in its time."""

    def __init__(self, spec: BlackHole, rng: Random, since_s: float) -> None:
        self._windows = Windows(
            first_s=since_s + spec.after_s,
            every_s=0.0,
            for_s=spec.for_s or inf,
            jitter=0.0,
            rng=rng,
        )

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Lose the unit, if it is time."""
        if self._windows.end_of(unit.at_s) is not None:
            fate.lost_by = "black_hole"
