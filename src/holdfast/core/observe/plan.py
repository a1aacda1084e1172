"""When which probe is due.

Every kind of probe has a grid of its own: due at 0, and at each multiple of its interval.
What is due at one moment is one *round*; its probes run one after another, never side by
side, after a jitter drawn from the seed.

Laws:
    - Due times lie on the grid; a late round moves none that follows.
    - A round is taken only when the one before is over. A tick that fell due meanwhile is
      done late, once; of several, the last is done late and the others are skipped and
      named by the round.
    - Plans ``a`` and ``b`` never ask for health or metrics; ``a`` asks for nothing.
    - The same request is sent no more often than the profile's ``min_request_interval_s``.
    - While the device keeps failing, or is short of heap, requests are half as many.

Source: document 000 (plans A and B, jitter, staggered probes).
"""

from __future__ import annotations

import math
from random import Random
from typing import Final

from msgspec import Struct

from holdfast.core.observe.settings import DiagnosisSettings

__all__ = ["BACK_OFF_AFTER", "Plan", "Round"]

BACK_OFF_AFTER: Final = 12
"""Failures in a row before requests are halved: one minute of ticks in document 000, long
enough that no outage that is to be measured passes unsampled."""

_PLAN_B_PING_S: Final = 10.0
"""Document 000: the same stream plus ``/ping`` every 10 s."""

_MAX_JITTER: Final = 0.25
"""Of a tick: a probe stays in its tick, whatever jitter is asked for."""

_ROUNDING: Final = 1e-9
"""Multiples of an interval and a clock agree to this part of an interval."""


class Round(Struct, frozen=True, kw_only=True):
    """What is to be done now.

    Attributes:
        tick: Number of its tick; ``None`` for a round between ticks.
        due_s: When it was due.
        start_s: When its first probe is to begin.
        skipped: Numbers of the ticks that are skipped for it.
        targets: What to probe, in order.
    """

    tick: int | None
    due_s: float
    start_s: float
    skipped: range
    targets: tuple[str, ...]


class _Grid:
    """Multiples of one interval."""

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s
        self.next = 0

    @property
    def due_s(self) -> float:
        return self.next * self.every_s

    def last(self, now: float) -> int:
        """Return the number of the last multiple that is due by ``now``."""
        number = math.floor(now / self.every_s + _ROUNDING)
        return number if number * self.every_s <= now else number - 1


class Plan:
    """The schedule of one run.

    Args:
        settings: What is asked for.
        rng: Source of the jitter.

    Attributes:
        notes: What of the settings could not be followed, as ``(about, text)``.
    """

    def __init__(self, settings: DiagnosisSettings, rng: Random) -> None:
        self._rng = rng
        self._end_s = settings.duration_s
        self._jitter_s = min(settings.jitter_s, _MAX_JITTER * settings.tick_s)
        self._ticks = _Grid(settings.tick_s)
        self._echoes = _echoes(settings)
        self.notes: list[tuple[str, str]] = []
        self._jobs = {target: _Grid(every_s) for target, every_s in self._requests(settings)}
        self._failures = 0
        self._is_short_of_heap = False
        self._min_heap = settings.profile.limits.min_heap_free_bytes

    @property
    def is_backing_off(self) -> bool:
        """Whether requests are half as many."""
        return self._failures >= BACK_OFF_AFTER or self._is_short_of_heap

    @property
    def requests(self) -> tuple[str, ...]:
        """What is asked for over HTTP in this plan."""
        return tuple(self._jobs)

    def deadline(self) -> float:
        """Return when the next round is due; ``inf`` for never."""
        due_s = min([self._ticks.due_s, *(job.due_s for job in self._jobs.values())])
        return due_s if due_s < self._end_s else math.inf

    def take(self, now: float) -> Round | None:
        """Return the round that is due; ``None`` for none. The round before is over."""
        due_s = self.deadline()
        if now < due_s:
            return None
        tick, skipped, due_s = self._take_tick(now, due_s)
        targets = list(self._echoes) if tick is not None else []
        for target, job in self._jobs.items():
            if job.due_s <= now:
                targets.append(target)
                job.next = max(job.next, job.last(now)) + (2 if self.is_backing_off else 1)
        jitter_s = self._rng.uniform(0.0, self._jitter_s) if targets else 0.0
        return Round(
            tick=tick,
            due_s=due_s,
            start_s=max(now, due_s + jitter_s),
            skipped=skipped,
            targets=tuple(targets),
        )

    def note_request(self, *, is_ok: bool) -> None:
        """Note how a request ended."""
        self._failures = 0 if is_ok else self._failures + 1

    def note_heap(self, free_bytes: float) -> None:
        """Note the device's free heap."""
        self._is_short_of_heap = self._min_heap is not None and free_bytes < self._min_heap

    def why_backing_off(self) -> str:
        """Return a clause for people."""
        if self._is_short_of_heap:
            return f"free heap below the profile's {self._min_heap} bytes"
        return f"{self._failures} requests failed in a row"

    def _take_tick(self, now: float, due_s: float) -> tuple[int | None, range, float]:
        if self._ticks.due_s > now or self._ticks.due_s >= self._end_s:
            return None, range(0), due_s
        first = self._ticks.next
        tick = max(first, self._ticks.last(now))
        while tick > first and tick * self._ticks.every_s >= self._end_s:
            tick -= 1
        self._ticks.next = tick + 1
        return tick, range(first, tick), tick * self._ticks.every_s

    def _requests(self, settings: DiagnosisSettings) -> list[tuple[str, float]]:
        if settings.plan == "a":
            return []
        ping_s = settings.ping_every_s
        if settings.plan == "b":
            return [("ping", self._spaced(settings, "ping", ping_s or _PLAN_B_PING_S))]
        jobs = [("ping", self._spaced(settings, "ping", ping_s or settings.tick_s))]
        profile = settings.profile
        for target, endpoint in (("health", profile.health), ("metrics", profile.metrics)):
            if endpoint is not None and len(jobs) < 2:
                jobs.append((target, self._spaced(settings, target, settings.health_every_s)))
        return jobs

    def _spaced(self, settings: DiagnosisSettings, target: str, every_s: float) -> float:
        least_s = settings.profile.limits.min_request_interval_s
        if every_s >= least_s:
            return every_s
        text = f"{target} every {least_s:g} s, not {every_s:g} s: the profile's safe limit"
        self.notes.append(("request-interval", text))
        return least_s


def _echoes(settings: DiagnosisSettings) -> tuple[str, ...]:
    if settings.plan != "general" or not settings.icmp:
        return ()
    return ("icmp", "control") if settings.control else ("icmp",)
