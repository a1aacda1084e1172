"""Gives a machine its inputs one at a time, and its actions to a driver.

What every driver has to get right alike: a machine is never entered twice, the answer to
``AskTcp`` comes first, and no input comes for a connection that the machine gave up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, MutableMapping
from typing import Any

from holdfast.core.link.transport import (
    Action,
    ConnectFailed,
    Input,
    Machine,
    PeerReset,
    TcpSampled,
)

__all__ = ["Turns"]


class Turns:
    """One machine's inbox.

    Args:
        machine: The machine.
        connections: The driver's connections by the machine's numbers; one that failed
            or was reset is taken out before the machine hears of it.
        now: Returns the run's time in seconds.
        carry_out: Carries one action out; may call ``deliver`` and ``answer``.

    Attributes:
        is_over: Set it to end all turns, this one included.
    """

    def __init__(
        self,
        machine: Machine,
        connections: MutableMapping[int, Any],
        *,
        now: Callable[[], float],
        carry_out: Callable[[Action], None],
    ) -> None:
        self.is_over = False
        self._machine = machine
        self._connections = connections
        self._now = now
        self._carry_out = carry_out
        self._inbox: deque[Input] = deque()
        self._answers: deque[Input] = deque()
        self._is_busy = False

    def deliver(self, event: Input) -> bool:
        """Hand an input to the machine; ``False`` if it waits for the current turn's end."""
        self._inbox.append(event)
        return self.take([])

    def answer(self, event: Input) -> None:
        """Put an input before all but other answers; for use while carrying out."""
        self._answers.append(event)

    def take(self, actions: list[Action]) -> bool:
        """Carry out actions, then give the machine what waits for it."""
        if self._is_busy:
            return False
        self._is_busy = True
        try:
            self._carry_all(actions)
            while (self._answers or self._inbox) and not self.is_over:
                event = (self._answers or self._inbox).popleft()
                if self._is_current(event):
                    self._carry_all(self._machine.receive(event, self._now()))
        finally:
            self._is_busy = False
        return True

    def _carry_all(self, actions: list[Action]) -> None:
        for action in actions:
            if self.is_over:
                return
            self._carry_out(action)

    def _is_current(self, event: Input) -> bool:
        conn: int | None = getattr(event, "conn", None)
        if conn is None or isinstance(event, TcpSampled):
            return True
        if isinstance(event, ConnectFailed | PeerReset):
            return self._connections.pop(conn, None) is not None
        return conn in self._connections
