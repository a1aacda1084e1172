"""Explain a run: every rule, then what explains what, then the ranking.

Deterministic: the same run gives the same findings in the same order.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

import msgspec

from holdfast.core.explain.evidence import MAX_EVIDENCE, of_value
from holdfast.core.explain.finding import Consequence, Finding, FindingKind, Severity
from holdfast.core.explain.holds import holds
from holdfast.core.explain.lanes import lanes_of
from holdfast.core.explain.precedence import PRECEDENCE, Explains
from holdfast.core.explain.registry import RULES
from holdfast.core.journal.events import CloseClass
from holdfast.core.measure.gaps import suspended_s
from holdfast.core.measure.run import RunView

__all__ = ["AROUND_SUSPEND_S", "MAX_APART", "SEVERITY_WEIGHT", "explain"]

SEVERITY_WEIGHT: Final = {Severity.ERROR: 3.0, Severity.WARNING: 2.0, Severity.INFO: 1.0}
"""How much a finding of each severity counts in the ranking."""

MAX_APART: Final = 6
"""More findings of one code are one that comes again and again."""

AROUND_SUSPEND_S: Final = (10.0, 30.0)
"""Requests that a suspended host had under way began at most so long before it slept (the
limits of an echo, a ping and a health request together); its connections, given up by
their peers meanwhile, are replaced within so long after."""

_MAX_CONSEQUENCES: Final = 20


def explain(run: RunView) -> list[Finding]:
    """Return what is wrong with the link, causes first, the weightiest at the top.

    Args:
        run: The run, or as much of it as there is so far.

    Returns:
        Causes by severity times confidence, then observations; ties by code and time.
    """
    lanes = lanes_of(run)
    found = [f for rule in RULES if rule.can_judge(lanes) for f in rule.check(run)]
    found = _while_awake(run, found)
    found = _gathered(_merge(_subordinate(_merge(found))))
    return sorted((_with_stream_ends(run, f) for f in found), key=_rank)


def _while_awake(run: RunView, found: list[Finding]) -> list[Finding]:
    """Leave out what happened only because the bench's own host slept."""
    spans = suspended_s(run)
    return [
        f
        for f in found
        if not any(
            start - AROUND_SUSPEND_S[0] <= f.from_s and f.to_s <= end + AROUND_SUSPEND_S[1]
            for start, end in spans
        )
    ]


def _rank(finding: Finding) -> tuple[bool, float, str, float]:
    weight = SEVERITY_WEIGHT[finding.severity] * finding.confidence
    return (finding.kind is FindingKind.OBSERVATION, -weight, finding.code, finding.from_s)


def _merge(found: list[Finding]) -> list[Finding]:
    """Join overlapping findings of one code and kind into one."""
    merged: list[Finding] = []
    key = lambda f: (f.code, f.kind, f.from_s, f.to_s)  # noqa: E731  # used twice, one line
    for _, group in groupby(sorted(found, key=key), key=lambda f: (f.code, f.kind)):
        last: Finding | None = None
        for finding in group:
            if last is not None and finding.from_s <= last.to_s:
                last = _joined(last, finding)
                continue
            if last is not None:
                merged.append(last)
            last = finding
        if last is not None:
            merged.append(last)
    return merged


def _gathered(found: list[Finding]) -> list[Finding]:
    """Join the findings of one code into one where there are too many to read."""
    gathered: list[Finding] = []
    for code in sorted({f.code for f in found}):
        for kind in FindingKind:
            alike = [f for f in found if f.code == code and f.kind is kind]
            if len(alike) <= MAX_APART:
                gathered += alike
                continue
            alike.sort(key=lambda f: (-f.confidence, f.from_s))
            one = alike[0]
            for other in alike[1:]:
                one = _joined(one, other)
            count = of_value(
                f"{len(alike)} separate times between {one.from_s:.0f} and {one.to_s:.0f} s",
                "times_total",
                observed=float(len(alike)),
            )
            evidence = (count, *one.evidence)[:MAX_EVIDENCE]
            gathered.append(msgspec.structs.replace(one, evidence=evidence))
    return gathered


def _joined(first: Finding, second: Finding) -> Finding:
    """Return one finding for two that overlap; the surer one speaks."""
    surer = second if second.confidence > first.confidence else first
    seen = list(dict.fromkeys((*first.evidence, *second.evidence)))
    codes = {r.code: r for r in (*second.ruled_out, *first.ruled_out)}
    return msgspec.structs.replace(
        surer,
        from_s=min(first.from_s, second.from_s),
        to_s=max(first.to_s, second.to_s),
        evidence=tuple(seen[:MAX_EVIDENCE]),
        ruled_out=tuple(codes[code] for code in sorted(codes)),
        consequences=_consequences(first.consequences + second.consequences),
    )


def _consequences(items: tuple[Consequence, ...]) -> tuple[Consequence, ...]:
    ordered = sorted({(c.at_s, c.code): c for c in items}.items(), key=lambda item: item[0])
    return tuple(c for _, c in ordered)[:_MAX_CONSEQUENCES]


def _subordinate(found: list[Finding]) -> list[Finding]:
    """Turn findings that another one explains into that one's consequences."""
    standing = list(found)
    for law in reversed(PRECEDENCE):  # inner causes gather first, outer ones inherit
        for cause in [f for f in standing if f.code == law.cause]:
            below = [f for f in standing if _explains(law, cause, f)]
            if not below:
                continue
            standing = [f for f in standing if f not in below]
            bound = tuple(
                Consequence(code=f.code, at_s=f.from_s, text=f"{f.title}: {law.why}") for f in below
            )
            place = standing.index(cause)
            inherited = tuple(c for f in below for c in f.consequences)
            standing[place] = msgspec.structs.replace(
                cause, consequences=_consequences(cause.consequences + bound + inherited)
            )
    return standing


def _explains(law: Explains, cause: Finding, other: Finding) -> bool:
    if other.code not in law.explained or FindingKind.OBSERVATION in (cause.kind, other.kind):
        return False
    from_s, to_s = cause.from_s - law.slack_s, cause.to_s + law.slack_s
    inside_s = min(other.to_s, to_s) - max(other.from_s, from_s)
    if inside_s < 0:
        return False
    length_s = other.to_s - other.from_s
    return length_s == 0 or inside_s >= law.overlap * length_s


_ENDS_STREAMS: Final = frozenset(
    {
        "device-reboot",
        "host-unreachable",
        "observer-side",
        "socket-exhaustion",
        "wifi-dropout",
    }
)
_FOREIGN_ENDS: Final = (CloseClass.BY_PEER, CloseClass.RESET, CloseClass.SILENT, None)


def _with_stream_ends(run: RunView, finding: Finding) -> Finding:
    """Add the streams that ended in a cause's interval to its consequences."""
    if finding.code not in _ENDS_STREAMS:
        return finding
    ended = tuple(
        Consequence(code="stream-closed", at_s=hold.to_s, text=f"stream {hold.session.session}")
        for hold in holds(run)
        if hold.session.ended_s is not None
        and hold.session.close in _FOREIGN_ENDS
        and finding.from_s - 1.0 <= hold.to_s <= finding.to_s + 20.0
    )
    if not ended:
        return finding
    return msgspec.structs.replace(
        finding, consequences=_consequences(finding.consequences + ended)
    )
