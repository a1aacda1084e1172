"""The device ends every stream at the same age, however lively it is.

Border to ``keepalive-mismatch``: an idle or heartbeat closer counts from the last sign
of life it saw and is set to 20 to 120 s; a cap counts from the opening and strikes a
stream in full flow. Equal ages from 130 s up, with data until the end, are a cap; below
that, too, where a WebSocket whose heartbeats were answered is closed in order.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.closes import PeerClose, equal_ages, is_capped, is_round, peer_closes
from holdfast.core.explain.evidence import grown, of_value
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.holds import blocks, gap_limit_s
from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "stream-lifetime-cap"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("stream",),)

_REMEDY: Final = (
    "Lift the limit on the stream's age in its handler (loop until the send fails), or let "
    "every client reconnect at once: send 'retry: 1000' as the stream's first line."
)


def check(run: RunView) -> list[Finding]:
    """Find streams that the device ended at one and the same age."""
    gap_s = gap_limit_s(run)
    lively = [c for c in peer_closes(run) if is_capped(c, gap_s)]
    alike = equal_ages(lively)
    if len(alike) >= 2:  # equal means at least two
        return [_finding(run, alike, grown(0.5, 0.95, len(alike), 1.2))]
    if len(lively) != 1 or not is_round(lively[0]):
        return []
    close = lively[0]
    freed = _freed(run, close)
    if not close.is_exact and not freed:
        return []
    return [_finding(run, [close], 0.8 if freed and close.is_exact else 0.65)]


def _freed(run: RunView, close: PeerClose) -> bool:
    """Whether the stream had kept the server busy, and its end gave it back at once."""
    if not any(b.hold is not None and b.hold.session is close.hold.session for b in blocks(run)):
        return False
    http = run.http()
    after = http.at_s >= close.at_s - close.within_s
    return bool(http.is_ok[after][:3].any())


def _finding(run: RunView, alike: list[PeerClose], confidence: float) -> Finding:
    ages = np.array([c.age_s for c in alike])
    evidence = [
        of_value(
            f"stream {c.hold.session.session} ended by the device at {c.at_s:.0f} s, "
            f"{c.age_s:.1f} s after it opened, {c.silence_s:.1f} s after its last data",
            "stream.age_s",
            observed=c.age_s,
            limit=float(np.median(ages)),
            at_s=c.at_s,
        )
        for c in alike[:6]
    ]
    if any(_freed(run, c) for c in alike):
        evidence.append(of_value("requests were answered again in that very tick"))
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.WARNING,
        confidence=confidence,
        title=f"The device ends every stream after {np.median(ages):.0f} s",
        evidence=tuple(evidence),
        remedy=_REMEDY,
        from_s=alike[0].at_s - alike[0].within_s,
        to_s=alike[-1].at_s,
        ruled_out=(
            RuledOut("keepalive-mismatch", "data flowed until the end"),
            RuledOut("wifi-dropout", "the device was reached before and after"),
        ),
    )
