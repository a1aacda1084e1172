"""The task watchdog restarted a device whose answers had grown slower and slower.

A watchdog alone is a task that hung. One that is preceded by growing waits is work that
piled up: the load, not one line of code, is what to change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.boots import Boot, boots
from holdfast.core.explain.evidence import grown, of_value
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.holds import Silence, silences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.explain.finding import Evidence
    from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "watchdog-under-load"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.DEVICE
NEEDS: Final = (("http", "samples"), ("http", "logs"), ("stream", "logs"), ("stream", "samples"))

BEFORE_S: Final = 90.0
"""How far back growth is looked for."""

HANG_S: Final = 7.0
"""The last 5 s before the bite the task hangs anyway; 2 s are the uptime's whole second."""

MIN_ASKED: Final = 6
"""Fewer answers show no growth."""

MIN_WAIT_S: Final = 0.3
"""Waits below are no load: handlers take 1 to 100 ms."""

MIN_GROWTH: Final = 3.0
"""How much longer the last third of the waits must be than the first."""

MIN_STALLS: Final = 3

_REMEDY: Final = (
    "Lower the load that piles up: bound the queues, drop what is late, serve fewer viewers or "
    "send less often, and call esp_task_wdt_reset() in each turn of the task's loop."
)


def check(run: RunView) -> list[Finding]:
    """Find restarts by a watchdog that growing waits, or stalls in a row, led up to."""
    found = []
    after_s = 0.0
    for boot in boots(run):
        if boot.is_witnessed and boot.reason == "watchdog":
            found += _before(run, boot, max(after_s, boot.at_s - BEFORE_S))
        after_s = boot.at_s
    return found


def _before(run: RunView, boot: Boot, from_s: float) -> list[Finding]:
    to_s = boot.at_s - HANG_S
    at_s, wait_s = _waits(run, from_s, to_s)
    stalls = [s for s in silences(run) if s.from_s >= from_s and s.to_s <= to_s]
    growth = _growth(wait_s)
    if growth < MIN_GROWTH and len(stalls) < MIN_STALLS:
        return []
    begun_s = _begun_s(at_s, wait_s) if growth >= MIN_GROWTH else stalls[0].from_s
    evidence = []
    if growth >= MIN_GROWTH:
        third = len(wait_s) // 3
        first_s, last_s = float(np.median(wait_s[:third])), float(np.median(wait_s[-third:]))
        evidence.append(
            of_value(
                f"answers waited {first_s:.2f} s at {at_s[0]:.0f} s and {last_s:.2f} s at "
                f"{at_s[-1]:.0f} s, just before it",
                "http.wait_s",
                observed=last_s,
                limit=MIN_GROWTH * first_s,
                at_s=begun_s,
            )
        )
    if len(stalls) >= MIN_STALLS:
        evidence.append(_stalled(stalls))
    strength = max(growth / MIN_GROWTH, len(stalls) / MIN_STALLS)
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.ERROR,
            confidence=grown(0.6, 0.95, strength, 1.0),
            title="The device got slower and slower until its watchdog restarted it",
            evidence=(*boot.evidence, *evidence),
            remedy=_REMEDY,
            from_s=begun_s,
            to_s=boot.at_s,
            ruled_out=(
                RuledOut("device-reboot", "the restart is the end of it, not its beginning"),
                RuledOut("wifi-dropout", "the uptime began anew"),
            ),
        )
    ]


def _stalled(stalls: list[Silence]) -> Evidence:
    longest_s = max(s.for_s for s in stalls)
    return of_value(
        f"{len(stalls)} silences of the stream before it, the longest {longest_s:.1f} s",
        "stream.gap_max_s",
        observed=longest_s,
        at_s=stalls[0].from_s,
    )


def _waits(
    run: RunView, from_s: float, to_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when requests were made and how long each connection waited for its answer."""
    http = run.http()
    first_s = np.where(np.isfinite(http.first_byte_s), http.first_byte_s, http.total_s)
    wait_s = first_s - http.connect_s
    kept = http.between(from_s, to_s) & np.isfinite(wait_s)
    return http.at_s[kept], wait_s[kept]


def _growth(wait_s: NDArray[np.float64]) -> float:
    """Return how many times longer the last third is than the first; 0 for no growth."""
    third = len(wait_s) // 3
    if len(wait_s) < MIN_ASKED:
        return 0.0
    thirds = [float(np.median(part)) for part in (wait_s[:third], wait_s[third:-third],
                                                  wait_s[-third:])]  # fmt: skip
    if thirds[2] < MIN_WAIT_S or thirds[2] < thirds[1]:
        return 0.0
    return thirds[2] / max(thirds[0], 0.01)


def _begun_s(at_s: NDArray[np.float64], wait_s: NDArray[np.float64]) -> float:
    """Return from when on the waits stayed above the usual one."""
    usual = np.flatnonzero(wait_s <= 2.0 * float(np.median(wait_s[: len(wait_s) // 3])))
    return float(at_s[min(int(usual[-1]) + 1, len(at_s) - 1)]) if len(usual) else float(at_s[0])
