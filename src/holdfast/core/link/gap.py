"""Account for silence and for lost numbers in a stream of messages.

Laws:
    - A silence *longer* than the limit is a gap; one of exactly the limit is not.
    - A gap begins at the last message (or the opening) and is known when it ends.
    - Sequence numbers count what is missing; a step back is a restart of the sender
      unless the number was skipped shortly before: then it is late, not lost.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

__all__ = ["Gap", "GapMeter", "SequenceMeter"]

_RECENT: Final = 64
"""Skipped numbers remembered as possibly late: more than any TCP stream reorders (none),
about one second of a fast UDP one."""


class Gap(Struct, frozen=True):
    """A silence that was too long.

    Attributes:
        at_s: The last message before it.
        for_s: How long it lasted.
    """

    at_s: float
    for_s: float


class GapMeter:
    """Gaps of one session.

    Args:
        limit_s: Longest silence that is no gap, in seconds; ``inf`` for a stream that
            may be silent.
        now: When the session opened.
    """

    def __init__(self, limit_s: float, *, now: float) -> None:
        self._limit_s = limit_s
        self._last_s = now

    def message(self, now: float) -> Gap | None:
        """Note a message; return the gap that it ends, if there was one."""
        at_s, self._last_s = self._last_s, now
        for_s = now - at_s
        return Gap(at_s, for_s) if for_s > self._limit_s else None

    ended = message
    """Note the session's end; return the gap that it was in, if it was."""


class SequenceMeter:
    """Numbers that a sender counts up by one a message.

    Attributes:
        missing: Numbers skipped and not seen since.
        duplicates: Numbers seen twice in a row.
        late: Numbers seen after a higher one.
        restarts: Steps back to a number that was not skipped: the sender began anew.
    """

    def __init__(self) -> None:
        self.missing = 0
        self.duplicates = 0
        self.late = 0
        self.restarts = 0
        self._last: int | None = None
        self._skipped: dict[int, None] = {}

    def take(self, number: int) -> int:
        """Note a message's number; return how many were skipped just before it."""
        last, self._last = self._last, number
        if last is None or number == last + 1:
            return 0
        if number == last:
            self.duplicates += 1
            return 0
        if number > last:
            return self._skip(last, number)
        if number in self._skipped:
            del self._skipped[number]
            self._last = last
            self.missing -= 1
            self.late += 1
        else:
            self._skipped.clear()
            self.restarts += 1
        return 0

    def _skip(self, last: int, number: int) -> int:
        skipped = number - last - 1
        self.missing += skipped
        first = max(last + 1, number - _RECENT)
        self._skipped.update(dict.fromkeys(range(first, number)))
        while len(self._skipped) > _RECENT:
            del self._skipped[next(iter(self._skipped))]
        return skipped
