"""The server takes the connection at once and answers late: a handler works too long.

A plateau at 5 s is the single-client server waiting out its own limits for another
connection (``HTTP_MAX_DATA_WAIT``, ``send_wait_timeout``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_row, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.holds import holds
from holdfast.core.explain.lanes import icmp
from holdfast.core.explain.outages import is_blocked
from holdfast.core.journal.events import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import ProbeTable, RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "slow-handler"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("http",),)

_REMEDY: Final = (
    "Take the long work out of the request handler: do it in a task of its own, keep the last "
    "result, and let the handler return that."
)
_REMEDY_PLATEAU: Final = (
    "Lower the server's waits for silent clients: #define HTTP_MAX_DATA_WAIT 500 in Arduino's "
    "WebServer.h, config.recv_wait_timeout = 1 and config.send_wait_timeout = 1 in ESP-IDF."
)

SLOW_S: Final = 0.8
"""Handlers of such devices take 1 to 100 ms; 0.8 s is no scheduling noise."""

PLATEAU_S: Final = (4.9, 5.35)
"""Five seconds plus a round trip and a loop turn."""

MIN_SLOW: Final = 3
MIN_RATIO: Final = 0.2
"""Share of the requests between the first slow one and the last."""


def check(run: RunView) -> list[Finding]:
    """Find an endpoint whose answers come late though its connections are quick."""
    return [f for target in run.http_targets() for f in _target(run, target)]


def _target(run: RunView, target: str) -> list[Finding]:
    table = run.probes(target)
    wait_s, slow = _waits(run, table)
    rows = np.flatnonzero(slow)
    if len(rows) < MIN_SLOW:
        return []
    from_s = float(table.at_s[rows[0]])
    to_s = float(table.at_s[rows[-1]] + table.total_s[rows[-1]])
    inside = table.between(from_s, to_s)
    quick = np.isfinite(table.connect_s) & (table.connect_s < 0.35) & inside
    # A late connection is the network's; so is a second segment sent.
    if quick.sum() < 0.8 * inside.sum() or len(rows) < MIN_RATIO * inside.sum():
        return []
    if (table.retransmits[rows] > 0).mean() > 0.3:
        return []
    if _is_shut_out(run, from_s, to_s):
        return []
    echo = icmp(run)
    heard = echo.between(from_s - 1.0, to_s)
    if heard.any() and echo.is_ok[heard].mean() < 0.8:
        return []
    return [_finding(table, rows, wait_s, target, (from_s, to_s), int(inside.sum()))]


def _is_shut_out(run: RunView, from_s: float, to_s: float) -> bool:
    """Whether nothing at all was answered beside an open stream: no one handler is slow then."""
    http = run.http()
    beside = any(hold.from_s <= to_s and from_s <= hold.to_s for hold in holds(run))
    return beside and not http.is_ok[http.between(from_s, to_s)].any()


def _waits(run: RunView, table: ProbeTable) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the wait for the first byte of each request, and which are too long."""
    first_s = np.where(np.isfinite(table.first_byte_s), table.first_byte_s, table.total_s)
    wait_s = first_s - table.connect_s
    served = np.isfinite(wait_s) & (
        table.has(Outcome.NO_RESPONSE, Outcome.TOO_SLOW, Outcome.OK, Outcome.OK_LATE)
        | table.has(Outcome.BAD_STATUS, Outcome.BAD_BODY)
    )
    served &= ~is_blocked(run, table.at_s)
    typical = wait_s[served & (wait_s < SLOW_S)]
    floor_s = float(np.median(typical)) if len(typical) else 0.0
    return wait_s, served & (wait_s >= max(SLOW_S, 5.0 * floor_s))


def _finding(
    table: ProbeTable,
    rows: NDArray[np.int64],
    wait_s: NDArray[np.float64],
    target: str,
    span: tuple[float, float],
    total: int,
) -> Finding:
    median_s = float(np.median(wait_s[rows]))
    low, high = PLATEAU_S
    is_plateau = float(((wait_s[rows] >= low) & (wait_s[rows] <= high)).mean()) >= 0.6
    connect_s = float(np.nanmedian(table.connect_s[rows]))
    evidence = [
        of_value(
            f"{len(rows)} of {total} answers to {target} waited {median_s:.2f} s (median) after "
            f"a connection that took {connect_s:.3f} s",
            f"{target}.wait_s",
            observed=median_s,
            limit=SLOW_S,
        )
    ]
    if is_plateau:
        evidence.append(of_value("the waits lie at 5 s: a limit that is waited out"))
    evidence += [
        of_row(
            table,
            row,
            f"{target} at {table.at_s[row]:.0f} s waited {wait_s[row]:.2f} s",
            f"{target}.wait_s",
            observed=float(wait_s[row]),
            limit=SLOW_S,
        )
        for row in spread(rows, 4)
    ]
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR if median_s >= 2.0 else Severity.WARNING,
        confidence=grown(0.4, 0.93, len(rows) * min(1.0, 2 * len(rows) / total), 3),
        title=f"The device answers {target} only after {median_s:.1f} s",
        evidence=tuple(evidence),
        remedy=_REMEDY_PLATEAU if is_plateau else _REMEDY,
        from_s=span[0],
        to_s=span[1],
        ruled_out=(
            RuledOut("retransmission-ladder", "connections were quick, nothing was sent twice"),
            RuledOut("modem-sleep", "the wait comes after the connection, not before"),
        ),
    )
