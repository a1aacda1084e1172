"""The target's name has no address, always or at times."""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_event, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, Severity, Side
from holdfast.core.journal.events import CloseClass, Outcome, Probe, Stream
from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "name-not-resolved"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.HOST
NEEDS: Final = (("http",), ("stream",))

_REMEDY: Final = (
    "Give the device's address instead of its name, or for a .local name run an mDNS resolver "
    "on this host (avahi-daemon) and start mdns_init() on the device."
)


def check(run: RunView) -> list[Finding]:
    """Find attempts that failed because the name had no address."""
    seen: list[Probe | Stream] = [
        probe
        for target in run.targets
        for probe in run.probe_events(target)
        if probe.outcome is Outcome.NAME_NOT_RESOLVED
    ]
    seen += [
        s.end for s in run.sessions if s.end is not None and s.close is CloseClass.NAME_NOT_RESOLVED
    ]
    if not seen:
        return []
    seen.sort(key=lambda event: event.at_s)
    http = run.http()
    asked = int(np.isin(http.at_s, [e.at_s for e in seen]).sum())
    always = bool(len(http)) and asked == len(http)
    evidence = [
        of_value(
            f"{len(seen)} attempts found no address for {run.header.target or 'the name'}",
            "name_not_resolved_total",
            observed=float(len(seen)),
            limit=0.0,
        ),
        *(
            of_event(seen[i], f"no address at {seen[i].at_s:.0f} s {seen[i].detail}".strip())
            for i in spread(range(len(seen)), 4)
        ),
    ]
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.ERROR if always else Severity.WARNING,
            confidence=grown(0.8, 0.99, len(seen), 1),
            title="The device's name has no address" + ("" if always else ", at times"),
            evidence=tuple(evidence),
            remedy=_REMEDY,
            from_s=seen[0].at_s,
            to_s=seen[-1].at_s,
        )
    ]
