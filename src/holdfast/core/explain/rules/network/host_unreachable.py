"""Nothing answers at that address: not TCP, not ICMP, from the start or from some moment on."""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_row, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.lanes import attempts, icmp
from holdfast.core.explain.outages import outages
from holdfast.core.journal.events import Outcome
from holdfast.core.measure.run import OUTCOMES, RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "host-unreachable"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.NETWORK
NEEDS: Final = (("http",), ("stream",))

_REMEDY: Final = (
    "Check that the device is powered and on this network (its address in the router's list "
    "of clients), that the access point lets clients talk to each other, and ping it from here."
)

MIN_ATTEMPTS: Final = 3
GONE_S: Final = 60.0
"""A Wi-Fi drop-out is over by then in most cases; a device that was there is now gone."""


def check(run: RunView) -> list[Finding]:
    """Find a device that never answered, or that went away for good."""
    last = outages(run)[-1:]
    echo = icmp(run)
    for outage in last:
        heard = echo.is_ok[echo.between(outage.from_s, outage.to_s)].any()
        if outage.is_over or heard or outage.stream or len(outage.rows) < MIN_ATTEMPTS:
            continue
        if outage.was_reached and (outage.for_s < GONE_S or not outage.is_off_air):
            continue
        return [_finding(run, outage.from_s, outage.to_s, was_there=outage.was_reached)]
    return []


def _finding(run: RunView, from_s: float, to_s: float, *, was_there: bool) -> Finding:
    tries = attempts(run)
    http = run.http()
    count = int(((tries.at_s >= from_s) & (tries.at_s <= to_s)).sum())
    fast = http.has(Outcome.CONNECT_FAIL_FAST) & http.between(from_s, to_s)
    lost = icmp(run).between(from_s, to_s).sum()
    evidence = [
        of_value(
            f"0 of {count} attempts to connect answered from {from_s:.0f} s on",
            "http.ok_ratio",
            observed=0.0,
        )
    ]
    if lost:
        text = f"0 of {lost} ICMP requests answered"
        evidence.append(of_value(text, "icmp.ok_ratio", observed=0.0, source="probe.icmp"))
    if fast.any():
        text = f"{fast.sum()} attempts failed at once: no route, or nobody answered ARP"
        evidence.append(of_value(text, "http.connect_fail_fast_total", observed=float(fast.sum())))
    evidence += [
        of_row(http, row, f"{OUTCOMES[http.outcome[row]].value} at {http.at_s[row]:.0f} s")
        for row in spread(np.flatnonzero(http.between(from_s, to_s)), 3)
    ]
    gateway = run.probes("control")
    out = []
    if gateway.is_ok[gateway.between(from_s, to_s)].any():
        out.append(RuledOut("observer-side", "the control target answered meanwhile"))
    out.append(RuledOut("port-closed", "no refusal came back either"))
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR,
        confidence=grown(0.3, 0.97 if lost else 0.85, count, 4),
        title="The device went off the network and did not come back"
        if was_there
        else "Nothing answers at this address",
        evidence=tuple(evidence),
        remedy=_REMEDY,
        from_s=from_s,
        to_s=to_s,
        ruled_out=tuple(out),
    )
