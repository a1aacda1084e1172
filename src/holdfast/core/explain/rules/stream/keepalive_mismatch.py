"""One side closes the stream in a steady rhythm because it misses a sign of life.

Drop times are equal and do not depend on load: 40 s (ping 20 s + wait 20 s), 60 s
(proxies), 120 s (pong timeout), or any idle limit. See ``stream-lifetime-cap`` for the
border: below 130 s, or after a silence that itself is as long as the limit.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from holdfast.core.explain.closes import PeerClose, equal_ages, is_capped, is_eviction, peer_closes
from holdfast.core.explain.evidence import grown, of_value
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.holds import gap_limit_s
from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "keepalive-mismatch"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("stream",),)

_REMEDY: Final = (
    "Send a sign of life at less than half of that interval from the side that is silent: a "
    "WebSocket ping every 20 s (.ping_interval_sec = 20) or an SSE comment line ':' every 15 s."
)

_SAID_SO: Final = re.compile(r"keep.?alive|ping timeout|pong|idle|inactiv", re.IGNORECASE)

KEEPALIVE_CODE: Final = 1011
"""What servers close with when their ping is not answered."""

MIN_AGE_S: Final = 5.0
"""No keepalive is set shorter; closes younger than this are a refusal or an error."""


def check(run: RunView) -> list[Finding]:
    """Find streams that are closed in a rhythm."""
    closes = [c for c in peer_closes(run) if c.is_exact and c.age_s >= MIN_AGE_S]
    evicted = sum(is_eviction(c) for c in closes)
    if not closes or evicted >= 0.6 * len(closes):
        return []
    alike = equal_ages(closes)
    idle = [c for c in closes if c.silence_s >= max(MIN_AGE_S, 0.5 * c.age_s)]
    told = [c for c in closes if _told(c)]
    for rhythm in (alike, idle, told):
        if _is_rhythm(rhythm, closes, told, gap_limit_s(run)):
            return [_finding(rhythm, told)]
    return []


def _told(close: PeerClose) -> bool:
    end = close.hold.session.end
    return end is not None and (end.code == KEEPALIVE_CODE or bool(_SAID_SO.search(end.detail)))


def _is_rhythm(
    rhythm: list[PeerClose], closes: list[PeerClose], told: list[PeerClose], gap_s: float
) -> bool:
    if not rhythm:
        return False
    is_short = not any(is_capped(c, gap_s) for c in rhythm)
    is_idle = all(c.silence_s >= 0.5 * c.age_s for c in rhythm)
    if not (is_short or told):
        return False
    if len(rhythm) < 2:  # one close has no rhythm, unless it names itself
        return rhythm[0] in told
    waits = np.array([c.silence_s if is_idle else c.age_s for c in rhythm])
    steady = np.ptp(waits) <= max(2.0, 0.05 * float(np.median(waits)))
    return bool(steady) and len(rhythm) >= 0.6 * len(closes)


def _finding(rhythm: list[PeerClose], told: list[PeerClose]) -> Finding:
    ages = np.array([c.age_s for c in rhythm])
    evidence = [
        of_value(
            f"stream {c.hold.session.session} closed by the peer at {c.at_s:.0f} s, "
            f"{c.age_s:.1f} s after it opened, {c.silence_s:.1f} s after its last data" + _code(c),
            "stream.age_s",
            observed=c.age_s,
            limit=float(np.median(ages)),
            at_s=c.at_s,
        )
        for c in rhythm[:6]
    ]
    sure = len(rhythm) + 2 * bool(told)
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR,
        confidence=grown(0.3, 0.95, sure, 1.5),
        title=f"The stream is closed every {np.median(ages):.0f} s for want of a sign of life",
        evidence=tuple(evidence),
        remedy=_REMEDY,
        from_s=rhythm[0].at_s - float(ages[0]),
        to_s=rhythm[-1].at_s,
        ruled_out=(
            RuledOut("session-evicted", "the closes do not follow new connections"),
            RuledOut("wifi-dropout", "the device was reached before and after each close"),
        ),
    )


def _code(close: PeerClose) -> str:
    end = close.hold.session.end
    return "" if end is None or end.code is None else f", code {end.code}"
