"""``summary.txt``: the original's lines first, with its rules, then what it could not tell.

The original's percentile is ``sorted[floor((n - 1) * p)]``; its numbers are those of
``network.tsv``'s rows. Ours come from all events.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.finding import FindingKind
from holdfast.core.journal.events import RunPhase
from holdfast.core.measure.availability import outcome_counts
from holdfast.core.measure.gaps import continuity
from holdfast.core.measure.latency import original_percentile
from holdfast.core.measure.summary import ALL, MEASURES, measures
from holdfast.core.redact import printable
from holdfast.core.report.tick_table import TickRow, tick_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from holdfast.core.explain.finding import Finding
    from holdfast.core.measure.run import RunView

__all__ = ["summary_text"]

_SHOWN: Final = (
    "stream.continuity", "stream.gap_max_s", "stream.gaps_total", "stream.gaps_per_600_s",
    "stream.longest_session_s", "stream.refused_total", "stream.torn_total",
    "ping.ok_ratio", "ping.p50_s", "ping.p95_s", "ping.p99_s",
    "health.ok_ratio", "health.p99_s", "icmp.ok_ratio", "control.ok_ratio",
    "http.retransmits_total", "stream.retransmits_total",
    "heap.free_min_bytes", "heap.slope_bytes_per_s", "rssi.mean_dbm", "device.reboots_total",
)  # fmt: skip
_MAX_GAPS: Final = 20
_MAX_TEXT: Final = 300


def summary_text(run: RunView, findings: Sequence[Finding] = ()) -> str:
    """Return the summary of a run.

    Args:
        run: The run.
        findings: Ranked findings; their titles and remedies end the text.
    """
    rows = tick_rows(run)
    sections = [
        _head(run, rows),
        ["=== Detailed summary ===", *_detailed(run, rows)],
        ["=== Late-window (post-warmup) ===", *_late(run, rows)],
        [f"=== Measures (after {run.header.warmup_s:g} s; whole run) ===", *_measures(run)],
        ["=== Outcomes ===", *_outcomes(run)],
        ["=== Gaps ===", *_gaps(run)],
        ["=== Findings ===", *_findings(findings)],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _head(run: RunView, rows: list[TickRow]) -> list[str]:
    ended = [m.at_s for m in run.milestones if m.phase is RunPhase.ENDED]
    end_s = ended[-1] if ended else run.end_s
    try:
        at = datetime.fromisoformat(run.header.wall_at) + timedelta(seconds=end_s)
        written = f"{at:%Y-%m-%dT%H:%M:%S}"
    except (ValueError, OverflowError):
        written = "-"
    length_s = end_s if run.header.duration_s is None else run.header.duration_s
    counts = []
    for target in ("ping", "health"):
        codes = [row.probes[target].status for row in rows if target in row.probes]
        counts.append(f"/{target}: {codes.count(200)}/{len(codes)} 200s")
    return [
        f"Diagnostics summary @ {written}",
        f"Device: {printable(run.header.target, _MAX_TEXT)}",
        f"Duration: {length_s:.0f}s",
        *counts,
        "Logs: .",
    ]


def _spread(values: Iterable[float | None], scale: float = 1.0) -> str:
    """Return the original's ``avg= p50= p95=``; ``-`` without values."""
    # Rounded to a nanosecond, or 323.85 would be written as 323.8 where it came from seconds.
    known = [round(value * scale, 6) for value in values if value is not None]
    if not known:
        return "-"
    ordered = np.sort(np.array(known))
    p50, p95 = (original_percentile(ordered, p) for p in (0.50, 0.95))
    return f"avg={sum(known) / len(known):.1f} p50={p50:.1f} p95={p95:.1f}"


def _percent(count: int, total: int) -> str:
    return f"{100 * count / total:.1f}" if total else "-"


def _detailed(run: RunView, rows: list[TickRow]) -> list[str]:
    lines = []
    for target, name in (("icmp", "ICMP"), ("ping", "HTTP /ping"), ("health", "HTTP /health")):
        sent = [row for row in rows if row.is_ok(target) is not None]
        ok = [row.probes[target] for row in sent if row.is_ok(target)]
        line = f"{name}: ok={len(ok)} fail={len(sent) - len(ok)} ok%={_percent(len(ok), len(sent))}"
        if target == "icmp":
            lines.append(f"{line} {_spread((p.first_byte_s for p in ok), 1000)} ms")
        else:
            connect = _spread((p.connect_s for p in ok), 1000)
            total = _spread((p.total_s for p in ok), 1000)
            lines.append(f"{line} connect_ms[{connect}] total_ms[{total}]")
    sizes = [row.stream_bytes for row in rows if row.stream_bytes is not None]
    if sizes:
        active = sum(size > 0 for size in sizes)
        kind = run.sessions[0].transport.upper()
        lines.append(
            f"{printable(kind, 20)}: active_ticks={active}/{len(sizes)} "
            f"({_percent(active, len(sizes))}%) bytes[{_spread(sizes)}]"
        )
    strengths = [row.vitals["rssi_dbm"] for row in rows if "rssi_dbm" in row.vitals]
    if strengths:
        last = rows[-1].vitals
        lost, back = (
            f"{last[name]:.0f}" if name in last else "-"
            for name in ("wifi_disconnects", "wifi_reconnects")
        )
        lines.append(f"WiFi RSSI: {_spread(strengths)} dBm last_disc={lost} last_reconn={back}")
    return lines


def _late(run: RunView, rows: list[TickRow]) -> list[str]:
    late = [row for row in rows if row.elapsed_s >= run.header.warmup_s]
    lines = []
    for target, name in (("icmp", "ICMP"), ("ping", "HTTP /ping"), ("health", "HTTP /health")):
        sent = [row for row in late if row.is_ok(target) is not None]
        ok = [row.probes[target] for row in sent if row.is_ok(target)]
        line = f"{name} late ok%: {_percent(len(ok), len(sent))}"
        if target != "icmp":
            for word, values in (
                ("connect", [p.connect_s for p in ok if p.connect_s is not None]),
                ("total", [p.total_s for p in ok]),
            ):
                line += f" avg_{word}_ms: {1000 * np.mean(values):.1f}" if values else ""
        lines.append(line)
    return lines


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "ratio":
        return f"{100 * value:.2f} %"
    return f"{value:.0f}" if unit == "count" else f"{value:.6g} {unit}"


def _measures(run: RunView) -> list[str]:
    values = measures(run)
    lines = []
    for name in _SHOWN:
        late, whole = values[name], values[ALL + name]
        if late is not None or whole is not None:
            unit = MEASURES[name].unit
            lines.append(f"{name}: {_value(late, unit)}; {_value(whole, unit)}")
    return lines or ["nothing was measured"]


def _outcomes(run: RunView) -> list[str]:
    lines = []
    for target in run.targets:
        counts = outcome_counts(run.probes(target))
        words = " ".join(f"{outcome}={count}" for outcome, count in counts.items() if count)
        lines.append(f"{printable(target, 40)}: {words}")
    return lines or ["no probe was sent"]


def _gaps(run: RunView) -> list[str]:
    found = continuity(run, 0.0, run.end_s)
    if found is None:
        return ["no stream was watched"]
    lines = [
        f"{at_s:.1f} s: {for_s:.1f} s of silence"
        for at_s, for_s in zip(found.at_s[:_MAX_GAPS], found.for_s[:_MAX_GAPS], strict=True)
    ]
    if len(found.at_s) > _MAX_GAPS:
        lines.append(f"and {len(found.at_s) - _MAX_GAPS} more")
    return lines or [f"none above {found.limit_s:g} s"]


def _findings(findings: Sequence[Finding]) -> list[str]:
    lines = []
    for number, finding in enumerate(findings, 1):
        mark = "" if finding.kind is FindingKind.CAUSE else ", observation"
        lines.append(
            f"{number}. {printable(finding.title, _MAX_TEXT)} "
            f"[{finding.code}, {finding.confidence:.0%}{mark}, "
            f"{finding.from_s:.0f}-{finding.to_s:.0f} s]"
        )
        lines.append(f"   -> {printable(finding.remedy, _MAX_TEXT)}")
    return lines or ["none"]
