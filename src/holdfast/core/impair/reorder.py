"""Reordering: some units take so much longer that later ones overtake them."""

from __future__ import annotations

from random import Random

from holdfast.core.impair.unit import Fate, Period, Probability, Spec, Unit

__all__ = ["Reorder", "ReorderModel"]


class Reorder(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units out of order; a stream only sees those behind them wait.

    Attributes:
        probability: Of each unit to be late.
        by_s: How much later it arrives.
    """

    probability: Probability
    by_s: Period = 0.01

    def model(self, rng: Random, since_s: float) -> ReorderModel:
        """Return the model in operation."""
        del since_s
        return ReorderModel(self, rng)


class ReorderModel:
    """Tosses for each unit."""

    def __init__(self, spec: Reorder, rng: Random) -> None:
        self._spec = spec
        self._rng = rng

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Send the unit the long way, or not."""
        del unit
        if self._rng.random() < self._spec.probability:
            fate.at_s += self._spec.by_s
            fate.is_late = True
