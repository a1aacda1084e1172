"""``report.md``: verdict, findings with evidence and remedy, key figures.

Text that a device, a server or a file supplied is escaped: it can be neither markup nor
HTML, no link, mention or reference, and takes one line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from holdfast.core.explain.finding import FindingKind
from holdfast.core.judge.verdict import Ruling
from holdfast.core.measure.summary import ALL, MEASURES, measures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from holdfast.core.explain.finding import Finding
    from holdfast.core.judge.verdict import Verdict
    from holdfast.core.measure.run import RunView

__all__ = ["KEY_FIGURES", "escape_markdown", "format_measure", "markdown"]

KEY_FIGURES: Final = (
    "stream.continuity", "stream.gap_max_s", "stream.gaps_total", "stream.longest_session_s",
    "ping.ok_ratio", "ping.p50_s", "ping.p95_s", "ping.p99_s",
    "health.ok_ratio", "icmp.ok_ratio", "control.ok_ratio", "http.retransmits_total",
    "heap.free_min_bytes", "heap.slope_bytes_per_s", "rssi.mean_dbm", "device.reboots_total",
)  # fmt: skip
"""Measures of the key figures' table, in its order."""

_MAX_CHARS: Final = 300
"""Longer text is cut: a page is read by people."""
_MAX_EVIDENCE: Final = 8
"""More evidence than this is counted only; ``findings.json`` has all of it."""

_ESCAPED: Final = re.compile(r"[\\`*\[\]<>&|~#@!$]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.")
_LEADING: Final = re.compile(r"^(\d{1,9})([.)])|^([-+=])")


def escape_markdown(text: str) -> str:
    """Return ``text`` as one line of Markdown that shows it and does nothing else."""
    line = " ".join(text[: 4 * _MAX_CHARS].split())
    if len(line) > _MAX_CHARS or len(text) > 4 * _MAX_CHARS:
        line = line[:_MAX_CHARS] + "…"
    line = "".join(c if c.isprintable() else "\ufffd" for c in line)
    line = _ESCAPED.sub(lambda found: f"&#{ord(found[0])};", line)
    return _LEADING.sub(
        lambda found: f"{found[1] or ''}&#{ord(found[2] or found[3])};", line, count=1
    )


def format_measure(value: float | None, unit: str) -> str:
    """Return a measure's value for people, in the unit's usual size; ``-`` for ``None``."""
    if value is None:
        return "-"
    if unit == "ratio":
        return f"{100 * value:.2f} %"
    if unit == "s":
        return f"{1000 * value:.1f} ms" if abs(value) < 1.0 else f"{value:.2f} s"
    if unit == "count":
        return f"{value:.4g}" if value % 1 else f"{value:.0f}"
    if unit.startswith("bytes") and abs(value) >= 1000:
        return f"{value / 1000:.1f} kB{unit.removeprefix('bytes')}"
    return f"{value:.4g} {unit}"


def markdown(run: RunView, findings: Sequence[Finding], verdict: Verdict) -> str:
    """Return ``report.md``."""
    lines = [
        *_head(run, verdict),
        *_criteria(verdict),
        *_findings(findings),
        *_figures(run),
        *_about(run),
    ]
    return "\n".join(lines) + "\n"


_RULINGS: Final = {
    Ruling.PASSED: "passed",
    Ruling.MISSED: "missed",
    Ruling.NO_EVIDENCE: "no evidence",
}


def _head(run: RunView, verdict: Verdict) -> Iterator[str]:
    yield f"# {escape_markdown(run.header.target or 'A run')}: {_RULINGS[verdict.ruling]}"
    yield ""
    for note in run.notes[:_MAX_EVIDENCE]:
        yield f"> {escape_markdown(note.text)}"
        yield ""


def _criteria(verdict: Verdict) -> Iterator[str]:
    if not verdict.judgements:
        yield "No criteria were asked for."
        yield ""
        return
    yield "| criterion | ruling | why |"
    yield "|---|---|---|"
    for judgement in verdict.judgements:
        cells = (str(judgement), _RULINGS[judgement.ruling], judgement.why)
        yield "| " + " | ".join(escape_markdown(cell) for cell in cells) + " |"
    yield ""


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    yield "## Findings"
    yield ""
    if not findings:
        yield "Nothing was found that would explain a fault."
        yield ""
    for finding in findings:
        kind = "" if finding.kind is FindingKind.CAUSE else f", {finding.kind.value}"
        yield f"### {escape_markdown(finding.title)}"
        yield ""
        yield (
            f"`{finding.code}`, {finding.severity.value}{kind}, side: {finding.side.value}, "
            f"confidence {finding.confidence:.2f}, {finding.from_s:.1f} s to {finding.to_s:.1f} s"
        )
        yield ""
        yield f"**Remedy:** {escape_markdown(finding.remedy)}"
        yield ""
        for evidence in finding.evidence[:_MAX_EVIDENCE]:
            at = "" if evidence.at_s is None else f" (at {evidence.at_s:.1f} s)"
            yield f"- {escape_markdown(evidence.text)}{at}"
        if len(finding.evidence) > _MAX_EVIDENCE:
            yield f"- and {len(finding.evidence) - _MAX_EVIDENCE} more"
        for other in finding.ruled_out:
            yield f"- not `{other.code}`: {escape_markdown(other.why)}"
        yield ""


def _figures(run: RunView) -> Iterator[str]:
    values = measures(run)
    rows = [n for n in KEY_FIGURES if values[n] is not None or values[ALL + n] is not None]
    if not rows:
        return
    yield "## Key figures"
    yield ""
    yield "| measure | after warm-up | whole run |"
    yield "|---|--:|--:|"
    for name in rows:
        unit = MEASURES[name].unit
        after, whole = (format_measure(values[n], unit) for n in (name, ALL + name))
        yield f"| `{name}` | {after} | {whole} |"
    yield ""


def _about(run: RunView) -> Iterator[str]:
    header = run.header
    facts = {
        "plan": header.plan,
        "profile": header.profile,
        "began": header.wall_at,
        "covered": f"{run.end_s:.0f} s",
        "warm-up": f"{header.warmup_s:.0f} s",
        "seed": str(header.seed),
        "written by": header.tool,
        "imported from": header.imported_from,
    }
    yield "## About this run"
    yield ""
    for name, value in facts.items():
        if value:
            yield f"- {name}: {escape_markdown(value)}"
