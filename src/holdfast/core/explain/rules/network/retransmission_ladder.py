"""Packets are lost on the air, and TCP waits longer each time before it sends again.

Latencies cluster at the steps of the retransmission timers: a connection at 1 s (and
3 s), an answer at 0.2, 0.6, 1.4 s from the bench's stack or whole and half seconds from
the device's. The handlers are quick and the signal may look fine: it is measured at the
device, the loss is on its way out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_row, of_value, spread
from holdfast.core.explain.finding import (
    Evidence,
    Finding,
    FindingKind,
    RuledOut,
    Severity,
    Side,
)
from holdfast.core.explain.lanes import icmp
from holdfast.core.journal.events import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import ProbeTable, RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "retransmission-ladder"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.NETWORK
NEEDS: Final = (("http",),)

_REMEDY: Final = (
    "Mend the radio, not the firmware: check the antenna and its plug, move to a free channel, "
    "and try less transmit power (esp_wifi_set_max_tx_power(34), 8.5 dBm) before more."
)

SYN_STEPS_S: Final = (1.0, 3.0)
"""Linux, macOS and Windows send a SYN again after 1 s and 3 s."""

DATA_STEPS_S: Final = (0.2, 0.4, 0.6, 0.8, 1.0, 1.4, 1.5, 1.6, 3.0, 3.2)
"""0.2 s doubling, alone and summed up (Linux); 1, 1.5 and 3 s from lwIP's slow timer."""

STEP_WIDTH: Final = 0.08
"""Share of a step by which a retransmission may be later (a timer tick, a round trip)."""

MIN_STEPS: Final = 4
MIN_RATIO: Final = 0.04


def check(run: RunView) -> list[Finding]:
    """Find latencies that cluster at the steps of retransmission timers."""
    http = run.http()
    ok = np.flatnonzero(http.is_ok & np.isfinite(http.connect_s))
    if len(ok) < 2 * MIN_STEPS:
        return []
    base_s = float(np.percentile(http.connect_s[ok], 20))
    syn = _on_steps(http.connect_s[ok] - base_s, SYN_STEPS_S)
    first_s = np.where(np.isfinite(http.first_byte_s), http.first_byte_s, http.total_s)[ok]
    wait_s = first_s - http.connect_s[ok]
    floor_s = float(np.percentile(wait_s, 20))
    data = _on_steps(wait_s - floor_s, DATA_STEPS_S)
    slow = (http.connect_s[ok] - base_s > 0.15) | (wait_s - floor_s > 0.15)
    again = http.retransmits[ok] > 0
    steps = (syn | data | again) & slow
    n_syn, n_again = int((syn & slow).sum()), int(again.sum())
    if steps.sum() < MIN_STEPS or steps.sum() < MIN_RATIO * len(ok):
        return []
    # A handler that always takes 1.4 s lies on a step as well: loss also hits SYNs, and
    # the kernel counts what it sends again.
    if n_syn < 2 and n_again < MIN_STEPS - 1:
        return []
    lost = int(http.has(Outcome.CONNECT_TIMEOUT).sum())
    if steps.sum() < 0.6 * slow.sum() or lost > steps.sum():
        return []
    rows = ok[steps]
    return [_finding(run, http, rows, n_syn, n_again, len(ok))]


def _on_steps(extra_s: NDArray[np.float64], steps_s: tuple[float, ...]) -> NDArray[np.bool_]:
    found = np.zeros(len(extra_s), dtype=bool)
    for step_s in steps_s:
        width_s = max(0.03, STEP_WIDTH * step_s)
        found |= (extra_s >= step_s - 0.02) & (extra_s <= step_s + width_s)
    return found


def _finding(
    run: RunView,
    http: ProbeTable,
    rows: NDArray[np.int64],
    n_syn: int,
    n_again: int,
    total: int,
) -> Finding:
    evidence: list[Evidence] = [
        of_value(
            f"{len(rows)} of {total} answered requests lie on the steps of a retransmission "
            f"timer, {n_syn} of them with a SYN sent again",
            "http.retransmission_steps_total",
            observed=float(len(rows)),
            limit=float(MIN_STEPS),
        )
    ]
    if n_again:
        text = f"the kernel sent segments again on {n_again} connections"
        evidence.append(of_value(text, "http.retransmits_total", observed=float(n_again)))
    echo = icmp(run)
    if len(echo):
        text = f"ICMP lost {(~echo.is_ok).sum()} of {len(echo)}, not in step with it"
        ratio = float(echo.is_ok.mean())
        evidence.append(of_value(text, "icmp.ok_ratio", observed=ratio, source="probe.icmp"))
    evidence += [
        of_row(
            http,
            row,
            f"request at {http.at_s[row]:.0f} s: connected after {http.connect_s[row]:.2f} s, "
            f"done after {http.total_s[row]:.2f} s",
            "total_s",
            observed=float(http.total_s[row]),
        )
        for row in spread(rows, 5)
    ]
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR if len(rows) > 0.1 * total else Severity.WARNING,
        confidence=grown(0.3, 0.93, len(rows) + n_again, 5),
        title="Packets are lost on the air and sent again after growing waits",
        evidence=tuple(evidence),
        remedy=_REMEDY,
        from_s=float(http.at_s[rows[0]]),
        to_s=float(http.at_s[rows[-1]] + http.total_s[rows[-1]]),
        ruled_out=(
            RuledOut("slow-handler", "connections are late too, and at the timers' steps"),
            RuledOut("modem-sleep", "the delays are steps, not spread over a beacon interval"),
        ),
    )
