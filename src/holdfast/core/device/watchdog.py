"""The task watchdog: a task that is not heard of for too long is named, then the board resets.

Source: ESP-IDF ``components/esp_system/task_wdt`` (5 s by default).
"""

from __future__ import annotations

import math

__all__ = ["TASK_WATCHDOG_S", "Watchdog"]

TASK_WATCHDOG_S = 5.0
"""CONFIG_ESP_TASK_WDT_TIMEOUT_S."""


class Watchdog:
    """Watches one task.

    A task that runs feeds it for ever; only a hung one is of interest, so that a healthy
    board needs no timer.

    Args:
        timeout_s: How long a task may be silent.
    """

    def __init__(self, timeout_s: float = TASK_WATCHDOG_S) -> None:
        self.timeout_s = timeout_s
        self._hung_at_s: float | None = None

    @property
    def is_hung(self) -> bool:
        """Whether the task hangs."""
        return self._hung_at_s is not None

    def hang(self, now: float) -> None:
        """Take note that the task stopped feeding."""
        if self._hung_at_s is None:
            self._hung_at_s = now

    def feed(self) -> None:
        """Take note that the task runs again."""
        self._hung_at_s = None

    def deadline(self) -> float:
        """Return when it bites; ``inf`` while the task runs."""
        return math.inf if self._hung_at_s is None else self._hung_at_s + self.timeout_s

    def has_bitten(self, now: float) -> bool:
        """Return whether the task was silent for too long."""
        return now >= self.deadline()
