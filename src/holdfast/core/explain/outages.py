"""Outages: times in which the device's TCP did not answer, and what else was heard then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.core.explain.holds import blocks, blocks_by_phases, holds, silences
from holdfast.core.explain.lanes import Attempts, attempts, icmp, nearest, tick_s
from holdfast.core.explain.memo import once_per_run
from holdfast.core.journal.events import Outcome
from holdfast.core.measure.run import OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import RunView

__all__ = ["Outage", "first_reached_s", "is_blocked", "outages"]


@dataclass(frozen=True, slots=True)
class Outage:
    """Attempts to connect, one after the other, that the device's TCP left unanswered.

    Attributes:
        from_s: The first of them.
        to_s: When the last one was given up.
        rows: Their rows in ``attempts(run)``.
        ticks: How many moments apart by at least half a tick they were made at.
        icmp_ok: Echo requests answered in that time.
        icmp_lost: Echo requests unanswered.
        stream: Whether a stream open then was silent beyond its gap limit (``False``),
            spoke (``True``), or neither can be told (``None``).
        is_after_silence: Whether the request before it was accepted and not answered: a
            full listen queue drops SYNs as well.
        was_reached: Whether the device had been reached before, by anything.
        is_over: Whether it was reached again.
    """

    from_s: float
    to_s: float
    rows: NDArray[np.int64]
    ticks: int
    icmp_ok: int
    icmp_lost: int
    stream: bool | None
    is_after_silence: bool
    was_reached: bool
    is_over: bool

    @property
    def for_s(self) -> float:
        """How long it lasted."""
        return self.to_s - self.from_s

    @property
    def is_off_air(self) -> bool:
        """Whether everything else that was looked at fell silent too.

        Without ICMP an attempt tells it beside a stream that fell silent, and only three
        ticks in a row without a stream.
        """
        looked = self.icmp_ok + self.icmp_lost
        if self.stream:
            return False
        if looked:
            together = self.stream is False and not self.icmp_ok
            in_a_row = self.ticks >= 2 and self.icmp_lost >= 2
            return together or (in_a_row and self.icmp_lost >= 0.5 * looked)
        if self.stream is False:
            return True
        return self.ticks >= 3 and not self.is_after_silence


@once_per_run
def first_reached_s(run: RunView) -> float:
    """Return when the device's TCP first answered; ``inf`` where it never did."""
    tries = attempts(run)
    return float(tries.end_s[tries.is_reached].min(initial=np.inf))


def is_blocked(run: RunView, at_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a stream kept the server busy at each moment, shape ``(n,)``."""
    inside = np.zeros(len(at_s), dtype=bool)
    for block in [*blocks(run), *blocks_by_phases(run)]:
        inside |= (at_s >= block.from_s - 1.0) & (at_s <= block.to_s)
    return inside


@once_per_run
def outages(run: RunView) -> list[Outage]:
    """Return the runs of attempts that the device's TCP left unanswered, in order.

    Times in which a stream kept the server busy are left out: a SYN that a full listen
    queue drops says nothing of the network.
    """
    tries = attempts(run)
    if not len(tries):
        return []
    down = ~tries.is_reached & ~is_blocked(run, tries.at_s)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], down.astype(np.int8), [0]])))
    return [
        _outage(run, tries, np.arange(start, stop))
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    ]


def _outage(run: RunView, tries: Attempts, rows: NDArray[np.int64]) -> Outage:
    at_s = tries.at_s[rows]
    from_s, to_s = float(at_s[0]), float(tries.end_s[rows].max())
    half_s = 0.5 * tick_s(run)
    ticks = 1 + int((np.diff(at_s) >= half_s).sum())
    echo = icmp(run)
    near = nearest(echo, at_s, 0.75 * tick_s(run))
    heard = np.unique(near[near >= 0])
    ok = int(echo.is_ok[heard].sum())
    return Outage(
        from_s=from_s,
        to_s=to_s,
        rows=rows,
        ticks=ticks,
        icmp_ok=ok,
        icmp_lost=len(heard) - ok,
        stream=_stream_spoke(run, from_s, to_s),
        is_after_silence=_is_after_silence(run, from_s),
        was_reached=_was_reached(run, tries, int(rows[0]), from_s),
        is_over=bool(tries.is_reached[rows[-1] + 1 :].any()),
    )


def _is_after_silence(run: RunView, from_s: float) -> bool:
    http = run.http()
    before = int(np.searchsorted(http.at_s, from_s)) - 1
    return before >= 0 and OUTCOMES[http.outcome[before]] is Outcome.NO_RESPONSE


def _was_reached(run: RunView, tries: Attempts, row: int, from_s: float) -> bool:
    if tries.is_reached[:row].any():
        return True
    return any(hold.from_s < from_s for hold in holds(run)[:1])


@once_per_run
def _heard_s(run: RunView) -> NDArray[np.float64]:
    """When any stream is known to have been heard, in order, shape ``(n,)``.

    An imported stream was heard somewhere in each active tick: its middle stands for it.
    """
    marks = [hold.life_s for hold in holds(run) if not hold.session.activity]
    middles = [0.5 * (a + b) for s in run.sessions for a, b, size in s.activity if size]
    return np.sort(np.concatenate([np.array(middles, dtype=float), *marks]))


def _stream_spoke(run: RunView, from_s: float, to_s: float) -> bool | None:
    """Whether an open stream sent anything in that time; ``None`` where it cannot be told."""
    for silence in silences(run):
        overlap_s = min(silence.to_s, to_s) - max(silence.from_s, from_s)
        # A stream that falls silent and is given up in an outage fell with it.
        if overlap_s > (0.5 if silence.is_last else 0.5 * (to_s - from_s)):
            return False
    heard_s = _heard_s(run)
    # The first second may still deliver what was under way.
    first, last = np.searchsorted(heard_s, [from_s + 1.0, to_s])
    return True if last > first else None
