"""The byte counts of an imported run's live stream to stream events.

Laws:
    - The harness's own text is taken out of the counts and read; its lengths are exact.
    - All is known to a tick only: the stream opened in the tick of its first bytes, was
      active from tick to tick, and ended with its last bytes or where the text says so.
    - Whole silent ticks between bytes are one gap. Fewer than two at the end of a run are
      not taken for the stream's end.

Source: corpus of recorded runs, its list of byte counts in ``sse.log``.
"""

from __future__ import annotations

from typing import Final

from holdfast.core.journal.events import CloseClass, Event, Stream, StreamWhat
from holdfast.core.wire.diag_logs import Table
from holdfast.core.wire.diag_run import CycleTimes

__all__ = ["stream_events"]

_BANNER_BYTES: Final = 38
"""The line that the harness writes before it opens the stream."""

_TEXTS: Final = {
    50: (CloseClass.RESET, "connection reset by peer"),
    # Four or five digits of milliseconds: no answer to the SYN for a second or more.
    94: (CloseClass.CONNECT_TIMEOUT, "failed to connect after 1 to 9.9 s"),
    95: (CloseClass.CONNECT_TIMEOUT, "failed to connect after 10 s or more"),
}
"""What the tool's last line says, by its length in bytes; no live message is so short."""

_CEASED_TICKS: Final = 2
"""So many silent ticks at the end are an ended stream: one alone was seen to be a stall
whose bytes all came with the next tick."""

_SHORT_S: Final = 0.001
"""Bytes of our own tables came before the next tick: by the least time written."""


class _Track:
    """One stream after another."""

    def __init__(self, link: str) -> None:
        self.link = link
        self.events: list[Event] = []
        self.session = 0
        self.opened_s: float | None = None
        self.end_s = 0.0
        self.is_live = False

    def add(
        self,
        what: StreamWhat,
        at_s: float,
        *,
        for_s: float | None = None,
        size_bytes: int | None = None,
        close: CloseClass | None = None,
        detail: str = "",
    ) -> None:
        event = Stream(
            at_s=at_s,
            source="stream.sse",
            link=self.link,
            what=what,
            transport="sse",
            session=self.session,
            for_s=for_s,
            size_bytes=size_bytes,
            close=close,
            detail=detail,
        )
        self.events.append(event)

    def begin(self, at_s: float) -> None:
        self.session += 1
        self.opened_s = None
        self.is_live = True
        self.add(StreamWhat.OPENING, at_s)

    def open(self, at_s: float) -> None:
        if not self.is_live:
            self.begin(at_s)
        if self.opened_s is None:
            self.opened_s = self.end_s = at_s
            self.add(StreamWhat.OPENED, at_s)

    def active(self, from_s: float, to_s: float, size_bytes: int) -> None:
        self.add(StreamWhat.ACTIVITY, from_s, for_s=max(0.0, to_s - from_s), size_bytes=size_bytes)
        self.end_s = max(from_s, to_s)

    def gap(self, until_s: float) -> None:
        if until_s > self.end_s:
            detail = "no bytes for whole ticks"
            self.add(StreamWhat.GAP, self.end_s, for_s=until_s - self.end_s, detail=detail)

    def end(self, at_s: float, close: CloseClass | None, detail: str) -> None:
        if not self.is_live:
            return
        self.is_live = False
        if self.opened_s is None:
            self.add(StreamWhat.REFUSED, at_s, close=close, detail=detail)
            return
        for_s = at_s - self.opened_s
        self.add(StreamWhat.CLOSED, at_s, for_s=for_s, close=close, detail=detail)


def stream_events(table: Table, times: list[CycleTimes], link: str) -> list[Event]:
    """Return the stream's events; none where the run watched no stream.

    Args:
        table: The cycles.
        times: Of each cycle.
        link: Name of the link in the events.
    """
    track = _Track(link)
    if not table.has_stream:
        track.begin(0.0)
    elif table.shape == "own":
        _own(table, times, track)
    elif any(cycle.stream_bytes is not None for cycle in table.cycles):
        track.begin(0.0)
        _harness(table, times, track)
    return track.events


def _harness(table: Table, times: list[CycleTimes], track: _Track) -> None:
    """Read the original's counts: bytes since the last tick, its own text among them."""
    silent: list[float] = []
    is_first = True
    for cycle, at in zip(table.cycles, times, strict=True):
        size = cycle.stream_bytes
        if size is None:
            continue
        if is_first and size not in _TEXTS and size >= _BANNER_BYTES:
            size -= _BANNER_BYTES
        is_first = False
        if size in _TEXTS:
            if silent and track.is_live and track.opened_s is not None:
                track.gap(at.at_s)
            track.end(at.at_s, *_TEXTS[size])
        elif not size:
            silent.append(at.at_s)
            continue
        elif track.opened_s is None or not track.is_live:
            track.open(at.at_s)
            track.active(at.at_s, at.end_s, size)
        else:
            if silent:
                track.gap(silent[-1])
            track.active(max(track.end_s, silent[-1] if silent else 0.0), at.at_s, size)
        silent.clear()
    if track.opened_s is not None and len(silent) >= _CEASED_TICKS:
        track.end(track.end_s, None, "bytes ceased")


def _own(table: Table, times: list[CycleTimes], track: _Track) -> None:
    """Read our own counts: bytes from this tick to the next, the state at their end."""
    for place, (cycle, at) in enumerate(zip(table.cycles, times, strict=True)):
        is_last = place + 1 == len(times)
        until_s = at.end_s if is_last else max(at.at_s, times[place + 1].at_s - _SHORT_S)
        state = cycle.stream_state
        if state and not track.is_live and (state in {"opening", "open"} or not track.session):
            track.begin(at.at_s)
        if state == "open" or cycle.stream_bytes:
            track.open(at.at_s)
        if cycle.stream_bytes:
            track.active(at.at_s, until_s, cycle.stream_bytes)
        if state in {"closed", "refused"}:
            track.end(until_s if cycle.stream_bytes else at.at_s, None, "")
