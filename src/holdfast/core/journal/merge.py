"""Several journals, each with its own clock, as one.

Laws:
    - Every event of every source appears once, moved by its source's offset only.
    - The result is in order of time; events of one instant keep the order of the
      sources, and within a source the order it had.
    - ``seq`` is numbered anew from 1; stream sessions are numbered anew so that those
      of two sources never fall together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from holdfast.core.journal.events import Event, Header, Stream

__all__ = ["ClockedSource", "Merged", "merge", "offset_by_monotonic", "offset_by_wall"]


@dataclass(frozen=True, slots=True)
class ClockedSource:
    """One journal and where its clock stands on the common one.

    Attributes:
        events: Its events.
        offset_s: Common time at which its clock was 0.
        uncertainty_s: Largest error of ``offset_s``, at least 0.
        name: Put before each event's ``source``; ``""`` leaves it alone.
    """

    events: Sequence[Event]
    offset_s: float = 0.0
    uncertainty_s: float = 0.0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """The joined journal.

    Attributes:
        events: In order on the common clock.
        origin: Which source each event came from, by index; same length.
        uncertainty_s: Of each source.
    """

    events: list[Event]
    origin: list[int]
    uncertainty_s: tuple[float, ...]

    def is_certainly_before(self, first: int, second: int) -> bool:
        """Return whether event ``first`` truly came before ``second`` (both by ``seq``).

        Clocks of one source order its events exactly; those of two sources only
        beyond the sum of both uncertainties.
        """
        a, b = self.events[first - 1], self.events[second - 1]
        one, other = self.origin[first - 1], self.origin[second - 1]
        if one == other:
            return first < second
        return b.at_s - a.at_s > self.uncertainty_s[one] + self.uncertainty_s[other]


def _moved(event: Event, source: ClockedSource, sessions: int) -> Event:
    changes: dict[str, object] = {}
    if source.offset_s:
        changes["at_s"] = event.at_s + source.offset_s
    if source.name:
        changes["source"] = f"{source.name}:{event.source}" if event.source else source.name
    if sessions and isinstance(event, Stream) and event.session:
        changes["session"] = event.session + sessions
    return msgspec.structs.replace(event, **changes) if changes else event


def merge(sources: Sequence[ClockedSource]) -> Merged:
    """Join journals on the common clock.

    Raises:
        ValueError: If an uncertainty is negative.
    """
    rows: list[tuple[float, int, int, Event]] = []
    sessions = 0
    for index, source in enumerate(sources):
        if not source.uncertainty_s >= 0:
            raise ValueError(f"uncertainty must be 0 or more, got {source.uncertainty_s}")
        highest = 0
        for place, event in enumerate(source.events):
            moved = _moved(event, source, sessions)
            rows.append((moved.at_s, index, place, moved))
            if isinstance(event, Stream):
                highest = max(highest, event.session)
        sessions += highest
    rows.sort(key=lambda row: row[:3])
    return Merged(
        events=[msgspec.structs.replace(row[3], seq=seq) for seq, row in enumerate(rows, 1)],
        origin=[row[1] for row in rows],
        uncertainty_s=tuple(source.uncertainty_s for source in sources),
    )


def offset_by_monotonic(base: Header, other: Header) -> float:
    """Return the offset of ``other`` on ``base``'s clock; both written on one host.

    Raises:
        ValueError: If one of them does not carry the host's monotonic clock.
    """
    if base.monotonic_s is None or other.monotonic_s is None:
        raise ValueError("a journal without monotonic_s cannot be joined by it")
    return other.monotonic_s - base.monotonic_s


def offset_by_wall(base: Header, other: Header) -> float:
    """Return the offset of ``other`` on ``base``'s clock by both hosts' wall clocks.

    It is as uncertain as the two clocks are apart: milliseconds under NTP, any amount
    without. A journal whose zone is unknown (offset ``-00:00``) is only fit to be joined
    with one of the same zone.

    Raises:
        ValueError: If a header's ``wall_at`` is no time with an offset.
    """
    times = [datetime.fromisoformat(header.wall_at) for header in (base, other)]
    if any(at.tzinfo is None for at in times):
        raise ValueError("wall_at without an offset")
    return (times[1] - times[0]).total_seconds()
