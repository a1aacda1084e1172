"""A machine of a few lines: does things at given times, and reacts by a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf

from holdfast.core.link.transport import Action, Input

__all__ = ["Scripted"]


def _nothing(event: Input) -> list[Action]:
    return []


class Scripted:
    """A machine for tests; it keeps what it got.

    Args:
        script: Times in seconds and what to do then, in order of time.
        react: What to do on an input.

    Attributes:
        inputs: Every input and when it came.
        timers: When its timer ran.
    """

    def __init__(
        self,
        script: Iterable[tuple[float, Action]] = (),
        react: Callable[[Input], list[Action]] = _nothing,
    ) -> None:
        self.inputs: list[tuple[float, Input]] = []
        self.timers: list[float] = []
        self._script = list(script)
        self._react = react

    def start(self, now: float) -> list[Action]:
        """Do what the script has at its start."""
        return self._due(now)

    def receive(self, event: Input, now: float) -> list[Action]:
        """Keep the input and react."""
        self.inputs.append((now, event))
        return self._react(event)

    def on_timer(self, now: float) -> list[Action]:
        """Do what the script has for now."""
        self.timers.append(now)
        return self._due(now)

    def deadline(self) -> float:
        """Return the time of the script's next line."""
        return self._script[0][0] if self._script else inf

    def events(self) -> list[Input]:
        """Return the inputs without their times."""
        return [event for _, event in self.inputs]

    def _due(self, now: float) -> list[Action]:
        due: list[Action] = []
        while self._script and self._script[0][0] <= now:
            due.append(self._script.pop(0)[1])
        return due
