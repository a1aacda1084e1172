"""Measures of ICMP and HTTP probes within a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from holdfast.core.measure.availability import availability, outcome_counts
from holdfast.core.measure.latency import latency

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from holdfast.core.measure.run import ProbeTable, RunView

__all__ = ["CONTEXT_NAMES", "health_values", "http_values", "icmp_values", "probe_values"]

CONTEXT_NAMES: Final = frozenset(
    {"rssi_dbm", "wifi_disconnects", "wifi_reconnects", "wifi_last_reason", "wifi_last_reason_s"}
)
"""Sample names that explain a bad link, beside ``error_<bucket>_total`` (document 000)."""

_Values: TypeAlias = "dict[str, float | None]"


def icmp_values(run: RunView, from_s: float, to_s: float, *, target: str) -> _Values:
    """Return the measures of one ICMP target; empty where nothing was sent."""
    table = run.probes(target)
    return _answers(table, table.between(from_s, to_s), table.first_byte_s)


def probe_values(run: RunView, from_s: float, to_s: float, *, target: str) -> _Values:
    """Return the measures of one HTTP target; empty where nothing was sent."""
    table = run.probes(target)
    return _requests(table, table.between(from_s, to_s))


def http_values(run: RunView, from_s: float, to_s: float) -> _Values:
    """Return the measures of all HTTP targets together; empty where nothing was sent."""
    table = run.http()
    mask = table.between(from_s, to_s)
    values = _requests(table, mask)
    if not values:
        return {}
    return values | {f"{o}_total": n for o, n in outcome_counts(table, mask).items()}


def health_values(run: RunView, from_s: float, to_s: float) -> _Values:
    """Return the measures of health requests, and how much their answers explain."""
    samples = [s for s in run.samples if s.source == "health" and from_s <= s.at_s <= to_s]
    names = {
        name
        for sample in samples
        for name, value in sample.values.items()
        if value is not None and (name in CONTEXT_NAMES or name.startswith("error_"))
    }
    context: _Values = {"context_names_total": len(names)} if samples else {}
    return probe_values(run, from_s, to_s, target="health") | context


def _requests(table: ProbeTable, mask: NDArray[np.bool_]) -> _Values:
    values = _answers(table, mask, table.total_s)
    if not values:
        return {}
    ok = mask & table.is_ok
    connect, first = latency(table.connect_s[ok]), latency(table.first_byte_s[ok])
    told = table.retransmits[mask & (table.retransmits >= 0)]
    return values | {
        "connect_p50_s": connect and connect.p50_s,
        "connect_p95_s": connect and connect.p95_s,
        "first_byte_p95_s": first and first.p95_s,
        "retransmits_total": int(told.sum()) if len(told) else None,
    }


def _answers(table: ProbeTable, mask: NDArray[np.bool_], time_s: NDArray[np.float64]) -> _Values:
    answered = availability(table, mask)
    if answered is None:
        return {}
    took = latency(time_s[mask & table.is_ok])
    return {
        "ok_ratio": answered.ratio,
        "ok_ratio_low": answered.low,
        "ok_ratio_high": answered.high,
        "sent_total": answered.sent,
        "failed_total": answered.sent - answered.ok,
        "mean_s": took and took.mean_s,
        "p50_s": took and took.p50_s,
        "p95_s": took and took.p95_s,
        "p99_s": took and took.p99_s,
        "max_s": took and took.max_s,
    }
