"""Lines of a log port (serial or telnet) as events, at a bounded rate.

Laws:
    - Above ``LINES_PER_S`` in one second the rest is dropped, and a note says how many.
    - Of what a telnet log repeats of its history, only what is new is told, and it is told
      as history: its time of arrival is not when it happened.
"""

from __future__ import annotations

import math
from typing import Final

from holdfast.core.journal.events import Note
from holdfast.core.link.transport import Record
from holdfast.core.wire.idf_log import IdfLog

__all__ = ["LINES_PER_S", "LogPort"]

LINES_PER_S: Final = 200
"""More than 115,200 baud can carry of lines of usual length."""
_REMEMBERED: Final = 256
"""Lines known again in a history; the dashboard's repeats 100."""
_HISTORY_BEGINS: Final = b"--- Recent log history ---"
_HISTORY_ENDS: Final = b"--- End of history ---"


class LogPort:
    """One port.

    Args:
        origin: ``"serial"`` or ``"telnet"``.
        link: Name of the link in events.
    """

    def __init__(self, origin: str, link: str) -> None:
        self._source = f"log.{origin}"
        self._link = link
        self._log = IdfLog(origin, self._source, link)
        self._window_end = -math.inf
        self._count = 0
        self._dropped = 0
        self._seen: dict[bytes, None] = {}
        self._is_history = False

    def opened(self) -> None:
        """Note that the port was opened anew."""
        self._is_history = False

    def take(self, lines: list[bytes], now: float) -> list[Record]:
        """Return the events of some lines."""
        records: list[Record] = []
        for line in lines:
            if now >= self._window_end:
                records += self.flush(now)
                self._window_end = now + 1.0
            self._count += 1
            if self._count > LINES_PER_S:
                self._dropped += 1
            else:
                records += self._line(line, now)
        return records

    def deadline(self) -> float:
        """Return when :meth:`flush` has something to tell; ``inf`` for never."""
        return self._window_end if self._dropped else math.inf

    def flush(self, now: float) -> list[Record]:
        """Tell what was dropped in the second that is over."""
        dropped, self._dropped, self._count = self._dropped, 0, 0
        if not dropped:
            return []
        text = f"{dropped} log lines dropped: more than {LINES_PER_S} in one second"
        note = Note(
            at_s=now, source=self._source, link=self._link, about="log-lines-dropped", text=text
        )
        return [Record(note)]

    def _line(self, line: bytes, now: float) -> list[Record]:
        if _HISTORY_BEGINS in line or _HISTORY_ENDS in line:
            self._is_history = _HISTORY_BEGINS in line
            return []
        if self._is_history and line in self._seen:
            return []
        self._seen[line] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        source = f"{self._source}.history" if self._is_history else self._source
        event = self._log.read(line, now, source=source)
        return [] if event is None else [Record(event)]
