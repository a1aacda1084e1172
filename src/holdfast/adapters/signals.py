"""Ctrl-C and termination as an event, so that what was measured is still written."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator

__all__ = ["stop_on_signal"]


@contextlib.contextmanager
def stop_on_signal(stop: asyncio.Event) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM set ``stop``; a second one acts as it always does.

    Must be entered with a running loop.
    """
    loop = asyncio.get_running_loop()
    installed: list[signal.Signals] = []

    def on_signal() -> None:
        stop.set()
        remove()

    def remove() -> None:
        while installed:
            loop.remove_signal_handler(installed.pop())

    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows' loop has no signal handlers, nor has a loop outside the main thread.
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(number, on_signal)
            installed.append(number)
    try:
        yield
    finally:
        remove()
