"""A run as lanes: what happened on each observer, as marks under one time axis.

Laws:
    - Every failure is a mark; nothing is left out for being one of many.
    - Marks are grouped by kind, and a kind is told from others by its shape as well as
      by its colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.adapters.render.wording import (
    FAMILIES,
    OUTCOME_WORDS,
    seconds,
    slug_words,
)
from holdfast.core.journal.events import CloseClass, Outcome
from holdfast.core.measure.gaps import continuity
from holdfast.core.measure.run import OUTCOMES
from holdfast.core.redact import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from holdfast.core.measure.run import ProbeTable, RunView, StreamSession

__all__ = [
    "KINDS",
    "TARGET_TITLES",
    "Lane",
    "Marks",
    "Trouble",
    "lanes",
    "ordered_targets",
    "target_title",
    "troubles",
]

TARGET_TITLES: Final[Mapping[str, str]] = {
    "icmp": "ICMP echo",
    "control": "ICMP to the control target",
    "ping": "HTTP ping",
    "health": "HTTP health",
    "metrics": "HTTP metrics",
}
"""Targets in the order in which they are shown, with their names for people."""

KINDS: Final[Mapping[str, str]] = {
    "ok": "answered",
    "late": "answered late",
    "unconnected": "no connection",
    "silent": "no complete answer",
    "cut": "cut off",
    "wrong": "wrong answer",
    "unseen": "not measured",
    "open": "stream open",
    "gap": "gap",
    "refused": "attempt failed",
    "ended": "stream ended",
    "torn": "torn frame",
    "error": "log: error",
    "warning": "log: warning",
    "info": "log: other",
    "boot": "device boot",
    "clock": "bench clock jumped or slept",
}
"""What each kind of mark means, in the order of the legend."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of one kind; both columns have shape ``(n,)``, in order of ``from_s``.

    Attributes:
        kind: A key of ``KINDS``.
        from_s: Starts, on the run's clock.
        to_s: Ends.
    """

    kind: str
    from_s: NDArray[np.float64]
    to_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lane:
    """One observer's row of the timeline.

    Attributes:
        title: Its name.
        summary: What it came to, in a few words.
        extra: More of it, where there is room; ``""`` for none.
        marks: Groups of marks; later ones are drawn over earlier ones.
    """

    title: str
    summary: str
    marks: tuple[Marks, ...]
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Like failures in a row, as one line of a table.

    Attributes:
        from_s: Start of the first.
        to_s: End of the last.
        lane: Title of the lane.
        what: What went wrong.
        count: How many there were.
        detail: What the observer added, made printable.
    """

    from_s: float
    to_s: float
    lane: str
    what: str
    count: int = 1
    detail: str = ""


def target_title(target: str) -> str:
    """Return the name of a probe's target for people."""
    return TARGET_TITLES.get(target) or f"HTTP {printable(target, 40)}"


def ordered_targets(targets: Iterable[str]) -> list[str]:
    """Return targets in the order in which they are shown."""
    known = list(TARGET_TITLES)
    return sorted(targets, key=lambda t: (known.index(t) if t in known else len(known), t))


def lanes(run: RunView) -> list[Lane]:
    """Return the lanes of ``run`` that have anything to show, in reading order."""
    rows = [_probe_lane(target, run.probes(target)) for target in ordered_targets(run.targets)]
    if run.sessions:
        rows.append(_stream_lane(run))
    rows += [_log_lane(run, origin) for origin in sorted({line.origin for line in run.logs})]
    if run.clock_steps:
        steps = [(s.at_s, s.at_s + (s.by_s if s.what == "suspend" else 0)) for s in run.clock_steps]
        rows.append(Lane("Bench clock", _count(len(steps), "step"), (_marks("clock", steps),)))
    return rows


def _count(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _marks(kind: str, spans: Iterable[tuple[float, float]]) -> Marks:
    table = np.array(sorted(spans), dtype=float).reshape(-1, 2)
    return Marks(kind, table[:, 0], np.maximum(table[:, 0], table[:, 1]))


def _probe_lane(target: str, table: ProbeTable) -> Lane:
    to_s = table.at_s + table.total_s
    groups = []
    for kind in KINDS:
        outcomes = [o for o, family in FAMILIES.items() if family == kind]
        mask = table.has(*outcomes) if outcomes else np.zeros(len(table), bool)
        if mask.any():
            groups.append(Marks(kind, table.at_s[mask], to_s[mask]))
    seen = len(table) - int(table.has(Outcome.NOT_PERMITTED).sum())
    summary = f"{int(table.is_ok.sum()):,} of {seen:,} answered" if seen else "not permitted"
    return Lane(target_title(target), summary, tuple(groups))


def _until(run: RunView, session: StreamSession) -> float:
    return run.end_s if session.ended_s is None else session.ended_s


def _gaps(run: RunView) -> list[tuple[float, float]]:
    found = continuity(run, 0.0, run.end_s)
    if found is None:
        return []
    return [(float(a), float(a + f)) for a, f in zip(found.at_s, found.for_s, strict=True)]


def _stream_lane(run: RunView) -> Lane:
    sessions = run.sessions
    gaps = _gaps(run)
    opened = [(s.opened_s, _until(run, s)) for s in sessions if s.opened_s is not None]
    groups = [_marks("open", opened), _marks("gap", gaps)]
    refused = [(s.opening_s, _until(run, s)) for s in sessions if s.is_refused]
    groups.append(_marks("refused", refused))
    ended = [
        (s.ended_s, s.ended_s)
        for s in sessions
        if s.opened_s is not None and s.ended_s is not None and s.close is not CloseClass.BY_US
    ]
    groups.append(_marks("ended", ended))
    groups.append(_marks("torn", [(t.at_s, t.at_s) for s in sessions for t in s.torn]))
    words = [_count(len(opened), "session")]
    if refused:
        words.append(_count(len(refused), "failed attempt"))
    longest = f", longest {seconds(max(b - a for a, b in gaps))}" if gaps else ""
    summary = (_count(len(gaps), "gap") if gaps else "no gap") + longest
    marks = tuple(g for g in groups if len(g.from_s))
    return Lane("Live stream", summary, marks, extra=" · ".join(words))


def _log_lane(run: RunView, origin: str) -> Lane:
    lines = [line for line in run.logs if line.origin == origin]
    boots: dict[int, float] = {}
    for line in lines:
        if line.boot:
            boots.setdefault(line.boot, line.at_s)
    kinds: dict[str, list[tuple[float, float]]] = {"info": [], "warning": [], "error": []}
    for line in lines:
        kind = {"E": "error", "W": "warning"}.get(line.level, "info")
        kinds[kind].append((line.at_s, line.at_s))
    groups = [_marks(kind, spans) for kind, spans in kinds.items() if spans]
    # The first boot seen may be older than the log itself; only later ones are events.
    later = [(at, at) for boot, at in boots.items() if boot > min(boots)]
    if later:
        groups.append(_marks("boot", later))
    words = [_count(len(lines), "line")]
    if kinds["error"]:
        words.append(_count(len(kinds["error"]), "error"))
    if later:
        words.append(_count(len(later), "boot"))
    return Lane(f"Log: {slug_words(origin)}", " · ".join(words), tuple(groups))


def troubles(run: RunView) -> list[Trouble]:
    """Return everything that went wrong, like failures in a row as one, in order of time."""
    rows: list[Trouble] = []
    for target in run.targets:
        rows += _probe_troubles(run, target)
    rows += _stream_troubles(run)
    for step in run.clock_steps:
        what = "host slept" if step.what == "suspend" else "wall clock jumped"
        rows.append(Trouble(step.at_s, step.at_s, "Bench clock", f"{what} by {seconds(step.by_s)}"))
    return sorted(rows, key=lambda t: (t.from_s, t.lane))


def _probe_troubles(run: RunView, target: str) -> Iterable[Trouble]:
    table, probes = run.probes(target), run.probe_events(target)
    quiet = table.is_ok & ~table.has(Outcome.OK_LATE)
    code = np.where(quiet | table.has(Outcome.NOT_PERMITTED), -1, table.outcome)
    edges = np.flatnonzero(np.diff(code)) + 1
    for first, last in zip([0, *edges], [*edges, len(code)], strict=True):
        if first == last or code[first] < 0:
            continue
        outcome = OUTCOMES[int(code[first])]
        details = {p.detail for p in probes[first:last] if p.detail}
        yield Trouble(
            from_s=float(table.at_s[first]),
            to_s=float(table.at_s[last - 1] + table.total_s[last - 1]),
            lane=target_title(target),
            what=OUTCOME_WORDS[outcome] + _status(probes[first].status, outcome),
            count=int(last - first),
            detail=printable("; ".join(sorted(details)), 160),
        )


def _status(status: int | None, outcome: Outcome) -> str:
    return f" {status}" if outcome is Outcome.BAD_STATUS and status is not None else ""


def _stream_troubles(run: RunView) -> Iterable[Trouble]:
    for from_s, to_s in _gaps(run):
        yield Trouble(from_s, to_s, "Live stream", f"gap of {seconds(to_s - from_s)}")
    pending: Trouble | None = None
    for session in run.sessions:
        row = _session_trouble(run, session)
        if (
            pending
            and row
            and session.is_refused
            and (pending.what, pending.detail)
            == (
                row.what,
                row.detail,
            )
        ):
            count = pending.count + 1
            pending = Trouble(pending.from_s, row.to_s, row.lane, row.what, count, row.detail)
            continue
        if pending:
            yield pending
        pending = row
        for torn in session.torn:
            detail = printable(torn.detail, 160)
            yield Trouble(torn.at_s, torn.at_s, "Live stream", "torn frame", detail=detail)
    if pending:
        yield pending


def _session_trouble(run: RunView, session: StreamSession) -> Trouble | None:
    if session.end is None or session.close is CloseClass.BY_US:
        return None
    why = slug_words(session.close) if session.close else "bytes ceased"
    if session.end.status is not None and session.is_refused:
        why = f"status {session.end.status}"
    if session.end.code is not None:
        why += f", code {session.end.code}"
    what = "attempt failed" if session.is_refused else "stream ended"
    start = session.opening_s if session.is_refused else session.ended_s
    detail = printable(session.end.detail, 160)
    return Trouble(start or 0.0, _until(run, session), "Live stream", f"{what}: {why}", 1, detail)
