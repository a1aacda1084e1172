"""One thread that calls back after a fixed time, for all that ask for it in this process."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

__all__ = ["LaterCalls"]


class LaterCalls:
    """Calls functions a fixed time after they were handed in, in that order.

    The thread starts with the first call that is handed in, and never ends: it is a
    daemon that waits.

    Args:
        after_s: How long after, in seconds.
        name: Name of the thread.
    """

    def __init__(self, after_s: float, name: str) -> None:
        self._after_s = after_s
        self._name = name
        self._calls: deque[tuple[float, Callable[[], None]]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, call: Callable[[], None]) -> None:
        """Have ``call`` called ``after_s`` from now; it must not raise."""
        with self._changed:
            self._calls.append((time.monotonic() + self._after_s, call))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name=self._name)
                self._thread.start()
            if len(self._calls) == 1:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._calls:
                    self._changed.wait()
                due_s, call = self._calls.popleft()
            # What comes later is due later: nothing can overtake it.
            time.sleep(max(0.0, due_s - time.monotonic()))
            call()
