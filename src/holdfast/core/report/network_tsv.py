"""``network.tsv``: one row a tick, the documented 19 columns and ours to their right.

The 19 columns have the original's names, order, words and rounding, so that its readers
work. Where the two must differ: ``sse_bytes`` counts the stream's own bytes only (the
original counted its tools' text too), and ``icmp_rtt_ms`` holds what was measured (the
original never printed it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.core.journal.events import Probe
    from holdfast.core.measure.run import RunView
    from holdfast.core.report.tick_table import TickRow

from holdfast.core.report.tick_table import tick_rows

__all__ = ["DOCUMENTED_COLUMNS", "OUR_COLUMNS", "documented_cells", "network_tsv"]

DOCUMENTED_COLUMNS: Final = (
    "ts", "elapsed_s", "icmp_status", "icmp_rtt_ms",
    "hp_status", "hp_code", "hp_connect_ms", "hp_total_ms",
    "hl_status", "hl_code", "hl_connect_ms", "hl_total_ms", "health_age_s",
    "sse_bytes", "wifi_rssi_dbm", "wifi_disc", "wifi_reconn", "heap_kb", "uptime_s",
)  # fmt: skip
"""The columns of the documented protocol, in its order."""

OUR_COLUMNS: Final = (
    "hp_outcome", "hl_outcome", "hp_first_byte_ms", "hl_first_byte_ms",
    "ping_retransmits", "control_status", "control_rtt_ms",
    "stream_messages", "stream_gap_s", "stream_state",
)  # fmt: skip
"""What the original could not tell."""

NOT_MEASURED: Final = "-"


def _milliseconds(value_s: float | None, digits: int = 1) -> str:
    return NOT_MEASURED if value_s is None else f"{1000 * value_s:.{digits}f}"


def _word(is_ok: bool | None) -> str:
    return NOT_MEASURED if is_ok is None else ("ok" if is_ok else "fail")


def _echo(row: TickRow, target: str) -> list[str]:
    is_ok = row.is_ok(target)
    rtt_s = row.probes[target].first_byte_s if is_ok else None
    return [_word(is_ok), _milliseconds(rtt_s, 3)]


def _request(row: TickRow, target: str) -> list[str]:
    probe = row.probes.get(target)
    if probe is None:
        return [NOT_MEASURED] * 4
    code = "000" if probe.status is None else f"{probe.status:03d}"
    connect = _milliseconds(probe.connect_s or 0.0)  # "0.0" is the original's "never"
    return [_word(row.is_ok(target)), code, connect, _milliseconds(probe.total_s)]


def _whole(value: float | None, unit: float = 1.0) -> str:
    return NOT_MEASURED if value is None else str(int(value // unit))


def documented_cells(row: TickRow) -> list[str]:
    """Return the 19 cells of a row, as text."""
    vitals = row.vitals
    return [
        row.clock,
        str(row.elapsed_s),
        *_echo(row, "icmp"),
        *_request(row, "ping"),
        *_request(row, "health"),
        _whole(row.health_age_s),
        _whole(row.stream_bytes),
        *(_whole(vitals.get(n)) for n in ("rssi_dbm", "wifi_disconnects", "wifi_reconnects")),
        _whole(vitals.get("heap_free_bytes"), 1024),
        _whole(vitals.get("uptime_s")),
    ]


def _our_cells(row: TickRow) -> list[str]:
    ping, health = row.probes.get("ping"), row.probes.get("health")
    probes: Sequence[Probe | None] = (ping, health)
    return [
        *(NOT_MEASURED if p is None else str(p.outcome) for p in probes),
        *(_milliseconds(None if p is None else p.first_byte_s) for p in probes),
        NOT_MEASURED if ping is None or ping.tcp is None else str(ping.tcp.retransmits),
        *_echo(row, "control"),
        _whole(row.stream_messages),
        NOT_MEASURED if row.stream_gap_s is None else f"{row.stream_gap_s:.3f}",
        row.stream_state or NOT_MEASURED,
    ]


def network_tsv(run: RunView) -> str:
    """Return the table with its header; only the header where the run had no tick."""
    lines = ["\t".join((*DOCUMENTED_COLUMNS, *OUR_COLUMNS))]
    lines += ["\t".join([*documented_cells(row), *_our_cells(row)]) for row in tick_rows(run)]
    return "\n".join(lines) + "\n"
