"""Corruption: one bit of some units is inverted.

In a stream TCP's checksum finds every single inverted bit, so the segment is sent again.
"""

from __future__ import annotations

from random import Random

from holdfast.core.impair.unit import Fate, Probability, Spec, Unit

__all__ = ["Corrupt", "CorruptModel"]


class Corrupt(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units with an inverted bit.

    Attributes:
        probability: Of each unit.
    """

    probability: Probability

    def model(self, rng: Random, since_s: float) -> CorruptModel:
        """Return the model in operation."""
        del since_s
        return CorruptModel(self, rng)


class CorruptModel:
    """Tosses for each unit, then for the bit."""

    def __init__(self, spec: Corrupt, rng: Random) -> None:
        self._probability = spec.probability
        self._rng = rng

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Choose a bit to invert, or none; an empty unit has none."""
        if self._rng.random() < self._probability and unit.size_bytes:
            fate.flip_bit = self._rng.randrange(8 * unit.size_bytes)
