"""The answer as it is shown: a headline, and findings of one code together, by rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from holdfast.adapters.render.wording import confidence_words, stamp
from holdfast.core.explain.finding import FindingKind
from holdfast.core.judge.verdict import Ruling
from holdfast.core.redact import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.core.explain.finding import Finding
    from holdfast.core.judge.verdict import Verdict

__all__ = ["Answer", "Group", "answer", "cause_spans", "grouped", "period"]

_SHADED: Final = 0.75
"""A cause that holds for more of the run than this is not shaded: it would tell nothing."""


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one code and kind.

    Attributes:
        number: Rank, from 1.
        chief: The weightiest of them.
        others: The rest, in order of time.
    """

    number: int
    chief: Finding
    others: tuple[Finding, ...]

    @property
    def is_cause(self) -> bool:
        """Whether it is a cause, not an observation."""
        return self.chief.kind is FindingKind.CAUSE


def grouped(findings: Sequence[Finding]) -> list[Group]:
    """Return the findings by code and kind, in the order of each one's weightiest.

    Args:
        findings: Ranked, the weightiest first.
    """
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.code, finding.kind), []).append(finding)
    return [
        Group(number, chief, tuple(sorted(others, key=lambda f: f.from_s)))
        for number, (chief, *others) in enumerate(found.values(), 1)
    ]


@dataclass(frozen=True, slots=True)
class Answer:
    """The first thing that a reader sees.

    Attributes:
        state: ``good``, ``bad`` or ``unsure``.
        headline: How the criteria came out.
        reason: The chief cause, or that there is none.
    """

    state: str
    headline: str
    reason: str


def answer(groups: Sequence[Group], verdict: Verdict) -> Answer:
    """Return the headline: how the criteria came out, and the chief cause."""
    total, missed = len(verdict.judgements), len(verdict.of(Ruling.MISSED))
    unknown = len(verdict.of(Ruling.NO_EVIDENCE))
    causes = [group.chief for group in groups if group.is_cause]
    noun = "criterion" if total == 1 else "criteria"
    if missed:
        state, headline = "bad", f"{missed} of {total} {noun} missed"
    elif total and not unknown:
        state, headline = "good", f"All {total} {noun} met" if total > 1 else "The criterion is met"
    elif total:
        state, headline = "unsure", f"{unknown} of {total} {noun} could not be judged"
    else:
        state, headline = "unsure", "No criteria were set"
    if not causes:
        return Answer(state, headline, "No cause of trouble was found.")
    words = confidence_words(causes[0].confidence).capitalize()
    reason = f"{words}: {printable(causes[0].title, 300)}"
    if len(causes) > 1:
        reason = f"{len(causes)} causes were found, the weightiest first:"
    return Answer("unsure" if state == "good" else state, headline, reason)


def cause_spans(findings: Sequence[Finding], span_s: float) -> list[tuple[float, float]]:
    """Return when any cause holds, disjoint and in order, for shading.

    Args:
        findings: Any findings.
        span_s: Length of the run.
    """
    spans: list[tuple[float, float]] = []
    causes = [f for f in findings if f.kind is FindingKind.CAUSE]
    shaded = [f for f in causes if f.to_s - f.from_s <= _SHADED * span_s]
    for finding in sorted(shaded, key=lambda f: f.from_s):
        if spans and finding.from_s <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], finding.to_s))
        else:
            spans.append((finding.from_s, finding.to_s))
    return spans


def period(from_s: float, to_s: float) -> str:
    """Return when something held: ``0:40 to 5:40``, or ``at 3:02`` for a moment."""
    begin, end = stamp(from_s), stamp(to_s)
    return f"at {begin}" if begin == end else f"{begin} to {end}"
