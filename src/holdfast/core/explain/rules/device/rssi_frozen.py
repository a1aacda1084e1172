"""The signal strength that the device reports never changes: a stored value, not a link.

A real reading wanders by a decibel or more within a minute.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_value
from holdfast.core.explain.finding import Finding, FindingKind, Severity, Side
from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "rssi-frozen"
KIND: Final = FindingKind.OBSERVATION
SIDE: Final = Side.DEVICE
NEEDS: Final = (("samples",),)

_REMEDY: Final = (
    "Read the signal when asked for it: esp_wifi_sta_get_ap_info(&ap) and report ap.rssi, "
    "not the value stored at association."
)

MIN_SAMPLES: Final = 6
MIN_SPAN_S: Final = 60.0
MIN_SAMPLES_LATER: Final = 8
MIN_SPAN_LATER_S: Final = 180.0
"""Where it moved before, more is asked: a still link repeats a reading now and then."""


def check(run: RunView) -> list[Finding]:
    """Find a signal strength that stays the same over many samples, to the last."""
    series = run.series("rssi_dbm")
    if not len(series):
        return []
    moved = np.flatnonzero(series.value != series.value[-1])
    first = int(moved[-1]) + 1 if len(moved) else 0
    count, span_s = len(series) - first, float(series.at_s[-1] - series.at_s[first])
    least = (MIN_SAMPLES_LATER, MIN_SPAN_LATER_S) if len(moved) else (MIN_SAMPLES, MIN_SPAN_S)
    if count < least[0] or span_s < least[1]:
        return []
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.INFO,
            confidence=grown(0.4, 0.95, count, 5),
            title="The reported signal strength is frozen",
            evidence=(
                of_value(
                    f"{count} samples over {span_s:.0f} s all say {series.value[-1]:.0f} dBm",
                    "rssi.spread_db",
                    observed=0.0,
                    limit=1.0,
                    source="health",
                ),
            ),
            remedy=_REMEDY,
            from_s=float(series.at_s[first]),
            to_s=float(series.at_s[-1]),
        )
    ]
