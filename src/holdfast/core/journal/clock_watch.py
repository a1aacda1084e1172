"""Detects that the bench's own clock jumped, or that its host slept.

A jump of the wall clock or a suspended host looks like a gap of the link in every
reading; this tells them apart from successive readings of the host's clocks.

Laws:
    - A clock that is slewed (at most 500 ppm) is never reported.
    - Two clocks cannot tell a suspended host from a wall clock set forward, where the
      monotonic clock stands still in sleep (Linux, macOS): without ``boot_s`` both
      are reported as ``wall_jump``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from holdfast.core.journal.events import ClockStep

__all__ = ["JUMP_LIMIT_S", "STALL_LIMIT_S", "ClockWatch"]

JUMP_LIMIT_S: Final = 0.5
"""Smallest step reported: NTP slews below 0.128 s and steps above, readings of
two clocks are microseconds apart, and no rule reads wall time finer than a second."""

STALL_LIMIT_S: Final = 10.0
"""A process not scheduled for so long was suspended with its host: a loaded machine
delays a one-second timer by tenths of a second, not by ten seconds."""


@dataclass(slots=True)
class ClockWatch:
    """Compares each reading of the clocks with the one before.

    Attributes:
        every_s: How often ``observe`` is meant to be called.
        source: Name of the observer in its events.
    """

    every_s: float = 1.0
    source: str = "clock"
    _wall_s: float = math.nan
    _monotonic_s: float = math.nan
    _boot_s: float = math.nan

    def observe(
        self, wall_s: float, monotonic_s: float, boot_s: float | None = None
    ) -> ClockStep | None:
        """Take one reading of all clocks.

        Args:
            wall_s: Wall clock, seconds since any epoch.
            monotonic_s: Monotonic clock; the event's ``at_s`` is on this clock.
            boot_s: A clock that also counts sleep (Linux ``CLOCK_BOOTTIME``); ``None``
                where there is none.

        Returns:
            The step since the last reading; ``None`` for none. A suspend is dated at that
            reading, after which the host fell asleep; a jump at this one.
        """
        boot = math.nan if boot_s is None else boot_s
        wall_for_s = wall_s - self._wall_s
        awake_s = monotonic_s - self._monotonic_s
        asleep_s = boot - self._boot_s - awake_s
        self._wall_s, self._monotonic_s, self._boot_s = wall_s, monotonic_s, boot
        if math.isnan(awake_s):
            return None
        if asleep_s >= JUMP_LIMIT_S:
            return self._step("suspend", asleep_s, monotonic_s - awake_s)
        if awake_s >= self.every_s + STALL_LIMIT_S:
            return self._step("suspend", awake_s - self.every_s, monotonic_s - awake_s)
        jump_s = wall_for_s - awake_s
        if abs(jump_s) >= JUMP_LIMIT_S:
            return self._step("wall_jump", jump_s, monotonic_s)
        return None

    def _step(self, what: str, by_s: float, at_s: float) -> ClockStep:
        return ClockStep(at_s=at_s, source=self.source, what=what, by_s=round(by_s, 6))
