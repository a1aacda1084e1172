"""Modem sleep: a device that wakes for beacons only, so what is sent to it waits for one.

The delay of single packets to the device forms a comb: evenly spread up to the interval.

Source: IEEE 802.11 power save (TIM, DTIM); ESP-IDF ``WIFI_PS_MIN_MODEM`` wakes at every
DTIM, ``WIFI_PS_MAX_MODEM`` at every ``listen_interval``.
"""

from __future__ import annotations

import math
from random import Random

from msgspec import Struct

from holdfast.core.impair.unit import Direction, Duration, Fate, Period, Probability, Unit

__all__ = ["ModemSleep", "ModemSleepModel"]


class ModemSleep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The comb.

    Attributes:
        beacon_s: Time between the beacons that the device wakes for: 0.1024 s times the
            DTIM period or listen interval.
        awake_s: How long it stays awake after it sent or received something.
        miss_probability: With which it misses a beacon and sleeps on to the next.
    """

    beacon_s: Period = 0.3072
    awake_s: Duration = 0.05
    miss_probability: Probability = 0.0

    def model(self, rng: Random, since_s: float) -> ModemSleepModel:
        """Return the model in operation; its beacons begin at a moment of chance."""
        return ModemSleepModel(self, rng, since_s)

    def acts_on(self, direction: Direction) -> bool:
        """Both ways: units up wait, units down keep the device awake."""
        del direction
        return True


class ModemSleepModel:
    """One device's radio, shared by all its connections."""

    _MOST_MISSED = 20
    """A device that missed more has lost its access point (``bcn_timeout``: some 6 s)."""

    def __init__(self, spec: ModemSleep, rng: Random, since_s: float) -> None:
        self._spec = spec
        self._rng = rng
        self._phase_s = since_s + rng.random() * spec.beacon_s
        self._active_s = -math.inf

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Let a unit to a sleeping device wait for its beacon."""
        spec = self._spec
        if unit.direction is Direction.DOWN:
            self._active_s = max(self._active_s, unit.at_s)
            return
        if unit.at_s - self._active_s > spec.awake_s:
            beacons = math.ceil((unit.at_s - self._phase_s) / spec.beacon_s)
            for _ in range(self._MOST_MISSED):
                if self._rng.random() >= spec.miss_probability:
                    break
                beacons += 1
            self._active_s = max(unit.at_s, self._phase_s + beacons * spec.beacon_s)
        if self._active_s > unit.at_s:
            fate.at_s += self._active_s - unit.at_s
            fate.held_by = "modem_sleep"
        else:
            self._active_s = unit.at_s
