"""``sse.log``, ``ws.log`` and the device's own log lines, as text files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from holdfast.core.journal.events import Stream, StreamWhat
from holdfast.core.redact import printable
from holdfast.core.report.tick_table import time_of_day

if TYPE_CHECKING:
    from holdfast.core.measure.run import RunView

__all__ = ["log_lines", "stream_log"]

_MAX_TEXT: Final = 512
_NAMES: Final = {"sse": "sse.log", "ws": "ws.log"}


def stream_log(run: RunView) -> dict[str, str]:
    """Return file name to text, a line an event, for each kind of stream that was tried.

    Returns:
        ``sse.log``, ``ws.log``, both or none. A line: wall-clock time, seconds of the
        run, session, event, its values.
    """
    texts: dict[str, list[str]] = {}
    for event in run.events:
        if isinstance(event, Stream) and event.transport in _NAMES:
            line = (
                f"{time_of_day(run, event.at_s)} {event.at_s:+12.3f} #{event.session} "
                f"{event.what}{_values(event)}"
            )
            texts.setdefault(_NAMES[event.transport], []).append(line)
    return {name: "\n".join(lines) + "\n" for name, lines in texts.items()}


def _values(event: Stream) -> str:
    parts = []
    if event.size_bytes is not None:
        parts.append(f"{event.size_bytes} bytes")
    if event.for_s is not None:
        is_trip = event.what is StreamWhat.HEARTBEAT
        parts.append(f"round trip {event.for_s:.4f} s" if is_trip else f"for {event.for_s:.3f} s")
    if event.close is not None:
        parts.append(str(event.close))
    if event.code is not None:
        parts.append(f"code {event.code}")
    if event.status is not None:
        parts.append(f"status {event.status}")
    if event.device_seq is not None:
        parts.append(f"seq {event.device_seq}")
    if event.detail:
        parts.append(printable(event.detail, _MAX_TEXT))
    return "".join(f", {part}" for part in parts)


def log_lines(run: RunView, origin: str) -> str:
    """Return the lines of one origin as they came, so that log readers can read them.

    Args:
        run: The run.
        origin: ``"serial"``, ``"telnet"`` or ``"server"``.

    Returns:
        The text; ``""`` without lines. Arrival times are in the journal only.
    """
    lines = [printable(log.text, _MAX_TEXT) for log in run.logs if log.origin == origin]
    return "\n".join(lines) + "\n" if lines else ""
