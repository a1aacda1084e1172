"""Continuity of the live stream: its gaps, over sessions and the time between them.

Laws:
    - A silence is the time between two signs of data, whichever sessions they came
      in; a silence *longer* than the gap limit is a gap, one of exactly the limit is not.
    - The stream is due from its first attempt to the end of the run, or to the moment
      at which the bench itself closed it for good. A stream that never opened is one gap.
    - Within a window, silence is measured as if nothing were known outside it.
    - Time during which the bench itself was suspended does not exist.
    - Imported activity is coarse: data came somewhere in each interval that has bytes,
      so only time outside such intervals is silence, and a gap's length a lower bound.
    - A stream that sends on change only (no interval) is live while it is open, but for
      the gaps its observer recorded.

Source: document 000 ("stays connected >= 10 minutes with no gaps > 3 seconds").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.journal.events import CloseClass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import RunView, StreamSession

__all__ = [
    "ASSUMED",
    "Continuity",
    "continuity",
    "data_instants_s",
    "gap_limit_s",
    "stream_settings",
    "suspended_s",
]

ASSUMED: Final = "stream-assumed"
"""Note of an import whose recording has no stream column: nothing is known of the stream."""

_GAP_LIMIT_S: Final = 3.0  # document 000
_ON_CHANGE: Final = "none"
_CLOCK_S: Final = 1e-9
"""Differences below one nanosecond are the rounding of floats, not time."""


@dataclass(frozen=True, slots=True)
class Continuity:
    """The gaps of one window in which a stream was due.

    Attributes:
        from_s: Start of the window, seconds on the run's clock.
        to_s: Its end.
        window_s: Its length, the bench's own suspends taken out; above 0.
        limit_s: Silence longer than this is a gap.
        at_s: Start of each gap, shape ``(n_gaps,)``.
        for_s: Length of each gap, suspends taken out, shape ``(n_gaps,)``.
        silence_max_s: Longest silence, gap or not.
    """

    from_s: float
    to_s: float
    window_s: float
    limit_s: float
    at_s: NDArray[np.float64]
    for_s: NDArray[np.float64]
    silence_max_s: float

    @property
    def ratio(self) -> float:
        """Share of the window that is not gap, 0 to 1."""
        return max(0.0, 1.0 - float(self.for_s.sum()) / self.window_s)

    @property
    def gap_max_s(self) -> float:
        """Longest gap; 0 without gaps."""
        return float(self.for_s.max(initial=0.0))


def stream_settings(interval_s: float | None, limit_s: float) -> dict[str, str]:
    """Return the header settings from which gaps are measured later.

    Args:
        interval_s: Expected time between messages; ``None`` for a stream on change only.
        limit_s: Silence longer than this is a gap.
    """
    interval = _ON_CHANGE if interval_s is None else repr(interval_s)
    return {"stream.interval_s": interval, "stream.gap_limit_s": repr(limit_s)}


def gap_limit_s(run: RunView) -> float:
    """Return the silence beyond which this run speaks of a gap, 3 s where it does not say."""
    try:
        limit_s = float(run.header.settings.get("stream.gap_limit_s", _GAP_LIMIT_S))
    except ValueError:
        return _GAP_LIMIT_S
    return limit_s if 0.0 < limit_s < float("inf") else _GAP_LIMIT_S


def data_instants_s(run: RunView) -> NDArray[np.float64]:
    """Return the arrival times of all messages of all sessions in order, shape ``(n,)``."""
    parts = [np.asarray(s.message_at_s, dtype=float) for s in run.sessions if s.message_at_s]
    return np.sort(np.concatenate(parts)) if parts else np.empty(0)


def suspended_s(run: RunView) -> NDArray[np.float64]:
    """Return the spans in which the bench slept, disjoint and in order, shape ``(n, 2)``.

    A span ends early at the next thing recorded: who writes is awake. So a clock that
    stood still during the suspend loses nothing.
    """
    steps = [s for s in run.clock_steps if s.what == "suspend" and s.by_s > 0.0]
    if not steps:
        return np.empty((0, 2))
    at_s = np.array([e.at_s for e in run.events])
    starts = np.array([s.at_s for s in steps])
    after = np.searchsorted(at_s, starts, side="right")
    next_s = np.append(at_s, np.inf)[after]
    ends = np.minimum(starts + np.array([s.by_s for s in steps]), next_s)
    return _merged(starts, ends)


def continuity(
    run: RunView, from_s: float, to_s: float, *, limit_s: float | None = None
) -> Continuity | None:
    """Measure the stream's gaps within a window.

    Args:
        run: The run.
        from_s: Start of the window, seconds on the run's clock.
        to_s: Its end.
        limit_s: Silence longer than this is a gap; the run's own limit by default.

    Returns:
        The gaps, or ``None`` where no stream was due in the window or nothing is
        known of it.
    """
    due = _due(run)
    if due is None:
        return None
    low, high = max(from_s, due[0]), min(to_s, due[1])
    asleep = suspended_s(run)
    window_s = high - low - float(_overlap(asleep, np.array([low]), np.array([high]))[0])
    if window_s <= _CLOCK_S:
        return None
    starts, ends = _silences(_live(run), low, high)
    net = ends - starts - _overlap(asleep, starts, ends)
    limit_s = gap_limit_s(run) if limit_s is None else limit_s
    is_gap = net > limit_s + _CLOCK_S
    return Continuity(
        from_s=low,
        to_s=high,
        window_s=window_s,
        limit_s=limit_s,
        at_s=starts[is_gap],
        for_s=net[is_gap],
        silence_max_s=float(net.max(initial=0.0)),
    )


def _due(run: RunView) -> tuple[float, float] | None:
    """Return from when to when a stream was due."""
    sessions = run.sessions
    if not sessions or any(note.about == ASSUMED for note in run.notes):
        return None
    last = sessions[-1]
    if last.ended_s is not None and last.close is CloseClass.BY_US:
        return sessions[0].opening_s, last.ended_s
    return sessions[0].opening_s, run.end_s


def _live(run: RunView) -> NDArray[np.float64]:
    """Return the spans, shape ``(n, 2)``, in which data is known or taken to have come."""
    instants = data_instants_s(run)
    parts = [np.column_stack((instants, instants))]
    for session in run.sessions:
        spans = [(a, b) for a, b, size in session.activity if size > 0]
        if spans:
            parts.append(np.array(spans, dtype=float))
    if run.header.settings.get("stream.interval_s") == _ON_CHANGE:
        parts += [_open(session, run.end_s) for session in run.sessions]
    return np.concatenate(parts)


def _open(session: StreamSession, end_s: float) -> NDArray[np.float64]:
    """Return the spans, shape ``(n, 2)``, in which a session was open and not in a gap."""
    if session.opened_s is None:
        return np.empty((0, 2))
    until_s = end_s if session.ended_s is None else session.ended_s
    gaps = np.array([(g.at_s, g.at_s + (g.for_s or 0.0)) for g in session.gaps]).reshape(-1, 2)
    starts, ends = _silences(gaps, session.opened_s, until_s)
    return np.column_stack((starts, ends))


def _silences(
    live: NDArray[np.float64], low: float, high: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return starts and ends of what ``live`` spans leave uncovered of a window."""
    inside = live[(live[:, 1] >= low) & (live[:, 0] <= high)]
    inside = inside[np.argsort(inside[:, 0], kind="stable")]
    reach = np.maximum.accumulate(np.concatenate(([low], inside[:, 1])))
    begin = np.concatenate((inside[:, 0], [high]))
    is_open = begin > reach
    return reach[is_open], begin[is_open]


def _merged(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the union of spans as disjoint spans in order, shape ``(n, 2)``."""
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    is_new = np.concatenate(([True], starts[1:] > reach[:-1]))
    is_last = np.concatenate((is_new[1:], [True]))
    return np.column_stack((starts[is_new], reach[is_last]))


def _overlap(
    spans: NDArray[np.float64], starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much of each ``[start, end]`` the disjoint ``spans`` cover, in seconds."""
    if not len(spans):
        return np.zeros_like(starts)
    edges = spans.ravel()
    total = np.concatenate(([0.0], np.cumsum(np.diff(spans, axis=1).ravel())))
    covered = np.column_stack((total[:-1], total[1:])).ravel()
    slept = np.interp(ends, edges, covered) - np.interp(starts, edges, covered)
    return np.asarray(slept, dtype=float)
