"""Tables of a ``diag-logs`` folder, in every shape they were ever written, to cycles.

A *cycle* is one pass of the harness: an echo, a ``/ping``, sometimes a ``/health``, and
what the stream brought since the last one.

Shapes, told apart by their headers and never by magnitude:
    - ``http_ping.tsv``, ``http_health.tsv``: ``ts code connect_ms total_ms`` holds *seconds*
      despite its name; ``ts http_code connect_ms total_ms`` holds milliseconds, its rows
      with a literal backslash-t between the last two values.
    - ``network.tsv``: one row a probe (``type`` column, 6 to 13 columns, rows padded on the
      right), or one row a tick (19 columns, ours with more to the right).

Laws:
    - No text raises: what cannot be read becomes a note with its line number, and the
      cells that can be read are used.
    - ``-`` and the empty cell mean "not measured"; connect ``0.0`` with code ``000`` means
      "never connected".
    - Repeated (stale) health cells are not read: only a row whose ``/health`` was answered
      tells about the device. In our own tables a change tells it too.

Source: corpus of ten recorded runs and its description; the harness's file formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

from holdfast.core.redact import printable

__all__ = [
    "Cycle",
    "ProbeCells",
    "Table",
    "join_endpoints",
    "parse_endpoint",
    "parse_network",
    "unwrap_clock",
]

MAX_LINE_CHARS: Final = 4_096
"""Longest row read; real ones are below 200 characters."""
MAX_ROWS: Final = 2_000_000
"""Rows read of one table: 30 days at a tick of about a second."""
_MAX_NOTES: Final = 20
_ROW_WIDTHS_LONG: Final = (12, 13)
"""One-row-a-probe tables have rows of both widths; only health rows are full."""

_HALF_DAY_S: Final = 43_200

_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?", re.ASCII)
_CODE: Final = re.compile(r"[0-9]{3}", re.ASCII)

_VITALS: Final = {
    "wifi_rssi_dbm": ("rssi_dbm", 1.0),
    "wifi_disc": ("wifi_disconnects", 1.0),
    "wifi_reconn": ("wifi_reconnects", 1.0),
    "heap_kb": ("heap_free_bytes", 1024.0),  # written as free_heap // 1024
    "uptime_s": ("uptime_s", 1.0),
}


class ProbeCells(Struct, frozen=True, kw_only=True):
    """One HTTP request as the table has it.

    Attributes:
        code: Three digits; ``"000"`` where no head came.
        connect_s: To the connection; ``None`` where never connected or not written.
        total_s: To the end.
        first_byte_s: To the first byte; only in our own tables.
        outcome: Name of the outcome; only in our own tables.
        done_clock_s: Second of the day at which it was over, where the row says that.
        line: 1-based line of the file.
    """

    code: str
    connect_s: float | None
    total_s: float
    first_byte_s: float | None = None
    outcome: str = ""
    done_clock_s: int | None = None
    line: int = 0


@dataclass(slots=True)
class Cycle:
    """One pass of the harness.

    Attributes:
        clock_s: Second of the day at which it began.
        line: 1-based line of the file.
        elapsed_s: Seconds since the run's start by the harness's own count.
        icmp: ``"ok"``, ``"fail"`` or another word of ours; ``""`` where none was sent.
        icmp_rtt_s: Its round trip; the original never has one.
        ping: The ``/ping``.
        health: The ``/health``.
        stream_bytes: Bytes since the last cycle; ``None`` where no stream was watched.
        vitals: What a new health answer told, by canonical name.
        control: As ``icmp``, for the control target; only in our own tables.
        control_rtt_s: Its round trip.
        stream_state: ``opening``, ``open``, ``refused``, ``closed``; only in our own tables.
    """

    clock_s: int
    line: int
    elapsed_s: float | None = None
    icmp: str = ""
    icmp_rtt_s: float | None = None
    ping: ProbeCells | None = None
    health: ProbeCells | None = None
    stream_bytes: int | None = None
    vitals: dict[str, float] = field(default_factory=dict)
    control: str = ""
    control_rtt_s: float | None = None
    stream_state: str = ""


@dataclass(slots=True)
class Table:
    """What could be read of the tables.

    Attributes:
        shape: ``"none"``, ``"endpoints"``, ``"long"``, ``"wide"`` or ``"own"``.
        cycles: In order of the file.
        has_stream: Whether a column for the stream's bytes exists.
        notes: What could not be read, one clause each, bounded in number.
        dropped: Notes beyond that number.
    """

    shape: str = "none"
    cycles: list[Cycle] = field(default_factory=list)
    has_stream: bool = False
    notes: list[str] = field(default_factory=list)
    dropped: int = 0

    def note(self, name: str, line: int, text: str) -> None:
        """Keep a note about one line of a file."""
        if len(self.notes) < _MAX_NOTES:
            self.notes.append(f"{name}:{line}: {text}")
        else:
            self.dropped += 1


class _Row:
    """One row by column name, with conversions that note what they cannot read."""

    def __init__(self, table: Table, name: str, line: int, cells: dict[str, str]) -> None:
        self.table = table
        self.name = name
        self.line = line
        self.cells = cells

    def text(self, column: str) -> str:
        cell = self.cells.get(column, "")
        return "" if cell == "-" else cell

    def note(self, text: str) -> None:
        self.table.note(self.name, self.line, text)

    def number(self, column: str, scale: float = 1.0) -> float | None:
        cell = self.text(column)
        if not cell:
            return None
        if not _NUMBER.fullmatch(cell):
            self.note(f"{column} is no number: {printable(cell, 40)}")
            return None
        # Rounded to a nanosecond: 4007.0 ms is 4.007 s, not 4.0070000000000006.
        return round(float(cell) * scale, 9)

    def clock(self) -> int | None:
        match = _CLOCK.fullmatch(self.cells.get("ts", ""))
        if match is None:
            self.note(f"row without a time of day: {printable(self.cells.get('ts', ''), 40)}")
            return None
        hours, minutes, seconds = map(int, match.groups())
        return 3600 * hours + 60 * minutes + seconds

    def probe(self, prefix: str, scale: float, *, done: int | None = None) -> ProbeCells | None:
        """Read one request; ``None`` where the row has none, or none that can be read."""
        code = self.text(f"{prefix}code")
        if not code:
            return None
        total = self.number(f"{prefix}total_ms", scale)
        connect = self.number(f"{prefix}connect_ms", scale)
        if not _CODE.fullmatch(code) or total is None or total < 0:
            self.note(f"{prefix or 'http_'}code {printable(code, 20)} without a usable time")
            return None
        if connect is not None and (connect < 0 or (connect == 0 and code == "000")):
            connect = None
        return ProbeCells(
            code=code,
            connect_s=connect,
            total_s=total,
            first_byte_s=self.number(f"{prefix}first_byte_ms", scale),
            outcome=self.text(f"{prefix}outcome"),
            done_clock_s=done,
            line=self.line,
        )

    def vitals(self) -> dict[str, float]:
        return {
            canonical: value
            for column, (canonical, scale) in _VITALS.items()
            if (value := self.number(column, scale)) is not None
        }

    def size(self, column: str) -> int | None:
        value = self.number(column)
        return None if value is None or value < 0 else int(value)


def _rows(text: str, name: str, table: Table) -> tuple[list[str], list[_Row]]:
    """Split a table into its header and rows; ragged rows are padded and noted."""
    header: list[str] = []
    rows: list[_Row] = []
    for line, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not raw.strip():
            continue
        if len(raw) > MAX_LINE_CHARS:
            table.note(name, line, f"row of {len(raw)} characters left out")
            continue
        # A literal backslash-t is what one version of the harness wrote for a tab.
        cells = [cell.strip() for cell in raw.replace("\\t", "\t").split("\t")]
        if not header:
            header = cells
            if header[0] != "ts" or len(set(header)) != len(header):
                table.note(name, line, "no header, the file is left out")
                return [], []
            continue
        if len(rows) >= MAX_ROWS:
            table.note(name, line, f"only the first {MAX_ROWS} rows are read")
            break
        widths = _ROW_WIDTHS_LONG if len(header) == _ROW_WIDTHS_LONG[-1] else (len(header),)
        if len(cells) not in widths:
            table.note(name, line, f"{len(cells)} cells where the header has {len(header)}")
        rows.append(_Row(table, name, line, dict(zip(header, cells, strict=False))))
    return header, rows


def parse_network(text: str, name: str = "network.tsv") -> Table:
    """Read a ``network.tsv`` of any shape.

    Args:
        text: The whole file, decoded leniently.
        name: Its name in notes.
    """
    table = Table()
    header, rows = _rows(text, name, table)
    table.has_stream = "sse_bytes" in header
    if "type" in header:
        table.shape = "long"
        _long(rows, table)
    elif "hp_code" in header:
        table.shape = "own" if "hp_outcome" in header else "wide"
        _wide(rows, table)
    elif header:
        table.note(name, 1, "columns of no known shape, the file is left out")
    return table


def _wide(rows: list[_Row], table: Table) -> None:
    before: dict[str, float] = {}
    for row in rows:
        clock = row.clock()
        if clock is None:
            continue
        cycle = Cycle(
            clock_s=clock,
            line=row.line,
            elapsed_s=row.number("elapsed_s"),
            icmp=row.text("icmp_status"),
            icmp_rtt_s=row.number("icmp_rtt_ms", 1e-3),
            ping=row.probe("hp_", 1e-3),
            health=row.probe("hl_", 1e-3),
            stream_bytes=row.size("sse_bytes"),
            control=row.text("control_status"),
            control_rtt_s=row.number("control_rtt_ms", 1e-3),
            stream_state=row.text("stream_state"),
        )
        vitals = row.vitals()
        is_answered = cycle.health is not None and cycle.health.code == "200"
        if is_answered or (table.shape == "own" and vitals != before):
            cycle.vitals = vitals
        before = vitals
        table.cycles.append(cycle)


def _long(rows: list[_Row], table: Table) -> None:
    """Gather one-row-a-probe tables into cycles; an echo begins a new one."""
    cycle: Cycle | None = None
    for row in rows:
        clock = row.clock()
        kind = row.text("type")
        if clock is None:
            continue
        if kind not in {"icmp", "http_ping", "http_health", "sse"}:
            row.note(f"type {printable(kind, 20)} is not known")
            continue
        is_again = kind == "http_ping" and cycle is not None and cycle.ping is not None
        if cycle is None or kind == "icmp" or is_again:
            cycle = Cycle(clock_s=clock, line=row.line)
            table.cycles.append(cycle)
        if kind == "icmp":
            cycle.icmp = row.text("status")
            cycle.icmp_rtt_s = row.number("icmp_rtt_ms", 1e-3)
        elif kind == "sse":
            cycle.stream_bytes = row.size("sse_bytes")
        else:
            row.cells["code"] = row.cells.get("http_code", "")
            probe = row.probe("", 1e-3, done=clock)
            if kind == "http_ping":
                cycle.ping = probe
            else:
                cycle.health = probe
                cycle.vitals = row.vitals() if probe and probe.code == "200" else {}


def parse_endpoint(text: str, name: str, table: Table) -> list[ProbeCells]:
    """Read ``http_ping.tsv`` or ``http_health.tsv``, either shape.

    Args:
        text: The whole file, decoded leniently.
        name: Its name in notes.
        table: Where notes go.
    """
    header, rows = _rows(text, name, table)
    if not {"connect_ms", "total_ms"} <= set(header):
        if header:
            table.note(name, 1, "columns of no known shape, the file is left out")
        return []
    # The older header says "code", and its "_ms" columns hold seconds.
    code, scale = ("code", 1.0) if header[1] == "code" else ("http_code", 1e-3)
    probes = []
    for row in rows:
        clock = row.clock()
        row.cells["code"] = row.cells.get(code, "")
        if clock is not None and (probe := row.probe("", scale, done=clock)):
            probes.append(probe)
    return probes


def unwrap_clock(clocks: Iterable[int], start_s: int) -> list[int]:
    """Turn times of day into seconds since ``start_s``, across any number of midnights.

    Each is taken as the nearest to the one before, so rows may also go back a little.

    Args:
        clocks: Seconds of the day, in order of the file.
        start_s: Second of the day that becomes 0.
    """
    unwrapped = []
    last = 0
    for clock in clocks:
        step = (clock - start_s - last + _HALF_DAY_S) % (2 * _HALF_DAY_S) - _HALF_DAY_S
        last += step
        unwrapped.append(last)
    return unwrapped


def join_endpoints(pings: list[ProbeCells], healths: list[ProbeCells], table: Table) -> None:
    """Make cycles of the two endpoint files: one a ``/ping``, its ``/health`` after it.

    Used where there is no ``network.tsv``; nothing is known of echo and stream then.
    """
    table.shape = "endpoints"
    both = [[probe.done_clock_s or 0 for probe in probes] for probes in (pings, healths)]
    start_s = min((clocks[0] for clocks in both if clocks), default=0)
    rows = [
        (at_s, is_health, place)
        for is_health, clocks in enumerate(both)
        for place, at_s in enumerate(unwrap_clock(clocks, start_s))
    ]
    for _, is_health, place in sorted(rows):
        probe = (healths if is_health else pings)[place]
        if is_health and table.cycles and table.cycles[-1].health is None:
            table.cycles[-1].health = probe
            continue
        cycle = Cycle(clock_s=probe.done_clock_s or 0, line=probe.line)
        cycle.health, cycle.ping = (probe, None) if is_health else (None, probe)
        table.cycles.append(cycle)
