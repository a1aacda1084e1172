"""The radio sleeps between beacons, and every first packet waits for it to wake.

After a pause a packet to the device waits anywhere between nothing and one beacon
interval (102.4 ms, or a multiple for a longer listen interval); what follows at once is
quick. So the time to connect, or of an echo, is spread evenly up to a sharp edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_value
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.lanes import icmp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "modem-sleep"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.DEVICE
NEEDS: Final = (("http",), ("icmp",))

_REMEDY: Final = (
    "Switch modem sleep off after connecting: esp_wifi_set_ps(WIFI_PS_NONE) in ESP-IDF, "
    "WiFi.setSleep(false) in Arduino, power_save_mode: none under wifi: in ESPHome."
)

BEACON_S: Final = 0.1024
"""100 time units of 1,024 us: what access points send by default."""

MAX_BEACONS: Final = 10
"""The longest listen interval in use; ESP-IDF's default is 3."""

MIN_DELAYED: Final = 12
"""Fewer do not tell an even spread from a tail."""

MIN_SHARE: Final = 0.3


def check(run: RunView) -> list[Finding]:
    """Find first packets that wait for a beacon."""
    http = run.http()
    echo = icmp(run)
    connect = http.is_ok & np.isfinite(http.connect_s)
    rtt = echo.is_ok & np.isfinite(echo.first_byte_s)
    lanes = [
        ("connect_s", http.at_s[connect], http.connect_s[connect]),
        ("icmp.rtt_s", echo.at_s[rtt], echo.first_byte_s[rtt]),
    ]
    found = [
        (metric, at_s, wait_s, edge_s)
        for metric, at_s, wait_s in lanes
        if (edge_s := _edge_s(wait_s)) is not None
    ]
    if not found:
        return []
    evidence = [
        of_value(
            f"{metric}: {_delayed(wait_s).sum()} of {len(wait_s)} spread evenly from "
            f"{wait_s.min() * 1e3:.0f} to {edge_s * 1e3:.0f} ms, median "
            f"{np.median(wait_s) * 1e3:.0f} ms",
            metric,
            observed=float(np.median(wait_s)),
            limit=BEACON_S,
        )
        for metric, _, wait_s, edge_s in found
    ]
    edge_s = found[0][3]
    beacons = max(1, round(edge_s / BEACON_S))
    evidence.append(
        of_value(
            f"the edge lies at {edge_s / BEACON_S:.2f} beacon intervals of 102.4 ms",
            "wait_edge_s",
            observed=edge_s,
            limit=beacons * BEACON_S,
        )
    )
    count = sum(int(_delayed(wait_s).sum()) for _, _, wait_s, _ in found)
    at_s = np.concatenate([times for _, times, _, _ in found])
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.WARNING,
            confidence=grown(0.3, 0.93, count, 20),
            title="The radio sleeps between beacons: every first packet waits for it",
            evidence=tuple(evidence),
            remedy=_REMEDY,
            from_s=float(at_s.min()),
            to_s=float(at_s.max()),
            ruled_out=(
                RuledOut("retransmission-ladder", "the delays are spread evenly, not in steps"),
                RuledOut("slow-handler", "the wait comes before the request is even sent"),
            ),
        )
    ]


def _delayed(wait_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    # 15 ms above the quickest: what a radio that is awake needs at most.
    return np.asarray(wait_s > wait_s.min(initial=np.inf) + 0.015)


def _edge_s(wait_s: NDArray[np.float64]) -> float | None:
    """Return where an even spread ends; ``None`` where the spread is not even."""
    if len(wait_s) < MIN_DELAYED:
        return None
    late = np.sort(wait_s[_delayed(wait_s) & (wait_s < 1.2 * MAX_BEACONS * BEACON_S)])
    if len(late) < max(MIN_DELAYED, MIN_SHARE * len(wait_s)):
        return None
    start_s = float(wait_s.min()) + 0.015
    # The largest of n even values lies 1/n short of the edge; leave 4 % for stragglers.
    edge_s = start_s + (float(np.percentile(late, 96)) - start_s) / 0.96
    if not 0.7 * BEACON_S <= edge_s - start_s + 0.015 <= 1.1 * MAX_BEACONS * BEACON_S:
        return None
    # Even values have half their width as mean, a queue's tail a third or less of its own.
    if edge_s - start_s > 2.45 * float((late - start_s).mean()):
        return None
    share = ((late - start_s) / (edge_s - start_s)).clip(0.0, 1.0)
    steps = np.arange(1, len(late) + 1) / len(late)
    distance = float(np.abs(share - steps + 0.5 / len(late)).max())
    # Kolmogorov-Smirnov at 1 %; a tail of queueing delays exceeds it from 30 values on.
    return edge_s if distance <= 1.63 / np.sqrt(len(late)) else None
