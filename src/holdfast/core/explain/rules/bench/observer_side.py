"""The bench's own network failed: the control target was lost in the same ticks."""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_row, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.lanes import control, icmp, nearest, tick_s
from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "observer-side"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.HOST
NEEDS: Final = (("control", "http"), ("control", "icmp"))

_REMEDY: Final = (
    "Repeat the run over a cable, or from a host nearer to the access point: this host lost "
    "its own gateway in the same seconds."
)

MIN_LOST: Final = 2


def check(run: RunView) -> list[Finding]:
    """Find times in which the control target and the device failed together."""
    gateway = control(run)
    if not gateway.is_ok.any():  # a gateway that never answers ICMP proves nothing
        return []
    http, echo = run.http(), icmp(run)
    within_s = 0.75 * tick_s(run)
    at_s = np.concatenate([http.at_s, echo.at_s])
    failed = np.concatenate([~http.is_ok, ~echo.is_ok])
    near = nearest(gateway, at_s, within_s)
    known = near >= 0
    lost = ~gateway.is_ok
    together = np.unique(near[known & failed & lost[near.clip(0)]])
    alone = int((lost.sum()) - len(together))
    if len(together) < MIN_LOST or alone > len(together):
        return []
    # Episodes more than two minutes apart are separate matters.
    cuts = np.flatnonzero(np.diff(gateway.at_s[together]) > 120.0) + 1
    return [
        _finding(run, rows, int(together.size))
        for rows in np.split(together, cuts)
        if len(rows) >= MIN_LOST
    ]


def _finding(run: RunView, rows: np.ndarray[tuple[int], np.dtype[np.int64]], total: int) -> Finding:
    gateway = control(run)
    http = run.http()
    from_s = float(gateway.at_s[rows[0]])
    to_s = float(gateway.at_s[rows[-1]] + gateway.total_s[rows[-1]])
    inside = http.between(from_s - 1.0, to_s)
    evidence = [
        of_value(
            f"the control target was lost {len(rows)} times between {from_s:.0f} and {to_s:.0f} s, "
            f"each time as the device failed too",
            "control.lost_total",
            observed=float(len(rows)),
            limit=float(MIN_LOST),
        ),
        of_value(
            f"{(~http.is_ok[inside]).sum()} of {inside.sum()} requests to the device failed then",
            "http.failed_total",
            observed=float((~http.is_ok[inside]).sum()),
        ),
        *(
            of_row(gateway, row, f"no answer from the control target at {gateway.at_s[row]:.0f} s")
            for row in spread(rows, 4)
        ),
    ]
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR,
        confidence=grown(0.5, 0.97, total, 1.5),
        title="The bench's own network failed, not the device",
        evidence=tuple(evidence),
        remedy=_REMEDY,
        from_s=from_s,
        to_s=to_s,
        ruled_out=(RuledOut("wifi-dropout", "the control target was lost in the same ticks"),),
    )
