"""Drop-out: the device loses its access point, and is back after scan and reassociation."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from holdfast.core.impair.unit import Direction, Duration, Fate, Period, Probability, Unit
from holdfast.core.impair.windows import Windows

__all__ = ["Dropout", "DropoutModel"]


class Dropout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times without Wi-Fi, both ways.

    Attributes:
        away_s: From the loss of the access point to the end of the reassociation; 2 to
            10 s seen on ESP32 (active scan of all channels 1.5 s, then WPA and DHCP).
        after_s: Begin of the first, from when the impairment applies.
        every_s: From one to the next; 0 for a single one.
        jitter: Share of ``every_s`` by which each may come later.
        settle_s: After the return ARP is to be asked again: what comes waits so long.
    """

    away_s: Period = 4.0
    after_s: Duration = 0.0
    every_s: Duration = 0.0
    jitter: Probability = 0.0
    settle_s: Duration = 0.1

    def model(self, rng: Random, since_s: float) -> DropoutModel:
        """Return the model in operation."""
        return DropoutModel(self, rng, since_s)

    def acts_on(self, direction: Direction) -> bool:
        """Both ways: there is one radio."""
        del direction
        return True


class DropoutModel:
    """Loses what is sent while the radio is away."""

    def __init__(self, spec: Dropout, rng: Random, since_s: float) -> None:
        self._spec = spec
        self._windows = Windows(
            first_s=since_s + spec.after_s,
            every_s=spec.every_s,
            for_s=spec.away_s + spec.settle_s,
            jitter=spec.jitter,
            rng=rng,
        )

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Lose the unit, or let it wait for ARP."""
        end_s = self._windows.end_of(unit.at_s)
        if end_s is None:
            return
        if end_s - unit.at_s > self._spec.settle_s:
            fate.lost_by = "dropout"
        else:
            fate.at_s = max(fate.at_s, end_s)
            fate.held_by = "dropout"
