"""A clock that moves only when told to."""

from __future__ import annotations

__all__ = ["ManualClock"]


class ManualClock:
    """Seconds since 0, advanced by the test or by the simulated world."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def now(self) -> float:
        """Return the current time in seconds."""
        return self._now

    def advance(self, by_s: float) -> float:
        """Move forward by ``by_s`` seconds and return the new time.

        Raises:
            ValueError: If ``by_s`` is negative.
        """
        if by_s < 0:
            raise ValueError(f"a clock never goes back, got {by_s}")
        self._now += by_s
        return self._now
