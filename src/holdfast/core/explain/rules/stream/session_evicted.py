"""A new connection makes the server drop an older one, the live stream.

Least-recently-used purge and "keep the newest" limits close the stream within one turn
of the server's loop after another connection is accepted; nothing else is wrong.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.closes import (
    EVICTION_S,
    equal_ages,
    is_capped,
    is_eviction,
    is_round,
    newcomers,
    peer_closes,
)
from holdfast.core.explain.evidence import of_value
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.holds import gap_limit_s
from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "session-evicted"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("stream", "http"),)

_REMEDY: Final = (
    "Keep the stream out of the purge: set config.lru_purge_enable = false and "
    "config.max_open_sockets above the connections you expect, or answer a client's ping so "
    "that the stream counts as recently used."
)

CLOSE_S: Final = 0.06
"""So near to a new connection one close alone is worth telling."""


def check(run: RunView) -> list[Finding]:
    """Find streams that ended as a request of ours connected, more often than by chance."""
    closes = [c for c in peer_closes(run) if c.is_exact]
    # Ticks and caps are multiples of the same round figures: they meet without a cause.
    aged = [c for c in closes if is_capped(c, gap_limit_s(run))]
    rhythm = alike if len(alike := equal_ages(aged)) > 1 else []
    closes = [c for c in closes if c not in rhythm and not (c in aged and is_round(c))]
    evicted = [c for c in closes if is_eviction(c)]
    if not evicted or len(evicted) < 0.6 * len(closes):
        return []
    stood = newcomers(run)
    open_s = sum(c.age_s for c in closes) or 1.0
    opened = min(c.hold.from_s for c in closes)
    rate = float(((stood >= opened) & (stood <= closes[-1].at_s)).sum()) / open_s
    chance = float(min(1.0, rate * EVICTION_S)) ** len(evicted)
    near = sum(c.after_connect_s <= CLOSE_S for c in evicted)
    if len(evicted) == 1 and not near:
        return []
    after = np.array([c.after_connect_s for c in evicted])
    evidence = [
        of_value(
            f"{len(evicted)} of {len(closes)} closes by the device came within "
            f"{after.max():.3f} s of a new connection; by chance that is 1 in "
            f"{1 / max(chance, 1e-9):.0f}",
            "stream.close_after_connect_s",
            observed=float(after.max()),
            limit=EVICTION_S,
        ),
        *(
            of_value(
                f"stream {c.hold.session.session} closed at {c.at_s:.2f} s, "
                f"{c.after_connect_s:.3f} s after a request had connected",
                "stream.close_after_connect_s",
                observed=c.after_connect_s,
                limit=EVICTION_S,
                at_s=c.at_s,
            )
            for c in evicted[:6]
        ),
    ]
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.ERROR,
            confidence=_confidence(len(evicted), chance),
            title="A new connection makes the device close the live stream",
            evidence=tuple(evidence),
            remedy=_REMEDY,
            from_s=evicted[0].at_s,
            to_s=evicted[-1].at_s,
            ruled_out=(
                RuledOut("keepalive-mismatch", "the closes follow connections, not a clock"),
                RuledOut("wifi-dropout", "the new connections themselves succeeded"),
            ),
        )
    ]


def _confidence(count: int, chance: float) -> float:
    if count == 1:
        return 0.45
    return round(min(0.96, 0.95 - 2.0 * chance**0.5), 2) if chance < 0.05 else 0.5
