"""``network_aligned.txt``: the documented columns of ``network.tsv``, for the eye.

Widths, group separators and the two shortened header words are the original's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from holdfast.core.report.network_tsv import documented_cells
from holdfast.core.report.tick_table import tick_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.core.measure.run import RunView

__all__ = ["aligned"]

_GROUPS: Final = (
    (("ts", 8), ("elapsed", 8)),
    (("icmp_status", 11), ("icmp_rtt", 11)),
    (("hp_status", 9), ("hp_code", 7), ("hp_connect_ms", 13), ("hp_total_ms", 13)),
    (("hl_status", 9), ("hl_code", 7), ("hl_connect_ms", 13), ("hl_total_ms", 13),
     ("health_age_s", 12)),
    (("sse_bytes", 10),),
    (("wifi_rssi_dbm", 13), ("wifi_disc", 10), ("wifi_reconn", 12)),
    (("heap_kb", 8), ("uptime_s", 8)),
)  # fmt: skip
"""Header word and width of each column, by group."""


def _line(cells: Sequence[str]) -> str:
    left = iter(cells)
    groups = (" ".join(f"{next(left):<{width}}" for _, width in group) for group in _GROUPS)
    return " | ".join(groups)


def aligned(run: RunView) -> str:
    """Return the aligned view; only its two header lines where the run had no tick."""
    words = [word for group in _GROUPS for word, _ in group]
    dashes = ["-" * width for group in _GROUPS for _, width in group]
    lines = [words, dashes, *(documented_cells(row) for row in tick_rows(run))]
    return "\n".join(map(_line, lines)) + "\n"
