"""Folders of the documented harness (``diag-logs/<stamp>-<target>``) as journals.

Laws:
    - Any folder with one readable table gives a journal; what is missing or damaged is a
      note in it.
    - The harness wrote local time without its zone, and none is invented: ``wall_at`` is
      the folder's stamp with the offset ``-00:00`` (RFC 3339: offset unknown), and a note
      says so. Such runs are compared with each other, not with zoned clocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from holdfast.core.journal.codec import Journal
from holdfast.core.journal.events import (
    Event,
    Header,
    LogLine,
    Note,
    Probe,
    Run,
    RunPhase,
    Sample,
)
from holdfast.core.redact import printable, redact_text
from holdfast.core.wire.diag_logs import Table, join_endpoints, parse_endpoint, parse_network
from holdfast.core.wire.diag_run import probe_events, schedule
from holdfast.core.wire.diag_stream import stream_events
from holdfast.core.wire.health_json import compile_paths, read_health
from holdfast.core.wire.idf_log import IdfLog
from holdfast.errors import UnreadableError

__all__ = ["import_folder", "is_diag_logs"]

_TABLES: Final = ("network.tsv", "http_ping.tsv", "http_health.tsv")
_MAX_FILE_BYTES: Final = 64 << 20
"""More of one file is not read; a day of the original's tables is 2 MB."""
_MAX_LOG_LINES: Final = 200_000
_MAX_RUN_S: Final = 30 * 86_400.0
_STAMP: Final = re.compile(r"([0-9]{8}-[0-9]{6})(?:[-_](.+))?$", re.ASCII)
_IPV4: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?:[-_].*)?$", re.ASCII)
_TOOL_LINE: Final = re.compile(r"(?m)^(?:curl: \([0-9]+\)|\[[^\]]*\]|==+).*$")
_HEALTH: Final = compile_paths(
    {
        "uptime_s": "uptime_seconds",
        "heap_free_bytes": "free_heap",
        "rssi_dbm": "wifi.rssi_dbm",
        "wifi_disconnects": "wifi.disconnects",
        "wifi_reconnects": "wifi.reconnects",
        "wifi_last_reason": "wifi.last_reason",
        "wifi_last_reason_s": "wifi.last_reason_ms*0.001",
        "boot_id": "boot_id",
        "reset_reason": "reset_reason",
        "reset_code": "reset_code",
        "version": "version",
    }
)
"""Where the harness's device has its values; the same as in its profile."""


def is_diag_logs(path: Path) -> bool:
    """Return whether ``path`` is a folder of the harness, and has no journal of ours."""
    try:
        names = {entry.name for entry in path.iterdir()}
    except OSError:
        return False
    return not names.isdisjoint(_TABLES) and not any(n.startswith("journal.jsonl") for n in names)


@dataclass(slots=True)
class _Folder:
    """What a folder's name and files say beside the tables."""

    path: Path
    notes: list[tuple[str, str]] = field(default_factory=list)

    def note(self, about: str, text: str) -> None:
        self.notes.append((about, printable(redact_text(text), 400)))

    def read(self, name: str) -> bytes | None:
        """Return a file's content; ``None`` where there is none, noted if it was unreadable."""
        try:
            with (self.path / name).open("rb") as file:
                data = file.read(_MAX_FILE_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as exc:
            self.note("unreadable-file", f"{name}: {(exc.strerror or str(exc)).lower()}")
            return None
        if len(data) > _MAX_FILE_BYTES:
            self.note("long-file", f"{name}: only the first {_MAX_FILE_BYTES} bytes are read")
        return data[:_MAX_FILE_BYTES]

    def text(self, name: str) -> str | None:
        data = self.read(name)
        return None if data is None else data.decode("utf-8", "replace")


def import_folder(path: Path) -> Journal:
    """Read one folder of the harness.

    Raises:
        UnreadableError: If it holds no table with a row that can be read.
    """
    folder = _Folder(path)
    table = _read_tables(folder)
    if not table.cycles:
        raise UnreadableError(str(path), "no row of a diag-logs table in it")
    header, start_clock_s = _header(folder, table)
    summary = _Summary(folder.text("summary.txt"))
    link = summary.device or header.target
    header = msgspec.structs.replace(header, target=link, duration_s=summary.duration_s)

    times = schedule(table, start_clock_s)
    events: list[Event] = [
        Run(at_s=0.0, source="import", phase=RunPhase.STARTED),
        Run(at_s=0.0, source="import", phase=RunPhase.PLAN, plan=header.plan),
    ]
    events += probe_events(table, times, link)
    events += stream_events(table, times, link)
    _last_health(folder, events, link)
    last_s = max(at.end_s for at in times)
    events += _serial_log(folder, link)
    _note_stream(folder, table)
    if summary.is_there:
        end_s = max(last_s, summary.end_s(header.wall_at))
        events.append(Run(at_s=end_s, source="import", phase=RunPhase.ENDED))
    else:
        folder.note("run-truncated", f"no summary.txt: the run was cut short after {last_s:.0f} s")
    for name in sorted(entry.name for entry in path.iterdir() if entry.is_dir()):
        if name.startswith("earlier-"):
            folder.note("earlier-state", f"{name}: an earlier state of this run, not read")
    for text in table.notes:
        folder.note("unreadable-row", text)
    if table.dropped:
        folder.note("unreadable-row", f"and {table.dropped} more")
    events += [
        Note(at_s=0.0, source="import", about=about, text=text) for about, text in folder.notes
    ]
    events.sort(key=lambda event: event.at_s)
    return Journal(
        header=header,
        events=[msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events, 1)],
    )


def _read_tables(folder: _Folder) -> Table:
    network = folder.text("network.tsv")
    table = Table() if network is None else parse_network(network)
    if table.cycles:
        return table
    if network is None:
        folder.note("missing-file", "no network.tsv: echo, stream and device were not recorded")
    probes = []
    for name in ("http_ping.tsv", "http_health.tsv"):
        text = folder.text(name)
        if text is None:
            folder.note("missing-file", f"no {name}")
        probes.append([] if text is None else parse_endpoint(text, name, table))
    table.has_stream = False
    join_endpoints(probes[0], probes[1], table)
    return table


def _header(folder: _Folder, table: Table) -> tuple[Header, int]:
    """Return the header and the second of the day at which the run's clock is 0."""
    match = _STAMP.search(folder.path.resolve().name)
    wall_at, start_clock_s = "", table.cycles[0].clock_s
    target = folder.path.resolve().name
    if match is not None:
        target = match[2] or ""
        if address := _IPV4.match(target):
            target = address[1]
        try:
            stamp = datetime.strptime(match[1], "%Y%m%d-%H%M%S")  # noqa: DTZ007  # has no zone
        except ValueError:
            match = None
        else:
            wall_at = f"{stamp.isoformat()}-00:00"
            start_clock_s = 3600 * stamp.hour + 60 * stamp.minute + stamp.second
            folder.note("zone-unknown", "times are local to the bench; its zone was not recorded")
    if match is None:
        folder.note("date-unknown", "the folder's name carries no stamp; time 0 is the first row")
    header = Header(
        tool="diag-logs",
        wall_at=wall_at,
        target=printable(target, 100) or "unknown",
        plan="general",
        profile="esp32-s3-dashboard",
        tick_s=5.0,  # the harness's INTERVAL; real ticks are later by what the probes took
        imported_from="diag-logs",
        settings={"shape": table.shape},
    )
    return header, start_clock_s


class _Summary:
    """The few facts that only ``summary.txt`` has; it is written when a run is complete."""

    def __init__(self, text: str | None) -> None:
        self.is_there = text is not None
        fields = dict(re.findall(r"(?m)^(Device|Duration): ([^\r\n]{1,100})$", text or ""))
        self.device = printable(fields.get("Device", "").strip(), 100)
        duration = re.fullmatch(r"([0-9]{1,7})s", fields.get("Duration", "").strip(), re.ASCII)
        self.duration_s = float(duration[1]) if duration else None
        found = re.search(r"(?m)^Diagnostics summary @ ([0-9T:\-]{19})", text or "")
        try:
            self.at = datetime.fromisoformat(found[1]) if found else None
        except ValueError:
            self.at = None

    def end_s(self, wall_at: str) -> float:
        """Return when it was written, on the run's clock; 0 where that is not known."""
        if self.at is None or not wall_at:
            return 0.0
        end_s = (self.at - datetime.fromisoformat(wall_at[:19])).total_seconds()
        return end_s if 0 <= end_s <= _MAX_RUN_S else 0.0


def _last_health(folder: _Folder, events: list[Event], link: str) -> None:
    """Add what only the stored body of the last good ``/health`` tells."""
    body = folder.read("last_health.json")
    if body is None:
        return
    reading = read_health(body, _HEALTH)
    if reading.fault:
        folder.note("unreadable-file", f"last_health.json: {reading.fault}")
        return
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        if isinstance(event, Sample):
            # The table's rounded values stay, so that all samples are of one making.
            values = {**reading.values, **event.values}
            events[place] = msgspec.structs.replace(event, values=values, raw=reading.raw)
            return
    answered = [
        e for e in events if isinstance(e, Probe) and e.target == "health" and e.status == 200
    ]
    at_s = answered[-1].at_s + answered[-1].total_s if answered else 0.0
    if not answered:
        folder.note("stale-file", "last_health.json belongs to no answer of this run")
        return
    events.append(
        Sample(at_s=at_s, source="health", link=link, values=reading.values, raw=reading.raw)
    )


def _serial_log(folder: _Folder, link: str) -> list[LogLine]:
    """Read ``serial.log``; its lines carry the device's time only, so all are at 0."""
    data = folder.read("serial.log")
    if data is None:
        return []
    reader = IdfLog("serial", "serial.log", link)
    lines: list[LogLine] = []
    for raw in data.split(b"\n"):
        if len(lines) >= _MAX_LOG_LINES:
            folder.note("long-file", f"serial.log: only {_MAX_LOG_LINES} lines are read")
            break
        if line := reader.read(raw[:4096], 0.0):
            lines.append(line)
    return lines


def _note_stream(folder: _Folder, table: Table) -> None:
    if not table.has_stream:
        text = "no stream column: the harness of that date always opened the stream"
        folder.note("stream-assumed", text)
    elif table.shape != "own" and all(cycle.stream_bytes is None for cycle in table.cycles):
        folder.note("stream-off", "the run was made without a stream")
    log = folder.text("sse.log")
    if log is not None:
        messages = len(re.findall(r"(?m)^data:", log))
        said = "; ".join(line.strip() for line in _TOOL_LINE.findall(log)[:5])
        folder.note(
            "stream-log", f"sse.log: {messages} messages; the tool says: {said or 'nothing'}"
        )
