"""A run as columns: the one view of events that measures, rules and reports share.

``RunView`` sorts a journal's events once into tables of NumPy columns, so that a
24-hour journal is measured in seconds. It adds no judgement of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.journal.events import (
    ClockStep,
    CloseClass,
    Event,
    Header,
    LogLine,
    Note,
    Outcome,
    Probe,
    Run,
    Sample,
    Stream,
    StreamWhat,
    Tick,
    Truth,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["OUTCOMES", "ProbeTable", "RunView", "Series", "StreamSession"]

OUTCOMES: Final = tuple(Outcome)
"""Outcomes by the code used in ``ProbeTable.outcome``."""

_CODE: Final = {outcome: code for code, outcome in enumerate(OUTCOMES)}


@dataclass(frozen=True, slots=True)
class ProbeTable:
    """All probes of one target, in order of time; every column has shape ``(n,)``.

    Attributes:
        at_s: Start, seconds on the run's clock.
        outcome: Index into ``OUTCOMES``.
        is_ok: Whether the probe was answered as expected.
        connect_s: Seconds to the established connection; NaN where never.
        first_byte_s: Seconds to the first byte; NaN where none came.
        total_s: Seconds to the end.
        status: HTTP status; -1 where none came.
        retransmits: Segments sent again; -1 where the kernel did not tell.
        seq: Journal sequence number.
    """

    at_s: NDArray[np.float64]
    outcome: NDArray[np.int64]
    is_ok: NDArray[np.bool_]
    connect_s: NDArray[np.float64]
    first_byte_s: NDArray[np.float64]
    total_s: NDArray[np.float64]
    status: NDArray[np.int64]
    retransmits: NDArray[np.int64]
    seq: NDArray[np.int64]

    @classmethod
    def of(cls, probes: Iterable[Probe]) -> ProbeTable:
        """Build the table of these probes."""
        rows = sorted(probes, key=lambda p: p.at_s)
        nan = float("nan")
        return cls(
            at_s=np.array([p.at_s for p in rows], dtype=float),
            outcome=np.array([_CODE[p.outcome] for p in rows], dtype=np.int64),
            is_ok=np.array([p.outcome.is_ok for p in rows], dtype=bool),
            connect_s=np.array(
                [nan if p.connect_s is None else p.connect_s for p in rows], dtype=float
            ),
            first_byte_s=np.array(
                [nan if p.first_byte_s is None else p.first_byte_s for p in rows], dtype=float
            ),
            total_s=np.array([p.total_s for p in rows], dtype=float),
            status=np.array([-1 if p.status is None else p.status for p in rows], dtype=np.int64),
            retransmits=np.array(
                [-1 if p.tcp is None else p.tcp.retransmits for p in rows], dtype=np.int64
            ),
            seq=np.array([p.seq for p in rows], dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.at_s)

    def has(self, *outcomes: Outcome) -> NDArray[np.bool_]:
        """Return the mask, shape ``(n,)``, of probes that ended in one of ``outcomes``."""
        return np.isin(self.outcome, [_CODE[o] for o in outcomes])

    def between(self, from_s: float, to_s: float) -> NDArray[np.bool_]:
        """Return the mask, shape ``(n,)``, of probes that began in ``[from_s, to_s]``."""
        return (self.at_s >= from_s) & (self.at_s <= to_s)


@dataclass(slots=True)
class StreamSession:
    """One attempt to hold the live stream.

    Attributes:
        session: Its number, from 1.
        transport: ``"sse"`` or ``"ws"``.
        opening_s: When the attempt began.
        opened_s: When the stream was established; ``None`` if never.
        ended_s: When it was closed or refused; ``None`` while it lives.
        end: The closing or refusing event.
        message_at_s: Arrival times of messages.
        message_bytes: Their payload sizes.
        activity: Imported coarse activity: ``(from_s, to_s, bytes)`` each.
        heartbeats: ``(at_s, round_trip_s)`` each.
        signs: When the peer gave a sign of life unasked (an SSE comment, its own ping).
        gaps: Gap events (``for_s`` long, starting at ``at_s``).
        torn: Torn-frame events.
    """

    session: int
    transport: str
    opening_s: float
    opened_s: float | None = None
    ended_s: float | None = None
    end: Stream | None = None
    message_at_s: list[float] = field(default_factory=list)
    message_bytes: list[int] = field(default_factory=list)
    activity: list[tuple[float, float, int]] = field(default_factory=list)
    heartbeats: list[tuple[float, float]] = field(default_factory=list)
    signs: list[float] = field(default_factory=list)
    gaps: list[Stream] = field(default_factory=list)
    torn: list[Stream] = field(default_factory=list)

    def take(self, event: Stream) -> None:
        """Take in one event of this session."""
        match event.what:
            case StreamWhat.OPENED:
                self.opened_s = event.at_s
            case StreamWhat.MESSAGE:
                self.message_at_s.append(event.at_s)
                self.message_bytes.append(event.size_bytes or 0)
            case StreamWhat.ACTIVITY:
                until_s = event.at_s + (event.for_s or 0.0)
                self.activity.append((event.at_s, until_s, event.size_bytes or 0))
            case StreamWhat.HEARTBEAT if event.for_s is None:
                self.signs.append(event.at_s)
            case StreamWhat.HEARTBEAT:
                self.heartbeats.append((event.at_s, event.for_s or 0.0))
            case StreamWhat.GAP:
                self.gaps.append(event)
            case StreamWhat.TORN:
                self.torn.append(event)
            case StreamWhat.CLOSED | StreamWhat.REFUSED:
                self.ended_s = event.at_s
                self.end = event

    @property
    def is_refused(self) -> bool:
        """Whether the attempt was turned away before the stream existed."""
        return self.opened_s is None and self.ended_s is not None

    @property
    def close(self) -> CloseClass | None:
        """Who ended it; ``None`` while it lives."""
        return None if self.end is None else self.end.close


@dataclass(frozen=True, slots=True)
class Series:
    """A sampled number over time; both columns have shape ``(n,)``."""

    at_s: NDArray[np.float64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.at_s)


class RunView:
    """A journal's events, sorted for reading.

    Args:
        header: The journal's header.
        events: Its events, in any order; ``Truth`` is refused.

    Raises:
        ValueError: If an event is ``Truth``: what a twin did is no evidence.
    """

    def __init__(self, header: Header, events: Iterable[Event]) -> None:
        self.header = header
        self.events: list[Event] = sorted(events, key=lambda e: (e.at_s, e.seq))
        self.ticks: list[Tick] = []
        self.milestones: list[Run] = []
        self.samples: list[Sample] = []
        self.logs: list[LogLine] = []
        self.notes: list[Note] = []
        self.clock_steps: list[ClockStep] = []
        self._probes: dict[str, list[Probe]] = {}
        self._tables: dict[str, ProbeTable] = {}
        self._sessions: dict[int, StreamSession] = {}
        for event in self.events:
            self._sort(event)

    def _sort(self, event: Event) -> None:
        match event:
            case Probe():
                self._probes.setdefault(event.target, []).append(event)
            case Stream():
                self._stream(event)
            case Sample():
                self.samples.append(event)
            case LogLine():
                self.logs.append(event)
            case Tick():
                self.ticks.append(event)
            case Run():
                self.milestones.append(event)
            case Note():
                self.notes.append(event)
            case ClockStep():
                self.clock_steps.append(event)
            case Truth():
                raise ValueError("a truth event has no place in a diagnosed run")

    def _stream(self, event: Stream) -> None:
        session = self._sessions.get(event.session)
        if session is None:
            session = StreamSession(event.session, event.transport, event.at_s)
            self._sessions[event.session] = session
        session.take(event)

    @property
    def end_s(self) -> float:
        """Last moment that any event covers; 0 for an empty run."""
        last = 0.0
        for event in self.events[-64:]:
            length = 0.0
            if isinstance(event, Probe):
                length = event.total_s
            elif isinstance(event, Stream) and event.what in (StreamWhat.GAP, StreamWhat.ACTIVITY):
                length = event.for_s or 0.0
            last = max(last, event.at_s + length)
        return last

    @property
    def targets(self) -> list[str]:
        """Names of everything that was probed."""
        return sorted(self._probes)

    @property
    def sessions(self) -> list[StreamSession]:
        """Stream attempts in order."""
        return [self._sessions[key] for key in sorted(self._sessions)]

    def probe_events(self, target: str) -> list[Probe]:
        """Return the probes of ``target`` in order of time."""
        return self._probes.get(target, [])

    def probes(self, target: str) -> ProbeTable:
        """Return the table of ``target``; empty where it was never probed."""
        if target not in self._tables:
            self._tables[target] = ProbeTable.of(self._probes.get(target, []))
        return self._tables[target]

    def http_targets(self) -> list[str]:
        """Names of the targets probed over HTTP."""
        return [t for t, rows in sorted(self._probes.items()) if rows[0].method == "http"]

    def http(self) -> ProbeTable:
        """Return one table of all HTTP probes, in order of time."""
        if "\0http" not in self._tables:
            rows = [p for t in self.http_targets() for p in self._probes[t]]
            self._tables["\0http"] = ProbeTable.of(rows)
        return self._tables["\0http"]

    def series(self, name: str) -> Series:
        """Return the samples of ``name`` that are numbers, over time."""
        rows = [
            (s.at_s, float(value))
            for s in self.samples
            if isinstance(value := s.values.get(name), int | float) and not isinstance(value, bool)
        ]
        return Series(
            np.array([at for at, _ in rows], dtype=float),
            np.array([value for _, value in rows], dtype=float),
        )
