"""Every measure of a run, by name: the flat dictionary that criteria and reports read.

A measure is ``None`` where the run has no evidence for it. Each exists twice: plain,
over the run after its warm-up, and with ``all.`` before its name, over the whole run.
``MEASURES`` is the one table of names; ``docs/reference/measures.md`` is made from it.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from holdfast.core.journal.events import Outcome
from holdfast.core.measure.bench import bench_values
from holdfast.core.measure.device import device_values, heap_values, rssi_values, wifi_values
from holdfast.core.measure.probes import health_values, http_values, icmp_values, probe_values
from holdfast.core.measure.streams import stream_values

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from holdfast.core.measure.run import RunView

__all__ = [
    "ALL",
    "MEASURES",
    "Measure",
    "measures",
    "measures_between",
    "reference",
]

ALL: Final = "all."
"""Prefix of a measure over the whole run, warm-up included."""


class Measure(Struct, frozen=True):
    """What a measure means.

    Attributes:
        unit: SI unit, ``"ratio"`` (0 to 1) or ``"count"``.
        sentence: What it says, for the reference.
        better: ``"high"`` or ``"low"``; ``""`` where neither is better.
    """

    unit: str
    sentence: str
    better: str = ""


_high = partial(Measure, better="high")
_low = partial(Measure, better="low")

_TARGETS: Final = {
    "ping": "pings over HTTP",
    "health": "health requests",
    "metrics": "metrics requests",
    "http": "HTTP requests of all kinds",
    "icmp": "ICMP echoes to the device",
    "control": "ICMP echoes to the control target",
}
_ICMP: Final = frozenset({"icmp", "control"})

_PER_TARGET: Final = {
    "ok_ratio": _high("ratio", "Share of {} answered as expected."),
    "ok_ratio_low": _high("ratio", "Lower 95 % bound (Wilson) of the share of {} answered."),
    "ok_ratio_high": _high("ratio", "Upper 95 % bound (Wilson) of the share of {} answered."),
    "sent_total": Measure("count", "Number of {}."),
    "failed_total": _low("count", "Number of {} not answered as expected."),
    "mean_s": _low("s", "Mean time of answered {}."),
    "p50_s": _low("s", "Median time of answered {}."),
    "p95_s": _low("s", "95th percentile of the time of answered {}."),
    "p99_s": _low("s", "99th percentile of the time of answered {}."),
    "max_s": _low("s", "Longest time of answered {}."),
}
_PER_HTTP: Final = {
    "connect_p50_s": _low("s", "Median time to the connection of answered {}."),
    "connect_p95_s": _low("s", "95th percentile of the time to the connection of answered {}."),
    "first_byte_p95_s": _low("s", "95th percentile of the time to the first byte of answered {}."),
    "retransmits_total": _low("count", "Segments that the bench's kernel sent again in {}."),
}

_STREAM: Final = {
    "continuity": _high("ratio", "Share of the time in which a stream was due that is not gap."),
    "gap_max_s": _low("s", "Longest gap; 0 without gaps."),
    "gap_time_s": _low("s", "Sum of all gaps."),
    "gaps_total": _low("count", "Silences longer than the gap limit."),
    "gaps_per_600_s": _low("count", "Gaps per 10 minutes in which a stream was due."),
    "silence_max_s": _low("s", "Longest time without data, gap or not."),
    "attempts_total": Measure("count", "Attempts to hold the stream."),
    "opened_total": Measure("count", "Attempts that opened it."),
    "open_ratio": _high("ratio", "Share of ended attempts that opened the stream."),
    "refused_total": _low("count", "Attempts turned away before the stream existed."),
    "longest_session_s": _high("s", "Longest time one stream stayed open, at its full length."),
    "by_peer_total": _low("count", "Streams ended by the device."),
    "reset_total": _low("count", "Streams ended by a reset."),
    "silent_total": _low("count", "Streams given up because nothing came."),
    "torn_total": _low("count", "Frames proven torn."),
    "messages_total": Measure("count", "Messages received."),
    "message_rate_hz": _high("Hz", "Messages per second in which a stream was due."),
    "interval_p50_s": Measure("s", "Median time between two messages."),
    "interval_p99_s": _low("s", "99th percentile of the time between two messages."),
    "heartbeat_p50_s": _low("s", "Median round trip of heartbeats."),
    "heartbeat_p95_s": _low("s", "95th percentile of the round trip of heartbeats."),
    "lost_total": _low("count", "Messages missing by the device's own numbers."),
    "duplicated_total": _low("count", "Messages that came twice by the device's own numbers."),
    "reordered_total": _low("count", "Messages that came after a later one."),
    "time_not_increasing_total": _low(
        "count", "Messages whose device time was not after the one before."
    ),
    "retransmits_total": _low("count", "Segments that the bench's kernel sent again in streams."),
}

_OTHER: Final = {
    "health.context_names_total": _high(
        "count", "Wi-Fi and transport-error values that the device tells of itself."
    ),
    "device.reboots_total": _low("count", "Boots during the run, by uptime or boot id."),
    "device.uptime_max_s": _high("s", "Longest uptime that the device told."),
    "heap.free_min_bytes": _high("bytes", "Least free heap among the samples."),
    "heap.free_last_bytes": _high("bytes", "Free heap in the last sample."),
    "heap.min_ever_bytes": _high("bytes", "Least free heap since boot, by the device's own count."),
    "heap.largest_min_bytes": _high("bytes", "Smallest largest free block among the samples."),
    "heap.fragmentation_max_ratio": _low(
        "ratio", "Largest share of free heap outside the largest block."
    ),
    "heap.slope_bytes_per_s": _high("bytes/s", "Robust slope of free heap over the longest boot."),
    "heap.slope_low_bytes_per_s": _high("bytes/s", "Lower 95 % bound of that slope."),
    "heap.slope_high_bytes_per_s": _high("bytes/s", "Upper 95 % bound of that slope."),
    "rssi.mean_dbm": _high("dBm", "Mean signal strength told by the device."),
    "rssi.min_dbm": _high("dBm", "Weakest signal strength told by the device."),
    "rssi.max_dbm": _high("dBm", "Strongest signal strength told by the device."),
    "wifi.disconnects_total": _low("count", "Wi-Fi disconnects that the device counted."),
    "wifi.reconnects_total": _low("count", "Wi-Fi reconnects that the device counted."),
    "bench.window_s": Measure("s", "Length of what was measured."),
    "bench.suspended_s": _low("s", "Time in which the bench itself slept."),
    "bench.tick_late_max_s": _low("s", "Longest delay of a tick after it was due."),
}


def _table() -> dict[str, Measure]:
    table: dict[str, Measure] = {}
    for target, words in _TARGETS.items():
        rows = _PER_TARGET if target in _ICMP else _PER_TARGET | _PER_HTTP
        for name, row in rows.items():
            table[f"{target}.{name}"] = Measure(row.unit, row.sentence.format(words), row.better)
    for outcome in Outcome:
        words = f"HTTP requests that ended as `{outcome}`."
        table[f"http.{outcome}_total"] = Measure("count", words, "" if outcome.is_ok else "low")
    table |= {f"stream.{name}": row for name, row in _STREAM.items()}
    return table | _OTHER


MEASURES: Final = _table()
"""Every measure by name; ``all.`` before a name asks for the run with its warm-up."""

_Values: TypeAlias = "dict[str, float | None]"

_GROUPS: Final[dict[str, Callable[[RunView, float, float], _Values]]] = {
    "ping": partial(probe_values, target="ping"),
    "health": health_values,
    "metrics": partial(probe_values, target="metrics"),
    "http": http_values,
    "icmp": partial(icmp_values, target="icmp"),
    "control": partial(icmp_values, target="control"),
    "stream": stream_values,
    "device": device_values,
    "heap": heap_values,
    "rssi": rssi_values,
    "wifi": wifi_values,
    "bench": bench_values,
}
"""The first word of a name and what computes it: ``(run, from_s, to_s)`` to values."""


def measures(run: RunView) -> _Values:
    """Return every measure of a run, after warm-up and (``all.``) over the whole of it."""
    end_s = run.end_s
    values = measures_between(run, run.header.warmup_s, end_s)
    return values | {ALL + k: v for k, v in measures_between(run, 0.0, end_s).items()}


def measures_between(
    run: RunView, from_s: float, to_s: float, *, groups: Collection[str] | None = None
) -> _Values:
    """Return the measures of one window.

    Args:
        run: The run.
        from_s: Start of the window, included, seconds on the run's clock.
        to_s: Its end, included.
        groups: First words of the names wanted (``"stream"``); all by default.

    Returns:
        Name to value; ``None`` where there is no evidence.
    """
    wanted = [g for g in _GROUPS if groups is None or g in groups]
    values: _Values = {n: None for n in MEASURES if n.partition(".")[0] in wanted}
    if to_s <= from_s:
        return values
    for group in wanted:
        for name, value in _GROUPS[group](run, from_s, to_s).items():
            is_known = value is not None and math.isfinite(value)
            values[f"{group}.{name}"] = float(value) if is_known else None  # type: ignore[arg-type]
    return values


def reference() -> str:
    """Return the reference page of all measures, as Markdown."""
    lines = [
        "# Measures",
        "",
        "Made from `holdfast.core.measure.summary.MEASURES`. Put `all.` before a name for the",
        "whole run, warm-up included.",
        "",
        "| measure | unit | better | meaning |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{n}` | {m.unit} | {m.better} | {m.sentence} |" for n, m in MEASURES.items()]
    return "\n".join(lines) + "\n"
