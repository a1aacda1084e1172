"""A device's log over telnet, read as long as it lasts and opened again when it ends.

Laws:
    - It never sends a byte; it holds one connection of the run's budget.
    - The first failure and the recovery are noted, repeats are not.
"""

from __future__ import annotations

import math
from random import Random
from typing import Final

from holdfast.core.journal.events import Note
from holdfast.core.link.backoff import Backoff
from holdfast.core.link.transport import (
    Action,
    Close,
    Connected,
    ConnectFailed,
    Input,
    PeerClosed,
    PeerReset,
    Received,
    Record,
)
from holdfast.core.observe.log_port import LogPort
from holdfast.core.observe.site import Site
from holdfast.core.redact import printable
from holdfast.core.wire.telnet import TelnetLines

__all__ = ["TelnetReader"]

CONNECT_LIMIT_S: Final = 4.0
"""Twice that of a request: nothing waits for it."""
_MAX_TEXT: Final = 160


class TelnetReader:
    """Reads one telnet log.

    Args:
        site: The target.
        port: The log's TCP port.
        rng: Source of jitter.
    """

    def __init__(self, site: Site, port: int, rng: Random) -> None:
        self._site = site
        self._port = port
        self._backoff = Backoff(rng)
        self._log = LogPort("telnet", site.link)
        self._lines = TelnetLines()
        self._conn = 0
        self._opened_s: float | None = None
        self._retry_at = self._limit_at = math.inf
        self._is_failing = False

    def start(self, now: float) -> list[Action]:
        """Begin to connect."""
        return self._attempt(now)

    def deadline(self) -> float:
        """Return when :meth:`on_timer` must run next; ``inf`` for never."""
        return min(self._retry_at, self._limit_at, self._log.deadline())

    def on_timer(self, now: float) -> list[Action]:
        """Act on the passing of time; harmless when called early."""
        actions: list[Action] = []
        if now >= self._log.deadline():
            actions += self._log.flush(now)
        if now >= self._limit_at:
            return [*actions, Close(self._conn), *self._over(now, "no connection in the limit")]
        if now >= self._retry_at:
            actions += self._attempt(now)
        return actions

    def receive(self, event: Input, now: float) -> list[Action]:
        """React to one input for its connection."""
        if not self._conn or self._conn != getattr(event, "conn", 0):
            return []
        match event:
            case Connected():
                return self._connected(now)
            case ConnectFailed() | PeerReset():
                return self._over(now, event.detail or "reset")
            case PeerClosed():
                return [Close(self._conn), *self._over(now, "closed by the device")]
            case Received():
                return [*self._log.take(self._lines.receive(event.data), now)]
        return []

    def finish(self, now: float) -> list[Action]:
        """End it for good."""
        actions: list[Action] = [*self._log.flush(now)]
        if self._conn:
            actions.append(Close(self._conn))
        self._drop()
        self._retry_at = math.inf
        return actions

    def _attempt(self, now: float) -> list[Action]:
        opening = self._site.open(self, self._port)
        if opening is None:
            self._retry_at = now + self._backoff.next_delay_s()
            return []
        self._conn = opening.conn
        self._retry_at = math.inf
        self._limit_at = now + CONNECT_LIMIT_S
        return [opening]

    def _connected(self, now: float) -> list[Action]:
        self._opened_s = now
        self._limit_at = math.inf
        self._lines = TelnetLines()
        self._log.opened()
        if not self._is_failing:
            return []
        self._is_failing = False
        return [self._note(now, "telnet-back", "the telnet log is back")]

    def _over(self, now: float, why: str) -> list[Action]:
        held_s = 0.0 if self._opened_s is None else now - self._opened_s
        self._drop()
        self._retry_at = now + self._backoff.next_delay_s(held_s)
        if self._is_failing:
            return []
        self._is_failing = True
        return [self._note(now, "telnet-lost", f"no telnet log: {printable(why, _MAX_TEXT)}")]

    def _drop(self) -> None:
        self._site.connections.drop(self._conn)
        self._conn = 0
        self._opened_s = None
        self._limit_at = math.inf

    def _note(self, now: float, about: str, text: str) -> Record:
        link = self._site.link
        return Record(Note(at_s=now, source="log.telnet", link=link, about=about, text=text))
