"""Lanes: what a run has to show, and the tables that rules read it from.

A rule names the lanes it needs; the engine does not call it where one is missing.
ICMP to a loopback address is left out: the bench's own kernel answers it, whatever
the device does.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.memo import once_per_run
from holdfast.core.journal.events import CloseClass, Outcome
from holdfast.core.measure.run import ProbeTable, RunView, StreamSession

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "NEVER_REACHED",
    "UNANSWERED",
    "Attempts",
    "attempts",
    "control",
    "icmp",
    "is_loopback",
    "lanes_of",
    "nearest",
    "tick_s",
]

NEVER_REACHED: Final = (Outcome.CONNECT_TIMEOUT, Outcome.CONNECT_FAIL_FAST)
"""Nothing came back from the device's TCP."""

UNANSWERED: Final = (
    *NEVER_REACHED,
    Outcome.CONNECT_REFUSED,
    Outcome.NO_RESPONSE,
    Outcome.EARLY_CLOSE,
    Outcome.RESET,
)
"""No part of an HTTP answer came."""

_REFUSED_UNREACHED: Final = (CloseClass.CONNECT_TIMEOUT, CloseClass.CONNECT_FAIL_FAST)

_TELLS_NOTHING: Final = (CloseClass.NAME_NOT_RESOLVED, CloseClass.BY_US)
"""Of the device: the attempt never left, or we gave it up ourselves."""

DEFAULT_TICK_S: Final = 5.0
"""Where a run tells nothing of its rhythm: the documented protocol's tick."""


def is_loopback(run: RunView) -> bool:
    """Whether the target is this very machine."""
    host = run.header.target.rpartition("://")[2].split("/")[0]
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _permitted(table: ProbeTable) -> ProbeTable:
    keep = ~table.has(Outcome.NOT_PERMITTED)
    if keep.all():
        return table
    return ProbeTable(**{name: getattr(table, name)[keep] for name in ProbeTable.__slots__})


@once_per_run
def icmp(run: RunView) -> ProbeTable:
    """Return the echo requests to the device that say something about it."""
    return ProbeTable.of(()) if is_loopback(run) else _permitted(run.probes("icmp"))


def control(run: RunView) -> ProbeTable:
    """Return the echo requests to the control target."""
    return _permitted(run.probes("control"))


def tick_s(run: RunView) -> float:
    """Return the run's rhythm: the header's tick, else the median time between pings."""
    if run.header.tick_s:
        return run.header.tick_s
    at_s = run.probes("ping").at_s
    return float(np.median(np.diff(at_s))) if len(at_s) > 1 else DEFAULT_TICK_S


def nearest(table: ProbeTable, at_s: NDArray[np.float64], within_s: float) -> NDArray[np.int64]:
    """Return, for each moment, the row that began nearest to it; -1 where none is near.

    Args:
        table: Rows in order of time.
        at_s: Moments, shape ``(n,)``.
        within_s: Rows farther away than this do not count.

    Returns:
        Row numbers, shape ``(n,)``.
    """
    if not len(table):
        return np.full(len(at_s), -1, dtype=np.int64)
    right = np.searchsorted(table.at_s, at_s).clip(0, len(table) - 1)
    left = (right - 1).clip(0)
    row = np.where(np.abs(table.at_s[left] - at_s) <= np.abs(table.at_s[right] - at_s), left, right)
    return np.where(np.abs(table.at_s[row] - at_s) <= within_s, row, -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Every TCP connection that the bench tried to open; columns of shape ``(n,)``.

    Attributes:
        at_s: Start; for a stream that opened, the moment that proves it.
        end_s: When its outcome was known.
        is_reached: Whether the device's TCP answered, be it by a refusal.
        is_slow: Connected, but only after a wait in which a SYN or its answer was lost
            or held back (0.35 to 2 s, and over eight times the usual connect).
        connect_s: Time to connect; NaN where never.
        seq: Journal sequence number.
        is_stream: Whether it was for the stream.
    """

    at_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    is_reached: NDArray[np.bool_]
    is_slow: NDArray[np.bool_]
    connect_s: NDArray[np.float64]
    seq: NDArray[np.int64]
    is_stream: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at_s)


def _proven_s(session: StreamSession) -> float:
    """When this attempt's outcome was known; an imported stream by its first bytes."""
    if session.opened_s is None:
        return session.opening_s if session.ended_s is None else session.ended_s
    return session.activity[0][1] if session.activity else session.opened_s


@once_per_run
def attempts(run: RunView) -> Attempts:
    """Return all attempts to connect: HTTP probes and stream openings, in order of time.

    An attempt whose name was not resolved tells nothing of the device and is left out.
    """
    http = run.http()
    keep = ~http.has(Outcome.NAME_NOT_RESOLVED)
    ended = [s for s in run.sessions if s.end is not None or s.opened_s is not None]
    ended = [s for s in ended if s.opened_s is not None or s.close not in _TELLS_NOTHING]
    opened = np.array([s.opened_s is not None for s in ended], dtype=bool)
    refused = np.array([s.close in _REFUSED_UNREACHED for s in ended], dtype=bool)
    proven_s = [_proven_s(s) for s in ended]
    begun_s = [
        s.opening_s if s.opened_s is None else p for s, p in zip(ended, proven_s, strict=True)
    ]
    at_s = np.concatenate([http.at_s[keep], begun_s])
    end_s = np.concatenate([(http.at_s + http.total_s)[keep], proven_s])
    reached = np.concatenate([~http.has(*NEVER_REACHED)[keep], opened | ~refused])
    connect_s = np.concatenate([http.connect_s[keep], np.full(len(ended), np.nan)])
    seq = np.concatenate([http.seq[keep], [0 if s.end is None else s.end.seq for s in ended]])
    is_stream = np.concatenate([np.zeros(int(keep.sum()), bool), np.ones(len(ended), bool)])
    order = np.argsort(at_s, kind="stable")
    known = connect_s[np.isfinite(connect_s)]
    usual_s = float(np.median(known)) if len(known) else np.nan
    # 0.35 to 2 s: between the longest round trips seen on a quiet link (0.15 s) and the
    # connect limit; a SYN is sent again after 1 s, frames held by an access point arrive
    # at any time.
    slow = (connect_s >= max(0.35, 8 * usual_s)) & (connect_s < 2.5)
    return Attempts(
        at_s=at_s[order],
        end_s=end_s[order],
        is_reached=reached[order].astype(bool),
        is_slow=slow[order],
        connect_s=connect_s[order],
        seq=seq[order].astype(np.int64),
        is_stream=is_stream[order].astype(bool),
    )


def lanes_of(run: RunView) -> frozenset[str]:
    """Return which of ``http icmp control stream samples logs`` this run has."""
    present = {
        "http": bool(len(run.http())),
        "icmp": bool(len(icmp(run))),
        "control": bool(len(control(run))),
        "stream": bool(run.sessions),
        "samples": bool(run.samples),
        "logs": bool(run.logs),
    }
    return frozenset(name for name, is_there in present.items() if is_there)
