"""A run as one self-contained page: the answer first, then the evidence.

Laws:
    - The page loads nothing: its policy forbids every request, scripts run by hash only.
    - What comes from a device, a log or a file is text: made printable and bounded here,
      escaped by the template, by ``_json`` in scripts and by ``plotly_text`` in charts.
    - Without JavaScript everything but the interactive charts is there.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.util
import inspect
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2
import msgspec
from markupsafe import Markup

from holdfast.adapters.render.charts import ORIGIN_MS, Figure, distribution_figure, time_figure
from holdfast.adapters.render.grouping import Group, answer, grouped, period
from holdfast.adapters.render.lanes import troubles
from holdfast.adapters.render.tables import (
    early_end,
    key_figures,
    note_rows,
    outcome_table,
    percentile_rows,
    run_facts,
    tiles,
    trouble_rows,
)
from holdfast.adapters.render.timeline import timeline
from holdfast.adapters.render.wording import confidence_words, measured, seconds, slug_words, stamp
from holdfast.core.explain.registry import RULES
from holdfast.core.judge.verdict import Ruling
from holdfast.core.measure.summary import ALL, MEASURES, measures
from holdfast.core.redact import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.core.explain.finding import Evidence, Finding
    from holdfast.core.judge.verdict import Verdict
    from holdfast.core.measure.run import RunView

__all__ = ["render_html"]

_OPEN: Final = 2
"""Findings whose evidence is shown unasked; of the others it is a click away."""
_EVIDENCE_SHOWN: Final = 4
_TROUBLES_SHOWN: Final = 500
_TROUBLES_IN_SCRIPT: Final = 5_000
"""Bounds of the table and the tooltips; the drawing itself shows every failure."""

_Words = dict[str, Any]  # what the template reads


def render_html(
    run: RunView,
    findings: Sequence[Finding],
    verdict: Verdict,
    *,
    title: str,
    shared_link: str = "",
) -> str:
    """Return the report of ``run`` as one HTML page.

    Args:
        run: The run.
        findings: Ranked findings, causes first.
        verdict: The verdict on the run's criteria.
        title: Heading of the page.
        shared_link: Relative link to a pseudonymised copy; ``""`` for none.
    """
    values = measures(run)
    is_warm = values.get("bench.window_s") is not None and run.header.warmup_s > 0
    found = troubles(run)
    figures = [f for f in (time_figure(run, findings), distribution_figure(run)) if f]
    groups = grouped(findings)
    causes = [_card(group) for group in groups if group.is_cause]
    script, plotly = _text("report.js"), _plotly() if figures else ""
    return _template().render(
        title=printable(title, 200),
        shared_link=shared_link if _is_relative(shared_link) else "",
        facts=_facts(run, title),
        answer=answer(groups, verdict),
        tiles=tiles(values),
        causes=causes,
        observations=[_card(group) for group in groups if not group.is_cause],
        silence=_silence(run),
        timeline=timeline(run, findings),
        troubles=trouble_rows(found[:_TROUBLES_SHOWN]),
        trouble_count=f"{len(found):,}",
        troubles_left=max(0, len(found) - _TROUBLES_SHOWN),
        criteria=_criteria(verdict),
        key_figures=key_figures(values),
        percentiles=percentile_rows(run, run.header.warmup_s if is_warm else 0.0),
        is_warm=is_warm,
        outcomes=outcome_table(run),
        notes=note_rows(run),
        run_facts=run_facts(run),
        tool=printable(run.header.tool, 80) or "holdfast",
        figures=figures,
        figures_json=_json(figures, [[t.from_s, t.to_s, t.lane, t.what] for t in found]),
        style=Markup(_text("report.css")),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        plotly=Markup(plotly),  # noqa: S704  # Plotly's own file, from its wheel
        script_hashes=Markup(" ".join(_hash(text) for text in (script, plotly) if text)),  # noqa: S704  # base64
    )


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _template() -> jinja2.Template:
    loader = jinja2.FunctionLoader(_text)
    environment = jinja2.Environment(
        autoescape=True, loader=loader, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html")


@functools.cache
def _plotly() -> str:
    """Return Plotly's script out of its wheel, found without importing the package."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        return ""
    path = Path(spec.submodule_search_locations[0], "package_data", "plotly.min.js")
    text = path.read_text(encoding="utf-8")
    # Inside <script> neither of these may occur; in a string both mean the same escaped.
    return text.replace("\r", "").replace("</script", r"<\/script").replace("<!--", r"<\!--")


@functools.lru_cache(maxsize=4)
def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _json(figures: Sequence[Figure], found: list[list[Any]]) -> Markup:
    """Return what the page's script reads, with no way out of the script element."""
    page = {
        "origin_ms": ORIGIN_MS,
        "figures": [{"key": f.key, "height": f.height, "spec": f.spec} for f in figures],
        "troubles": found[:_TROUBLES_IN_SCRIPT],
    }
    text = msgspec.json.encode(page).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704  # no sign is left that HTML knows


def _is_relative(link: str) -> bool:
    """Whether a link stays in the run's folder: no scheme, no host, nothing to execute."""
    return bool(link) and all(c.isalnum() or c in "._/- " for c in link) and link[0] != "/"


def _facts(run: RunView, title: str) -> list[str]:
    header = run.header
    began = header.wall_at[:16].replace("T", " ")
    imported = f"imported from {header.imported_from}" if header.imported_from else ""
    plan = f"plan {header.plan}" if header.plan else ""
    profile = f"profile {header.profile}" if header.profile else ""
    target = "" if header.target in title else header.target
    covered = f"{seconds(run.end_s)} measured"
    words = (target, began, covered, early_end(run), plan, profile, imported)
    return [printable(word, 120) for word in words if word]


def _silence(run: RunView) -> str:
    """Say what was looked at, so that silence can be weighed."""
    if not run.targets and not run.sessions and not run.logs:
        return "The run holds no measurements, so this says nothing about the device."
    names = len({rule.code for rule in RULES})
    return f"{names} rules looked at {len(run.events):,} events; none had evidence to name one."


@functools.cache
def _about(code: str) -> tuple[str, ...]:
    """Return what the rule that names ``code`` says of it, a string a paragraph."""
    rule = next((rule for rule in RULES if rule.code == code), None)
    module = None if rule is None else inspect.getmodule(rule.check)
    text = (inspect.getdoc(module) or "") if module else ""
    return tuple(" ".join(part.split()) for part in text.replace("``", "").split("\n\n") if part)


def _card(group: Group) -> _Words:
    finding, number = group.chief, group.number
    evidence = [_evidence(e) for e in finding.evidence]
    return {
        "number": number,
        "code": printable(finding.code, 80),
        "side": finding.side.value,
        "severity": finding.severity.value,
        "title": printable(finding.title, 300),
        "confidence": f"{finding.confidence:.2f}",
        "percent": round(finding.confidence * 100),
        "confidence_words": confidence_words(finding.confidence),
        "period": period(finding.from_s, finding.to_s),
        "others": [
            {"from_s": f.from_s, "to_s": f.to_s, "period": period(f.from_s, f.to_s)}
            for f in group.others
        ],
        "from_s": finding.from_s,
        "to_s": finding.to_s,
        "remedy": printable(finding.remedy, 2_000),
        "evidence": evidence[:_EVIDENCE_SHOWN],
        "more_evidence": evidence[_EVIDENCE_SHOWN:],
        "ruled_out": [
            {"what": slug_words(r.code), "why": printable(r.why, 300)} for r in finding.ruled_out
        ],
        "consequences": [
            {"at": stamp(c.at_s), "text": printable(c.text, 300) or slug_words(c.code)}
            for c in finding.consequences
        ],
        "about": _about(finding.code),
        "is_open": number <= _OPEN,
    }


def _evidence(evidence: Evidence) -> _Words:
    compared = []
    if evidence.observed is not None:
        compared.append(f"observed {measured(evidence.metric or '', evidence.observed)}")
    if evidence.limit is not None:
        compared.append(f"limit {measured(evidence.metric or '', evidence.limit)}")
    where = printable(evidence.source, 120)
    if evidence.line is not None:
        where += f":{evidence.line}"
    event = f"event {evidence.seq}" if evidence.seq is not None else ""
    at = f"at {stamp(evidence.at_s)}" if evidence.at_s is not None else ""
    return {
        "text": printable(evidence.text, 400),
        "compared": ", ".join(compared),
        "origin": ", ".join(word for word in (where, event, at) if word),
    }


_RULINGS: Final = {
    Ruling.PASSED: ("good", "✓ met"),
    Ruling.MISSED: ("bad", "✕ missed"),
    Ruling.NO_EVIDENCE: ("unsure", "? no evidence"),
}
_SIGNS: Final = {"<=": "≤", ">=": "≥", "==": "="}


def _criteria(verdict: Verdict) -> list[_Words]:
    rows = []
    for judged in verdict.judgements:
        state, result = _RULINGS[judged.ruling]
        limit = measured(judged.measure, judged.limit)
        shown = measured(judged.measure, judged.observed)
        if shown == limit and judged.ruling is Ruling.MISSED and judged.observed is not None:
            shown = f"{judged.observed:.9g}"  # rounded, it would look as if it were met
        over = f" over the last {seconds(judged.window_s)}" if judged.window_s else ""
        known = MEASURES.get(judged.measure.removeprefix(ALL))
        words = f"{judged.measure} {_SIGNS.get(judged.operator, judged.operator)} {limit}{over}"
        why = judged.why or (known.sentence if known else "")
        row = {"words": printable(words, 120), "why": printable(why, 200), "observed": shown}
        rows.append(row | {"state": state, "result": result})
    return rows
