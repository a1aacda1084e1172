"""Roam: the device moves from one access point to another, and back at the next time."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from holdfast.core.impair.unit import Direction, Duration, Fate, Period, Probability, Unit
from holdfast.core.impair.windows import Windows

__all__ = ["Roam", "RoamModel"]


class Roam(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device between two access points, the first near, the second far.

    Attributes:
        every_s: From one roam to the next; 0 for a single one.
        gap_s: How long nothing gets through: authentication and four-way handshake take
            0.05 s with fast transition, 0.3 s and more without.
        after_s: Begin of the first, from when the impairment applies.
        jitter: Share of ``every_s`` by which each may come later.
        far_delay_s: One-way delay that the far access point adds.
        far_loss: Probability with which it loses a unit.
    """

    every_s: Duration = 30.0
    gap_s: Period = 0.3
    after_s: Duration = 5.0
    jitter: Probability = 0.2
    far_delay_s: Duration = 0.015
    far_loss: Probability = 0.01

    def model(self, rng: Random, since_s: float) -> RoamModel:
        """Return the model in operation."""
        return RoamModel(self, rng, since_s)

    def acts_on(self, direction: Direction) -> bool:
        """Both ways: there is one radio."""
        del direction
        return True


class RoamModel:
    """Loses what is sent between two access points."""

    def __init__(self, spec: Roam, rng: Random, since_s: float) -> None:
        self._spec = spec
        self._rng = rng
        self._windows = Windows(
            first_s=since_s + spec.after_s,
            every_s=spec.every_s,
            for_s=spec.gap_s,
            jitter=spec.jitter,
            rng=rng,
        )

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Lose the unit on the move; else treat it as the access point does."""
        if self._windows.end_of(unit.at_s) is not None:
            fate.lost_by = "roam"
        elif self._windows.number % 2:
            if self._rng.random() < self._spec.far_loss:
                fate.lost_by = "roam"
            fate.at_s += self._spec.far_delay_s
