"""The stream is open but says nothing for too long, while the device is well.

Proof that the device was there: a request answered, or ICMP, in the middle of the
silence. A silence that the network explains is not one of these.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.boots import boots
from holdfast.core.explain.evidence import grown, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.holds import Silence, gap_limit_s, silences
from holdfast.core.explain.lanes import icmp
from holdfast.core.explain.outages import outages
from holdfast.core.measure.run import ProbeTable, RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "stream-stalled"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("stream", "http"), ("stream", "icmp"))

_REMEDY: Final = (
    "Send a heartbeat from the stream's own task (SSE: a line ':' every 15 s) and log its loop "
    "time, to find what keeps that task from sending; take locks with a timeout there."
)

NEAR_S: Final = 15.0
"""Requests this near tell how the device was; plan b asks every 10 s."""

BURST_S: Final = 0.3
"""Messages held back by the network come together, within a round trip."""


def check(run: RunView) -> list[Finding]:
    """Find silences of an open stream in which the device itself answered."""
    gone = [o for o in outages(run) if o.is_off_air or o.icmp_lost]
    restarts = [boot.at_s for boot in boots(run)]
    stalled = []
    for silence in silences(run):
        if any(o.from_s - 10.0 <= silence.to_s and silence.from_s <= o.to_s + 10.0 for o in gone):
            continue
        if any(silence.from_s - 5.0 <= at_s <= silence.to_s + 5.0 for at_s in restarts):
            continue
        proof = _proof(run, silence)
        if proof:
            stalled.append((silence, proof))
    if not stalled:
        return []
    limit_s = gap_limit_s(run)
    lengths = np.array([s.for_s for s, _ in stalled])
    evidence = [
        of_value(
            f"{len(stalled)} silence(s) of an open stream, the longest {lengths.max():.1f} s",
            "stream.gap_max_s",
            observed=float(lengths.max()),
            limit=limit_s,
        ),
        *(
            of_value(
                f"stream {s.session.session} silent from {s.from_s:.1f} s for {s.for_s:.1f} s; "
                f"{proof}",
                "stream.gap_s",
                observed=s.for_s,
                limit=limit_s,
                at_s=s.from_s,
            )
            for s, proof in (stalled[i] for i in spread(range(len(stalled)), 6))
        ),
    ]
    weight = float((lengths / limit_s).clip(max=5.0).sum())
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.ERROR if lengths.max() >= 3 * limit_s else Severity.WARNING,
            confidence=grown(0.3, 0.93, weight, 2.5),
            title="The stream stays open but stops sending",
            evidence=tuple(evidence),
            remedy=_REMEDY,
            from_s=min(s.from_s for s, _ in stalled),
            to_s=max(s.to_s for s, _ in stalled),
            ruled_out=(RuledOut("wifi-dropout", "the device answered during the silence"),),
        )
    ]


def _proof(run: RunView, silence: Silence) -> str:
    """Say what was answered in the middle of the silence; ``""`` for nothing."""
    http = run.http()
    # From half a second in: what was under way as it began proves nothing.
    inside = http.between(silence.from_s + 0.5, silence.to_s)
    inside &= http.at_s + http.total_s <= silence.to_s + 0.5
    if inside.any():
        answered = int(http.is_ok[inside].sum())
        if answered * 2 < inside.sum():
            return ""
        return f"{answered} of {inside.sum()} requests answered meanwhile"
    echo = icmp(run)
    heard = echo.between(silence.from_s + 0.5, silence.to_s - 0.5)
    if heard.any() and echo.is_ok[heard].all():
        return f"ICMP answered {heard.sum()} of {heard.sum()} times meanwhile"
    return _not_made_up_for(http, silence)


def _not_made_up_for(http: ProbeTable, silence: Silence) -> str:
    """Proof by what came after: a network that was held up delivers what it held back."""
    after = [at_s for at_s in silence.session.message_at_s if at_s >= silence.to_s - 0.01]
    if silence.is_last or not after or len(after) < 2 or after[1] - after[0] < BURST_S:
        return ""
    before = http.is_ok[http.between(silence.from_s - NEAR_S, silence.from_s)]
    behind = http.is_ok[http.between(silence.to_s, silence.to_s + NEAR_S)]
    if not len(before) or not len(behind) or not (before.all() and behind.all()):
        return ""
    return "requests answered just before and after, and nothing held back came with a burst"
