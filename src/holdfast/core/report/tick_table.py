"""A run as one row a tick: what ``network.tsv``, the aligned view and the summary share.

Laws:
    - A row covers the time from its tick to the next: probes, samples and messages belong
      to the last tick at or before them, an imported activity to the one at its end.
    - Cells that the original repeats (device values) or counts up nominally (age of the
      last ``/health``) do so here too.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from holdfast.core.journal.events import Outcome, Probe, Sample
from holdfast.core.measure.gaps import ASSUMED, data_instants_s
from holdfast.core.measure.run import RunView, StreamSession

__all__ = ["VITALS", "TickRow", "tick_rows", "time_of_day"]

_DAY_S: Final = 86_400.0

VITALS: Final = ("rssi_dbm", "wifi_disconnects", "wifi_reconnects", "heap_free_bytes", "uptime_s")
"""Device values of a row, by canonical name, in the order of the columns."""


@dataclass(slots=True)
class TickRow:
    """What happened from one tick to the next.

    Attributes:
        clock: Wall-clock time of the tick, ``HH:MM:SS``.
        at_s: Time of the tick on the run's clock.
        elapsed_s: When the tick was due, whole seconds.
        probes: First probe of each target.
        health_age_s: Nominal age of the last ``/health``, answered or not; ``None``
            before the first.
        vitals: Last known device values.
        stream_bytes: Bytes of the stream; ``None`` where none was watched.
        stream_messages: Its messages; ``None`` where single ones are not known.
        stream_gap_s: Longest silence that lasted into or ended in this row.
        stream_state: ``opening``, ``open``, ``refused`` or ``closed``, at its end.
    """

    clock: str
    at_s: float
    elapsed_s: int
    probes: dict[str, Probe] = field(default_factory=dict)
    health_age_s: float | None = None
    vitals: dict[str, float] = field(default_factory=dict)
    stream_bytes: int | None = None
    stream_messages: int | None = None
    stream_gap_s: float | None = None
    stream_state: str = ""

    def is_ok(self, target: str) -> bool | None:
        """Return the original's word for a probe: code 200, or answered as expected.

        ``None`` where there was none, or this host may not send it.
        """
        probe = self.probes.get(target)
        if probe is None or probe.outcome is Outcome.NOT_PERMITTED:
            return None
        return probe.outcome.is_ok or probe.status == 200


def time_of_day(run: RunView, at_s: float) -> str:
    """Return the bench's wall-clock time at ``at_s`` as ``HH:MM:SS``.

    Where the header has no time, it counts from midnight.
    """
    try:
        start = datetime.fromisoformat(run.header.wall_at)
        start_s = (start.hour * 60 + start.minute) * 60 + start.second + start.microsecond / 1e6
    except ValueError:
        start_s = 0.0
    # Not by datetime: a damaged journal's time must not overflow.
    second = int((start_s + at_s) % _DAY_S)
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def tick_rows(run: RunView) -> list[TickRow]:
    """Return the run's rows; none where it has no ticks."""
    times = [tick.at_s for tick in run.ticks]
    rows = [
        TickRow(
            clock=time_of_day(run, tick.at_s),
            at_s=tick.at_s,
            # A nanosecond for the rounding of n * tick_s.
            elapsed_s=int(max(0.0, tick.due_s) + 1e-9),
        )
        for tick in run.ticks
    ]
    if rows:
        _add_probes(run, rows, times)
        _add_vitals(run, rows, times)
        if run.sessions and not any(note.about == ASSUMED for note in run.notes):
            _add_stream(run, rows, times)
    return rows


def _row_at(times: list[float], at_s: float) -> int:
    return max(0, bisect_right(times, at_s) - 1)


def _add_probes(run: RunView, rows: list[TickRow], times: list[float]) -> None:
    for target in run.targets:
        for probe in run.probe_events(target):
            rows[_row_at(times, probe.at_s)].probes.setdefault(target, probe)
    tick_s = run.header.tick_s or 5.0
    age_s: float | None = None
    for row in rows:
        if "health" in row.probes:
            age_s = 0.0
        elif age_s is not None:
            age_s += tick_s
        row.health_age_s = age_s


def _add_vitals(run: RunView, rows: list[TickRow], times: list[float]) -> None:
    samples = [s for s in run.samples if s.source == "health"] or run.samples
    new: dict[int, dict[str, float]] = {}
    for sample in samples:
        if values := _vitals(sample):
            new[_row_at(times, sample.at_s)] = values
    last: dict[str, float] = {}
    for place, row in enumerate(rows):
        last = new.get(place, last)
        row.vitals = last


def _vitals(sample: Sample) -> dict[str, float]:
    return {
        name: float(value)
        for name in VITALS
        if isinstance(value := sample.values.get(name), int | float) and not isinstance(value, bool)
    }


def _add_stream(run: RunView, rows: list[TickRow], times: list[float]) -> None:
    sessions = run.sessions
    sizes = np.zeros(len(rows), dtype=np.int64)
    for session in sessions:
        places = np.searchsorted(times, session.message_at_s, side="right") - 1
        np.add.at(sizes, np.maximum(places, 0), session.message_bytes)
        for _, to_s, size_bytes in session.activity:
            sizes[_row_at(times, to_s)] += size_bytes
    changes = sorted(
        (at_s, order, state)
        for order, session in enumerate(sessions)
        for at_s, state in _states(session)
    )
    ends = [*times[1:], max(run.end_s, times[-1])]
    change_at_s = [at_s for at_s, _, _ in changes]
    for place, row in enumerate(rows):
        row.stream_bytes = int(sizes[place])
        is_last = place + 1 == len(rows)
        before = len(changes) if is_last else _count_before(change_at_s, ends[place])
        row.stream_state = changes[before - 1][2][1:] if before else ""
    if any(session.activity for session in sessions):
        _add_known_gaps(sessions, rows, ends)
    else:
        _add_silences(run, rows, ends)


def _count_before(at_s: list[float], limit_s: float) -> int:
    count = bisect_right(at_s, limit_s)
    while count and at_s[count - 1] >= limit_s:
        count -= 1
    return count


def _states(session: StreamSession) -> list[tuple[float, str]]:
    """Return the session's states with a digit that keeps those of one instant in order."""
    states = [(session.opening_s, "0opening")]
    if session.opened_s is not None:
        states.append((session.opened_s, "1open"))
    if session.ended_s is not None:
        states.append((session.ended_s, "2refused" if session.is_refused else "2closed"))
    return states


def _add_known_gaps(sessions: list[StreamSession], rows: list[TickRow], ends: list[float]) -> None:
    gaps = [(g.at_s, g.at_s + (g.for_s or 0.0)) for s in sessions for g in s.gaps]
    for row, end_s in zip(rows, ends, strict=True):
        inside = [to_s - from_s for from_s, to_s in gaps if from_s < end_s and to_s > row.at_s]
        row.stream_gap_s = max(inside, default=None)


def _add_silences(run: RunView, rows: list[TickRow], ends: list[float]) -> None:
    instants = data_instants_s(run)
    first_s = run.sessions[0].opening_s
    for row, end_s in zip(rows, ends, strict=True):
        low, high = np.searchsorted(instants, [row.at_s, end_s])
        row.stream_messages = int(high - low)
        if end_s <= first_s:
            continue
        before_s = instants[low - 1] if low else first_s
        marks = np.concatenate(([before_s], instants[low:high], [end_s]))
        row.stream_gap_s = float(np.diff(marks).max())
