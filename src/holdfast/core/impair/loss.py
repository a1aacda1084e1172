"""Independent loss: every unit is lost with the same probability."""

from __future__ import annotations

from random import Random

from holdfast.core.impair.unit import Fate, Probability, Spec, Unit

__all__ = ["Loss", "LossModel"]


class Loss(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Loss without memory.

    Attributes:
        probability: Of each unit, 0 to 1.
    """

    probability: Probability

    def model(self, rng: Random, since_s: float) -> LossModel:
        """Return the model in operation."""
        del since_s
        return LossModel(self, rng)


class LossModel:
    """Tosses for each unit."""

    def __init__(self, spec: Loss, rng: Random) -> None:
        self._probability = spec.probability
        self._rng = rng

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Lose the unit, or not."""
        del unit
        if self._rng.random() < self._probability:
            fate.lost_by = "loss"
