"""Holds: when the live stream was open, when it was silent, when it kept the server busy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.lanes import UNANSWERED, icmp, nearest, tick_s
from holdfast.core.explain.memo import once_per_run
from holdfast.core.journal.events import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import ProbeTable, RunView, StreamSession

__all__ = [
    "Block",
    "Hold",
    "Silence",
    "blocks",
    "blocks_by_phases",
    "gap_limit_s",
    "holds",
    "is_stream_assumed",
    "silences",
]


@dataclass(frozen=True, slots=True)
class Hold:
    """A time during which one stream session was open.

    An imported run knows the stream only by bytes per tick: the session began somewhere
    in the first active tick and ended somewhere in the last, so what is certain is less
    than what is possible.

    Attributes:
        session: The session.
        from_s: Earliest moment at which it may have been open.
        to_s: Latest such moment.
        sure_from_s: From here it was certainly open.
        sure_to_s: Until here.
        life_s: Moments at which bytes of it are known to have come, shape ``(n,)``.
    """

    session: StreamSession
    from_s: float
    to_s: float
    sure_from_s: float
    sure_to_s: float
    life_s: NDArray[np.float64]


@once_per_run
def holds(run: RunView) -> list[Hold]:
    """Return the holds of all sessions that were ever open."""
    end_s = run.end_s
    found = []
    for session in run.sessions:
        if session.opened_s is None:
            continue
        active = [row for row in session.activity if row[2] > 0]
        if active:
            life_s = np.array([row[1] for row in active])
            found.append(
                Hold(session, active[0][0], active[-1][1], active[0][1], active[-1][0], life_s)
            )
            continue
        to_s = end_s if session.ended_s is None else session.ended_s
        heard = [*session.message_at_s, *(at for at, _ in session.heartbeats)]
        life_s = np.sort(np.array(heard, dtype=float))
        found.append(Hold(session, session.opened_s, to_s, session.opened_s, to_s, life_s))
    return found


def gap_limit_s(run: RunView) -> float:
    """Return the longest silence of the stream that is no gap; 3 s in document 000."""
    try:
        return float(run.header.settings.get("stream.gap_limit_s", 3.0))
    except ValueError:
        return 3.0


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which an open stream said nothing.

    Attributes:
        session: The session.
        from_s: Its last sign of life before.
        to_s: Its next one, or its end.
        is_last: Whether nothing came any more.
        seq: Journal sequence number of the gap, 0 where it is still going on.
    """

    session: StreamSession
    from_s: float
    to_s: float
    is_last: bool
    seq: int = 0

    @property
    def for_s(self) -> float:
        """How long it lasted."""
        return self.to_s - self.from_s


@once_per_run
def silences(run: RunView) -> list[Silence]:
    """Return the silences longer than the gap limit, in order.

    A stream that sends on change only has none by definition. Imported streams are
    known by the tick: what lasts less than two ticks beyond the limit is not seen.
    """
    if run.header.settings.get("stream.interval_s") == "none":
        return []
    limit_s = gap_limit_s(run)
    end_s = run.end_s
    found = []
    for session in run.sessions:
        if session.opened_s is None:
            continue
        ended_s = end_s if session.ended_s is None else session.ended_s
        if session.activity:
            found += _coarse(session, max(ended_s, session.opened_s), limit_s + 2 * tick_s(run))
            continue
        known = {gap.at_s: gap.seq for gap in session.gaps}
        marks = np.array([session.opened_s, *session.message_at_s, ended_s])
        steps = np.diff(marks)
        for i in np.flatnonzero(steps > limit_s):
            last = int(i) == len(steps) - 1
            at_s = float(marks[i])
            found.append(Silence(session, at_s, float(marks[i + 1]), last, known.get(at_s, 0)))
    return found


def _coarse(session: StreamSession, ended_s: float, limit_s: float) -> list[Silence]:
    active = [row for row in session.activity if row[2] > 0]
    found = []
    for (_, quiet_s, _), (next_s, woke_s, _) in pairwise(active):
        if next_s - quiet_s > limit_s:
            found.append(Silence(session, quiet_s, woke_s, is_last=False))
    if active and ended_s - active[-1][1] > limit_s:
        found.append(Silence(session, active[-1][1], ended_s, is_last=True))
    return found


# --- when the stream keeps the server busy ------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A time in which a stream was open and no HTTP request was answered.

    Attributes:
        from_s: First request that went unanswered.
        to_s: End of the last one.
        unanswered: Rows of ``run.http()``.
        hold: The stream that was open; ``None`` where it is only inferred.
        alive_ratio: Share of the unanswered requests near which the stream's bytes
            kept coming; NaN where no stream of ours was open.
        icmp_ok: Echo requests answered in that time.
        icmp_total: Echo requests sent in that time.
        phases: Silent, SYN unanswered, closed at once: requests in each.
    """

    from_s: float
    to_s: float
    unanswered: NDArray[np.int64]
    hold: Hold | None
    alive_ratio: float
    icmp_ok: int
    icmp_total: int
    phases: tuple[int, int, int]


MIN_UNANSWERED: Final = 4
"""Fewer could be chance on a weak link (four in a row at 20 % loss: 1 in 600)."""

MIN_BLOCK_S: Final = 10.0
"""A handler of the slow kind ends within its own limits, 5 s and 5 s."""


@once_per_run
def blocks(run: RunView) -> list[Block]:
    """Return the times in which an open, living stream left every request unanswered."""
    http = run.http()
    found = []
    for hold in holds(run):
        inside = (http.at_s >= hold.sure_from_s) & (http.at_s < hold.sure_to_s)
        answered = inside & ~http.has(*UNANSWERED)
        # What was asked while the stream was open but served after its end is no answer.
        answered &= http.at_s + http.total_s <= hold.sure_to_s
        silent = np.flatnonzero(inside & http.has(*UNANSWERED))
        if len(silent) < MIN_UNANSWERED or answered.sum() > 0.02 * inside.sum():
            continue
        alive = _near_life(http.at_s[silent], hold, tick_s(run))
        if len(hold.life_s):
            # What the stream does not outlive belongs to something else.
            kept = int(np.flatnonzero(alive)[-1]) + 1 if alive.any() else 0
            silent, alive = silent[:kept], alive[:kept]
        if len(silent) >= MIN_UNANSWERED:
            rows = _widened(http, silent, hold)
            found.append(_block(run, http, rows, hold, float(alive.mean())))
    return [block for block in found if _is_proven(block)]


def _widened(http: ProbeTable, rows: NDArray[np.int64], hold: Hold) -> NDArray[np.int64]:
    """Add neighbours from the stream's first and last tick that were taken and not served."""
    alike = http.has(Outcome.NO_RESPONSE, Outcome.EARLY_CLOSE, Outcome.RESET)
    alike &= (http.at_s >= hold.from_s) & (http.at_s < hold.to_s)
    first, last = int(rows[0]), int(rows[-1])
    while first > 0 and alike[first - 1]:
        first -= 1
    while last + 1 < len(http) and alike[last + 1]:
        last += 1
    return np.unique(
        np.concatenate([np.arange(first, rows[0]), rows, np.arange(rows[-1], last) + 1])
    )


def _is_proven(block: Block) -> bool:
    """Whether the network was there: by the stream's own bytes, else by ICMP."""
    if block.to_s - block.from_s < MIN_BLOCK_S:
        return False
    if block.hold is not None and len(block.hold.life_s):
        return block.alive_ratio >= 0.5
    return block.icmp_total >= MIN_UNANSWERED and block.icmp_ok >= 0.8 * block.icmp_total


def _near_life(at_s: NDArray[np.float64], hold: Hold, tick: float) -> NDArray[np.bool_]:
    """Whether the stream's bytes came in the tick and a half after each moment."""
    if not len(hold.life_s):
        return np.zeros(len(at_s), dtype=bool)
    lengths = [to_s - from_s for from_s, to_s, _ in hold.session.activity]
    paces = [tick, *np.percentile(lengths or [0.0], [90])]
    if len(hold.life_s) > 1:  # ticks may be shorter than the time between two messages
        paces.append(float(np.percentile(np.diff(hold.life_s), 75)))
    within_s = 1.5 * max(paces)
    following = np.searchsorted(hold.life_s, at_s)
    after = hold.life_s[following.clip(0, len(hold.life_s) - 1)] - at_s
    return np.asarray((following < len(hold.life_s)) & (after <= within_s))


def _block(
    run: RunView,
    http: ProbeTable,
    rows: NDArray[np.int64],
    hold: Hold | None,
    alive_ratio: float,
) -> Block:
    echo = icmp(run)
    from_s = float(http.at_s[rows[0]])
    to_s = float(http.at_s[rows[-1]] + http.total_s[rows[-1]])
    near = nearest(echo, http.at_s[rows], 0.75 * tick_s(run))
    near = np.unique(near[near >= 0])
    return Block(
        from_s=from_s,
        to_s=to_s,
        unanswered=rows,
        hold=hold,
        alive_ratio=alive_ratio,
        icmp_ok=int(echo.is_ok[near].sum()),
        icmp_total=len(near),
        phases=_phases(http, rows),
    )


def _phases(http: ProbeTable, rows: NDArray[np.int64]) -> tuple[int, int, int]:
    """Count silent, SYN unanswered and closed at once, each in its turn."""
    silent = http.has(Outcome.NO_RESPONSE)[rows]
    unheard = http.has(Outcome.CONNECT_TIMEOUT)[rows]
    closed = http.has(Outcome.EARLY_CLOSE, Outcome.RESET)[rows]
    if not closed.any():
        return int(silent.sum()), int(unheard.sum()), 0
    turn = int(np.argmax(closed))
    return int(silent[:turn].sum()), int(unheard[:turn].sum()), int(closed.sum())


def is_stream_assumed(run: RunView) -> bool:
    """Whether the run's harness held a stream of which it recorded nothing."""
    return any(note.about == "stream-assumed" for note in run.notes)


@once_per_run
def blocks_by_phases(run: RunView) -> list[Block]:
    """Return times that bear the three phases of a server kept busy by some stream.

    For runs whose own stream is unknown or refused: somebody's stream holds the server.
    Accepted but silent while the listen queue has room, then SYN unanswered, then
    accepted and closed at once, in that order, and not one answer.
    """
    http = run.http()
    quiet = http.has(*UNANSWERED)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
    # A harness that always holds a stream, and a run that ends before the third phase.
    is_cut = is_stream_assumed(run) and not http.is_ok.any()
    found = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        rows = np.arange(start, stop)
        closed = np.flatnonzero(http.has(Outcome.EARLY_CLOSE, Outcome.RESET)[rows])
        silent = np.flatnonzero(http.has(Outcome.NO_RESPONSE)[rows])
        if not len(silent) or (len(closed) and silent[0] > closed[0]):
            continue
        rows = rows[silent[0] : closed[-1] + 1] if len(closed) else rows[silent[0] :]
        block = _block(run, http, rows, None, float("nan"))
        first, second, third = block.phases
        is_whole = min(first, second) >= 1 and first + second >= 4 and third >= 3
        is_begun = is_cut and first >= 2 and second >= 2
        if (is_whole or is_begun) and block.to_s - block.from_s >= MIN_BLOCK_S:
            found.append(block)
    return found
