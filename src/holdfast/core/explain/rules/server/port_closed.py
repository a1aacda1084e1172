"""The device is there, but nothing listens on the port: every SYN is answered by a reset."""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_row, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.journal.events import Outcome
from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "port-closed"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("http",),)

_REMEDY: Final = (
    "Give the port that the device's server uses (TARGET:PORT), or start the server after "
    "IP_EVENT_STA_GOT_IP and log what httpd_start() returns."
)

MIN_REFUSED: Final = 3


def check(run: RunView) -> list[Finding]:
    """Find runs of refused connections."""
    http = run.http()
    refused = http.has(Outcome.CONNECT_REFUSED)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], refused.astype(np.int8), [0]])))
    found = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        rows = np.arange(start, stop)
        if len(rows) < MIN_REFUSED:
            continue
        never = not http.is_ok.any()
        evidence = [
            of_value(
                f"{len(rows)} connections in a row refused"
                + (", none was ever answered" if never else ""),
                "http.connect_refused_total",
                observed=float(len(rows)),
                limit=0.0,
            ),
            *(of_row(http, row, f"refused at {http.at_s[row]:.0f} s") for row in spread(rows, 4)),
        ]
        found.append(
            Finding(
                code=CODE,
                kind=KIND,
                side=SIDE,
                severity=Severity.ERROR,
                confidence=grown(0.5, 0.97 if never else 0.85, len(rows), 2),
                title="Nothing listens on this port"
                if never
                else "The device's server stopped listening for a while",
                evidence=tuple(evidence),
                remedy=_REMEDY,
                from_s=float(http.at_s[rows[0]]),
                to_s=float(http.at_s[rows[-1]] + http.total_s[rows[-1]]),
                ruled_out=(RuledOut("host-unreachable", "the refusals came from the device"),),
            )
        )
    return found
