"""One direction of a proxied connection: from one socket through a lane to another.

Laws:
    - With no impairment bytes are written as they are read, with nothing between.
    - While the lane is stalled, or the receiver does not read, the sender is not read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from typing import Protocol

from holdfast.core.impair.impairment import ImpairedLink
from holdfast.core.impair.stream import Lane, Note
from holdfast.core.impair.unit import Direction, End
from holdfast.core.impair.websocket_faults import WebSocketFaults, WebSocketFilter

__all__ = ["Ending", "Way"]

_GRAIN_S = 0.0005
"""What is due within this is due: uvloop's timers count whole milliseconds, and half of one
early is as near as half of one late."""
_WEBSOCKET_OFF = WebSocketFaults()


class Ending(Protocol):
    """A connection that is told how a way of it ends."""

    def finished(self) -> None:
        """Be told that a way has carried its FIN."""
        ...

    def broken(self, end: End) -> None:
        """Be told that a way breaks the connection off."""
        ...


class Way:
    """Bytes from one socket to the other.

    Args:
        link: The impairment in operation.
        direction: Which way.
        now: Returns the time on the run's clock.
        note: Told what the lane does.
        owner: The connection.
    """

    def __init__(
        self,
        link: ImpairedLink,
        direction: Direction,
        *,
        now: Callable[[], float],
        note: Note,
        owner: Ending,
    ) -> None:
        self._now = now
        self._note = note
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._source: asyncio.Transport | None = None
        self._sink: asyncio.Transport | None = None
        self._is_sink_full = False
        self._is_paused = False
        self._is_over = False
        self._direction = direction
        self.lane = Lane(link, direction, opened_s=now(), note=note)
        self._filters = [
            WebSocketFilter(faults)
            for faults in link.impairment.websocket
            if faults.acts_on(direction)
        ]
        self._is_plain = link.impairment.is_nothing
        self.carried_bytes = 0
        """Bytes handed to the receiver's kernel."""
        self.is_finished = False
        """Whether its FIN was handed on."""

    # --- sockets -------------------------------------------------------------------

    def begin(self, source: asyncio.Transport) -> None:
        """Take what this one gives; it is read no further while there is no receiver."""
        self._source = source

    def connect(self, source: asyncio.Transport, sink: asyncio.Transport) -> None:
        """Carry bytes between these two from now on."""
        self._source, self._sink = source, sink
        self._pump()

    def receive(self, data: bytes) -> None:
        """Take what the source's socket gave."""
        if self._is_plain and self._sink is not None:
            self.carried_bytes += len(data)
            self._sink.write(data)
            return
        now = self._now()
        for spoiler in self._filters:
            data = spoiler.feed(data, now)
        self.lane.put(data, now)
        self._look_at_filters(now)
        self._pump()

    def receive_end(self) -> None:
        """Take the source's FIN."""
        self.lane.put_end(self._now())
        self._pump()

    def break_off(self, end: End) -> None:
        """Bring the news that the source broke off, after what is under way."""
        self.lane.break_off(end)
        self._pump()

    def set_sink_full(self, is_full: bool) -> None:
        """Take note of whether the receiver's socket takes more."""
        self._is_sink_full = is_full
        self._balance_reading()

    def switch(self, link: ImpairedLink) -> None:
        """Let another impairment decide; WebSocket faults begin with new connections."""
        for spoiler in self._filters:
            spoiler.faults = _WEBSOCKET_OFF
        self.lane.switch(link, self._now())
        self._is_plain = False
        self._pump()

    def stop(self) -> None:
        """Carry nothing more."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- the lane ------------------------------------------------------------------

    def _pump(self) -> None:
        """Write what is due, end what is over, set the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        sink, now = self._sink, self._now() + _GRAIN_S
        if self._is_over:
            return
        if sink is None:
            self._balance_reading()
            return
        for spoiler in self._filters:
            if late := spoiler.on_timer(now):
                self.lane.put(late, now)
        released = self.lane.take(now)
        for chunk in released.chunks:
            self.carried_bytes += len(chunk)
            sink.write(chunk)
        if released.end is not None:
            self.stop()
            self._owner.broken(released.end)
            return
        if released.is_finished:
            self.is_finished = True
            self.stop()
            if sink.can_write_eof() and not sink.is_closing():
                sink.write_eof()
            self._owner.finished()
            return
        self._wait()
        self._balance_reading()

    def _wait(self) -> None:
        deadline_s = min([self.lane.deadline(), *(s.deadline() for s in self._filters)])
        if deadline_s < inf:
            wait_s = max(0.0, deadline_s - self._now() - _GRAIN_S)
            self._timer = self._loop.call_later(wait_s, self._pump)
        elif not self.lane.held_bytes and self.lane.impairment.is_nothing and not self._filters:
            self._is_plain = True

    def _look_at_filters(self, now: float) -> None:
        for spoiler in self._filters:
            for done in spoiler.done:
                self._note("websocket", now, {"what": done})
            spoiler.done.clear()
            if spoiler.end is not None:
                self.lane.break_off(spoiler.end)

    def _balance_reading(self) -> None:
        source = self._source
        wanted = self._sink is None or self._is_sink_full or self.lane.is_stalled
        if source is None or source.is_closing() or wanted == self._is_paused:
            return
        self._is_paused = wanted
        if wanted:
            source.pause_reading()
        else:
            source.resume_reading()
