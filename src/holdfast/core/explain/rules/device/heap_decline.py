"""Free heap falls steadily.

An observation while it is far from empty; a cause once the device runs dry or will
within the hour, for then allocation failures, refused sessions and panics follow.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from holdfast.core.explain.boots import boots
from holdfast.core.explain.evidence import grown, of_value
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.measure.run import RunView, Series
from holdfast.core.measure.trend import Trend, trend

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "heap-decline"
KIND: Final = FindingKind.OBSERVATION
SIDE: Final = Side.DEVICE
NEEDS: Final = (("samples",),)

_REMEDY: Final = (
    "Log heap_caps_get_free_size(MALLOC_CAP_INTERNAL) before and after each request and "
    "stream message, or trace with heap_trace_start(HEAP_TRACE_LEAKS), and free what grows."
)

LOW_BYTES: Final = 40_000.0
"""Below this the Wi-Fi driver and lwIP of an ESP32 begin to fail their allocations."""

SOON_S: Final = 3_600.0
"""A device that is dry within the hour cannot hold a link for a day."""

MIN_SAMPLES: Final = 5


def check(run: RunView) -> list[Finding]:
    """Find a steady fall of free heap between two boots."""
    series = run.series("heap_free_bytes")
    restarts = [b.at_s for b in boots(run) if b.at_s > 0]
    edges = [float("-inf"), *restarts, float("inf")]
    found = []
    for from_s, to_s in pairwise(edges):
        inside = (series.at_s > from_s) & (series.at_s <= to_s)
        part = Series(series.at_s[inside], series.value[inside])
        if len(part) < MIN_SAMPLES:
            continue
        line = trend(part.at_s, part.value)
        if line is not None and line.is_falling:
            found += _finding(part, line)
    return found


def _finding(part: Series, line: Trend) -> list[Finding]:
    first, last = float(part.value[0]), float(part.value[-1])
    fallen = -line.slope_per_s * (line.to_s - line.from_s)
    # Less than the wander of one connection's buffers is nothing.
    if fallen < max(2_000.0, 0.001 * first):
        return []
    left_s = last / -line.slope_per_s
    is_cause = last < LOW_BYTES or left_s < SOON_S
    rate = -line.slope_per_s * 60.0
    steady = float((np.diff(part.value) <= 0).mean())
    evidence = [
        of_value(
            f"free heap fell from {first / 1024:.0f} to {last / 1024:.0f} KiB in "
            f"{(line.to_s - line.from_s) / 60:.1f} min: {rate / 1024:.1f} KiB a minute",
            "heap.slope_bytes_per_s",
            observed=line.slope_per_s,
            limit=0.0,
            source="health",
        ),
        of_value(
            f"at that rate it is used up {left_s / 3600:.1f} h after the last sample",
            "heap.left_s",
            observed=left_s,
            limit=SOON_S,
        ),
    ]
    return [
        Finding(
            code=CODE,
            kind=FindingKind.CAUSE if is_cause else KIND,
            side=SIDE,
            severity=Severity.ERROR if is_cause else Severity.INFO,
            confidence=grown(0.4, 0.95 if is_cause else 0.9, len(part) * steady, 4),
            title="The device's free heap falls steadily",
            evidence=tuple(evidence),
            remedy=_REMEDY,
            from_s=float(part.at_s[0]),
            to_s=float(part.at_s[-1]),
            ruled_out=(RuledOut("device-reboot", "the samples lie between two boots"),),
        )
    ]
