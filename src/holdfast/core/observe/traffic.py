"""How many messages a stream carries: one line each, or one a second when they are many.

Laws:
    - Every message is either told as a line of its own or lies in exactly one activity.
    - Above ``LINES_PER_S`` in one second the rest of it, and the seconds that follow
      without a pause until one is below, come as one activity each.

Source: DESIGN section 3 (never one line per message above 200 messages/s).
"""

from __future__ import annotations

import math
from typing import Final

from msgspec import Struct

__all__ = ["LINES_PER_S", "Activity", "Traffic"]

LINES_PER_S: Final = 200
_WINDOW_S: Final = 1.0


class Activity(Struct, frozen=True):
    """Messages told together.

    Attributes:
        at_s: The first of them.
        for_s: From the first to the last.
        size_bytes: Their payloads together.
        messages: How many.
    """

    at_s: float
    for_s: float
    size_bytes: int
    messages: int


class Traffic:
    """The traffic of one session."""

    def __init__(self) -> None:
        self._window_end = -math.inf
        self._count = 0
        self._is_dense = False
        self._first_s = self._last_s = 0.0
        self._size = 0
        self._messages = 0

    def message(self, size_bytes: int, now: float) -> bool:
        """Note a message; return whether it is to be told as a line of its own.

        Call :meth:`on_timer` first, at the same ``now``.
        """
        if now >= self._window_end:
            is_next = now < self._window_end + _WINDOW_S
            self._is_dense = is_next and self._count > LINES_PER_S
            self._window_end = now + _WINDOW_S
            self._count = 0
        self._count += 1
        if not self._is_dense and self._count <= LINES_PER_S:
            return True
        if not self._messages:
            self._first_s = now
        self._last_s = now
        self._size += size_bytes
        self._messages += 1
        return False

    def deadline(self) -> float:
        """Return when an activity is complete; ``inf`` where there is none."""
        return self._window_end if self._messages else math.inf

    def on_timer(self, now: float) -> Activity | None:
        """Return the activity that is complete; harmless when called early."""
        return self.flush() if now >= self.deadline() else None

    def flush(self) -> Activity | None:
        """Return what was not told yet."""
        if not self._messages:
            return None
        activity = Activity(self._first_s, self._last_s - self._first_s, self._size, self._messages)
        self._size = self._messages = 0
        return activity
