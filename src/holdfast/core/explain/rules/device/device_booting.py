"""The run began while the device was still starting.

Its uptime, once it answers, says that it booted shortly before the run or in its first
moments, and what failed until then stops failing as it comes up.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.boots import boots, knows_uptime
from holdfast.core.explain.evidence import grown, of_row, of_value
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.lanes import attempts
from holdfast.core.explain.outages import first_reached_s
from holdfast.core.measure.run import OUTCOMES, RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "device-booting"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.DEVICE
NEEDS: Final = (("http",),)

_REMEDY: Final = (
    "Begin the run once the device has been up for a minute, or leave its start out of the "
    "judgement with a warm-up window; if the start itself is too slow, associate by a fast "
    "scan: wifi_config.sta.scan_method = WIFI_FAST_SCAN."
)

MAX_BOOT_S: Final = 150.0
"""From reset to the first page: 42 s is documented, 60 s was seen; 150 s is no boot."""


def check(run: RunView) -> list[Finding]:
    """Find failures from the run's start that stop as a freshly booted device comes up."""
    tries = attempts(run)
    reached_s = first_reached_s(run)
    early = np.flatnonzero(~tries.is_reached & (tries.at_s < reached_s))
    if not len(early) or not np.isfinite(reached_s):
        return []
    to_s = float(min(reached_s, tries.end_s[early].max()))
    boot = next((b for b in boots(run) if b.at_s < reached_s), None)
    evidence = [
        of_value(
            f"{len(early)} attempts unanswered from the start, first answer at {reached_s:.0f} s",
            "http.connect_timeout_total",
            observed=float(len(early)),
        )
    ]
    ruled_out: tuple[RuledOut, ...] = ()
    if boot is not None and reached_s - boot.at_s <= MAX_BOOT_S:
        evidence += boot.evidence
        confidence = grown(0.6, 0.97, len(early), 1.5)
        ruled_out = (RuledOut("wifi-dropout", "the uptime counts from a boot just before"),)
    elif not knows_uptime(run) and len(early) >= 2 and 5.0 < reached_s <= MAX_BOOT_S:
        # Never seen up before, and its uptime unknown: likely, not proven.
        evidence.append(of_value("its uptime is not known"))
        confidence = 0.4
    else:
        return []
    http = run.http()
    evidence += [
        of_row(http, row, f"{OUTCOMES[http.outcome[row]].value} at {http.at_s[row]:.0f} s")
        for row in np.flatnonzero(http.at_s < to_s)[:3]
    ]
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.INFO,
            confidence=confidence,
            title="The device was still starting when the run began",
            evidence=tuple(evidence),
            remedy=_REMEDY,
            from_s=0.0,
            to_s=max(to_s, 0.0),
            ruled_out=ruled_out,
        )
    ]
