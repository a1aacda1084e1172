"""Duplication: some units arrive twice; a stream never shows it."""

from __future__ import annotations

from random import Random

from holdfast.core.impair.unit import Duration, Fate, Probability, Spec, Unit

__all__ = ["Duplicate", "DuplicateModel"]


class Duplicate(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units that arrive twice.

    Attributes:
        probability: Of each unit.
        after_s: How much later the copy arrives.
    """

    probability: Probability
    after_s: Duration = 0.001

    def model(self, rng: Random, since_s: float) -> DuplicateModel:
        """Return the model in operation."""
        del since_s
        return DuplicateModel(self, rng)


class DuplicateModel:
    """Tosses for each unit."""

    def __init__(self, spec: Duplicate, rng: Random) -> None:
        self._spec = spec
        self._rng = rng

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Copy the unit, or not."""
        del unit
        if self._rng.random() < self._spec.probability:
            fate.copy_s = self._spec.after_s
