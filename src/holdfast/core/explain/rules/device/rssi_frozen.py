"""The signal strength that the device reports never changes: a stored value, not a link.

A real reading wanders by a decibel or more within a minute.
"""

from __future__ import annotations

from typing import Final

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


def check(run: RunView) -> list[Finding]:
    """Find a signal strength that stays the same over many samples."""
    series = run.series("rssi_dbm")
    if len(series) < MIN_SAMPLES or series.at_s[-1] - series.at_s[0] < MIN_SPAN_S:
        return []
    if (series.value != series.value[0]).any():
        return []
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.INFO,
            confidence=grown(0.4, 0.95, len(series), 5),
            title="The reported signal strength is frozen",
            evidence=(
                of_value(
                    f"{len(series)} samples over {series.at_s[-1] - series.at_s[0]:.0f} s all say "
                    f"{series.value[0]:.0f} dBm",
                    "rssi.spread_db",
                    observed=0.0,
                    limit=1.0,
                    source="health",
                ),
            ),
            remedy=_REMEDY,
            from_s=float(series.at_s[0]),
            to_s=float(series.at_s[-1]),
        )
    ]
