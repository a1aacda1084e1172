"""A run's tables: figures, percentiles, outcomes, facts and notes, as words for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.adapters.render.lanes import Trouble, ordered_targets, target_title
from holdfast.adapters.render.wording import OUTCOME_WORDS, measured, seconds, slug_words, stamp
from holdfast.core.journal.events import Outcome, Run, RunPhase
from holdfast.core.measure.gaps import data_instants_s
from holdfast.core.measure.latency import latency
from holdfast.core.measure.summary import ALL
from holdfast.core.redact import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.core.measure.run import RunView

__all__ = [
    "FigureRow",
    "NoteRow",
    "OutcomeRow",
    "OutcomeTable",
    "PercentileRow",
    "Tile",
    "TroubleRow",
    "early_end",
    "key_figures",
    "note_rows",
    "outcome_table",
    "percentile_rows",
    "run_facts",
    "tiles",
    "trouble_rows",
]

_FIGURES: Final = (
    ("ICMP echo answered", "icmp.ok_ratio"),
    ("Control target answered", "control.ok_ratio"),
    ("HTTP ping answered", "ping.ok_ratio"),
    ("HTTP health answered", "health.ok_ratio"),
    ("All HTTP answered", "http.ok_ratio"),
    ("HTTP segments sent again", "http.retransmits_total"),
    ("Stream continuity", "stream.continuity"),
    ("Longest gap", "stream.gap_max_s"),
    ("Gaps", "stream.gaps_total"),
    ("Gaps per 10 min", "stream.gaps_per_600_s"),
    ("Longest session", "stream.longest_session_s"),
    ("Stream attempts that opened", "stream.open_ratio"),
    ("Stream attempts turned away", "stream.refused_total"),
    ("Messages", "stream.messages_total"),
    ("Torn frames", "stream.torn_total"),
    ("Stream segments sent again", "stream.retransmits_total"),
    ("Reboots", "device.reboots_total"),
    ("Least free heap", "heap.free_min_bytes"),
    ("Heap trend", "heap.slope_bytes_per_s"),
    ("Mean signal strength", "rssi.mean_dbm"),
    ("Wi-Fi disconnects", "wifi.disconnects_total"),
)
_TILES: Final = (
    ("HTTP ping", "ping.ok_ratio", "ping.failed_total", "ping.sent_total"),
    ("HTTP health", "health.ok_ratio", "health.failed_total", "health.sent_total"),
    ("ICMP echo", "icmp.ok_ratio", "icmp.failed_total", "icmp.sent_total"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the first screen; ``state`` is good, bad or empty."""

    name: str
    value: str
    note: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A key figure, after warm-up and over the whole run."""

    name: str
    after: str
    whole: str


@dataclass(frozen=True, slots=True)
class PercentileRow:
    """p50, p95, p99 and maximum of one round trip."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """How often an outcome was seen, per target."""

    slug: str
    words: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """Outcomes by target."""

    columns: tuple[str, ...]
    rows: tuple[OutcomeRow, ...]


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note of the bench, and when."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """A trouble in words."""

    at: str
    length: str
    lane: str
    what: str
    count: int
    detail: str


def key_figures(values: Mapping[str, float | None]) -> list[FigureRow]:
    """Return the figures that were measured at all."""
    return [
        FigureRow(name, measured(key, values.get(key)), measured(key, values.get(ALL + key)))
        for name, key in _FIGURES
        if values.get(ALL + key) is not None
    ]


def tiles(values: Mapping[str, float | None]) -> list[Tile]:
    """Return the first screen's figures, over the whole run: nothing is explained away."""
    found = []
    for name, ratio, failed, sent in _TILES:
        if (share := values.get(ALL + ratio)) is not None:
            bad, of = values.get(ALL + failed) or 0, values.get(ALL + sent) or 0
            note = f"{bad:,.0f} of {of:,.0f} failed" if bad else f"all {of:,.0f} answered"
            found.append(Tile(name, measured(ratio, share), note, "bad" if bad else "good"))
    if (kept := values.get(f"{ALL}stream.continuity")) is not None:
        gaps = values.get(f"{ALL}stream.gaps_total") or 0
        longest = seconds(values.get(f"{ALL}stream.gap_max_s"))
        noun = "gap" if gaps == 1 else "gaps"
        note = f"{gaps:,.0f} {noun}, longest {longest}" if gaps else "no gap"
        shown = measured("stream.continuity", kept)
        found.append(Tile("Stream continuity", shown, note, "bad" if gaps else "good"))
    if (median := values.get(f"{ALL}ping.p50_s")) is not None:
        note = f"p95 {seconds(values.get(f'{ALL}ping.p95_s'))}"
        found.append(Tile("HTTP ping, median", seconds(median), note))
    return found


def percentile_rows(run: RunView, from_s: float) -> list[PercentileRow]:
    """Return the percentiles of each round trip from ``from_s`` on, answered requests only."""
    rows = []
    for target in ordered_targets(run.targets):
        table = run.probes(target)
        mask = table.is_ok & (table.at_s >= from_s)
        is_icmp = target in ("icmp", "control")
        took_s = table.first_byte_s if is_icmp else table.total_s
        rows.append(_percentiles(target_title(target), took_s[mask]))
        if not is_icmp:
            rows.append(_percentiles("… until connected", table.connect_s[mask]))
    messages_s = data_instants_s(run)
    rows.append(_percentiles("Between messages", np.diff(messages_s[messages_s >= from_s])))
    beats_s = [trip for s in run.sessions for at, trip in s.heartbeats if at >= from_s]
    rows.append(_percentiles("Heartbeat", np.array(beats_s)))
    return [row for row in rows if row is not None]


def _percentiles(name: str, took_s: NDArray[np.float64]) -> PercentileRow | None:
    found = latency(took_s)
    if found is None:
        return None
    cells = (found.p50_s, found.p95_s, found.p99_s, found.max_s)
    return PercentileRow(name, tuple(map(seconds, cells)))


def outcome_table(run: RunView) -> OutcomeTable:
    """Return how often each outcome occurred on each target, warm-up included."""
    columns = ordered_targets(run.targets)
    rows = []
    for outcome in Outcome:
        counts = tuple(int(np.sum(run.probes(target).has(outcome))) for target in columns)
        if any(counts):
            rows.append(OutcomeRow(outcome.value, OUTCOME_WORDS[outcome], counts))
    return OutcomeTable(tuple(printable(target, 30) for target in columns), tuple(rows))


def trouble_rows(troubles: Sequence[Trouble]) -> list[TroubleRow]:
    """Return troubles as rows of words."""
    return [
        TroubleRow(stamp(t.from_s), seconds(t.to_s - t.from_s), t.lane, t.what, t.count, t.detail)
        for t in troubles
    ]


def early_end(run: RunView) -> str:
    """Return why the run ended before its plan, as "was aborted: ..."; ``""`` if it did not."""
    return next((_ended(milestone) for milestone in _early_ends(run)), "")


def _early_ends(run: RunView) -> list[Run]:
    return [m for m in run.milestones if m.phase in (RunPhase.ABORTED, RunPhase.INTERRUPTED)]


def _ended(milestone: Run) -> str:
    why = f": {printable(milestone.text, 400)}" if milestone.text else ""
    return f"was {milestone.phase}{why}"


def note_rows(run: RunView) -> list[NoteRow]:
    """Return what the run could not see, then its notes, like ones once."""
    unseen = [NoteRow("", text) for text in _unseen(run)]
    seen: dict[tuple[str, str], NoteRow] = {}
    for note in run.notes:
        text = printable(note.text, 400) or slug_words(note.about)
        seen.setdefault((note.about, note.text), NoteRow(stamp(note.at_s), text))
    for milestone in _early_ends(run):
        text = f"The run {_ended(milestone)}"
        seen[milestone.phase, ""] = NoteRow(
            stamp(milestone.at_s), text if milestone.text else f"{text}."
        )
    return unseen + list(seen.values())


def _unseen(run: RunView) -> list[str]:
    """Return what this run has no evidence of, and what therefore stays open."""
    icmp = run.probes("icmp")
    rows = (
        (
            not len(icmp) or icmp.has(Outcome.NOT_PERMITTED).all(),
            "No ICMP: a device that is gone and one that is too busy to answer look more alike.",
        ),
        (
            not len(run.probes("control")),
            "No control target: trouble of the bench's own network cannot be told apart.",
        ),
        (not run.sessions, "No stream was tried, so nothing is said of it."),
        (not run.logs, "No log of the device was read: reasons for reboots stay unknown."),
        (not run.samples, "The device told nothing of its heap, signal or uptime."),
    )
    return [text for is_missing, text in rows if is_missing]


def run_facts(run: RunView) -> list[tuple[str, str]]:
    """Return what the run was: nothing that names the bench's user or host."""
    header = run.header
    planned = seconds(header.duration_s) if header.duration_s else ""
    facts = [
        ("Target", header.target),
        ("Began", header.wall_at.replace("T", " ")),
        ("Measured", seconds(run.end_s) + (f" of {planned} planned" if planned else "")),
        ("Plan", header.plan),
        ("Profile", header.profile),
        ("Tick", seconds(header.tick_s) if header.tick_s else ""),
        ("Warm-up", seconds(header.warmup_s) if header.warmup_s else ""),
        ("Seed", "" if header.imported_from else str(header.seed)),
        ("Imported from", header.imported_from),
        ("Events", f"{len(run.events):,}"),
        ("Journal format", str(header.format)),
        ("Tool", header.tool),
    ]
    return [(name, printable(value, 200)) for name, value in facts if value]
