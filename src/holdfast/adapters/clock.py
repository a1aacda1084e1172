"""The run's clock, monotonic seconds since its anchor, and the host's others."""

from __future__ import annotations

import time

__all__ = ["RunClock", "host_clocks"]


class RunClock:
    """Seconds since the anchor; never goes back, whatever the wall clock does.

    Args:
        origin_s: ``time.monotonic()`` at the anchor; now by default.
    """

    def __init__(self, origin_s: float | None = None) -> None:
        self.origin_s = time.monotonic() if origin_s is None else origin_s

    def now(self) -> float:
        """Return the seconds since the anchor, at least 0."""
        return max(0.0, time.monotonic() - self.origin_s)


def host_clocks() -> tuple[float, float | None]:
    """Return the wall clock, and a clock that also counts sleep where the system has one."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time(), None if boot is None else time.clock_gettime(boot)
