"""Where connections wait for the HTTP server: its backlog, and what happens when it is stuck.

Behind a stream that holds the server's task, newcomers see three phases: they are accepted
but hear nothing until the backlog is full, their SYNs stay unanswered until 67 to 80 s after
the stream began, and then they are accepted and closed as soon as they ask.

Source: the corpus (8 runs) for the phases; lwIP keeps the place of a connection that gave
up until the server accepts it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from holdfast.core.device import serial_text
from holdfast.core.device.board import Board
from holdfast.core.device.dashboard.clients import AcceptStorm, Client, path_in

__all__ = ["Door"]

_SHEDS_AFTER_S = (67.0, 80.0)
_ENFILE = 23
_HEALS_AFTER_S = 1.0  # stop and start of a server take their time


class Door:
    """The listening socket of the HTTP server.

    Args:
        board: What it is on.
        size: Length of the backlog.
        heals: Whether a storm of failed accepts restarts the server.
        admit: Takes a connection in.
        tell: Records how a request ended.
    """

    def __init__(
        self,
        board: Board,
        *,
        size: int,
        heals: bool,
        admit: Callable[[int, Client, float], None],
        tell: Callable[[float, int, str, str], None],
    ) -> None:
        self._board = board
        self._size = size
        self._heals = heals
        self._admit = admit
        self._tell = tell
        self.restart()

    def restart(self) -> None:
        """Begin afresh."""
        self._waiting: dict[int, Client] = {}
        self._shed: set[int] = set()
        self._is_shut = False
        self._sheds_at_s = math.inf
        self._heals_at_s = math.inf
        self._storm = AcceptStorm()

    # --- a stuck server -------------------------------------------------------

    def shut(self, now: float) -> None:
        """The server is stuck from now on."""
        self._is_shut = True
        self._sheds_at_s = now + self._board.rng.uniform(*_SHEDS_AFTER_S)

    def open(self, now: float) -> None:
        """The server accepts again: let in who waits."""
        self._is_shut = False
        self._sheds_at_s = math.inf
        waiting, self._waiting = self._waiting, {}
        self._board.backlog_is_full = False
        for conn, client in waiting.items():
            if client.has_left:
                self._board.tcp.close(conn)
            elif self._is_shut:
                self.queue(conn, client, now)
            elif conn in self._board.tcp:
                self._admit(conn, client, now)
        self._board.refresh(now)

    # --- connections ----------------------------------------------------------

    def accepted(self, conn: int, now: float) -> None:
        """A client's connection is established."""
        if not self._is_shut:
            self._admit(conn, Client(), now)
        elif now >= self._sheds_at_s:
            self._shed.add(conn)
        else:
            self.queue(conn, Client(), now)

    def queue(self, conn: int, client: Client, now: float) -> None:
        """Let ``conn`` wait; when the backlog is full, SYNs stay unanswered."""
        self._waiting[conn] = client
        if len(self._waiting) >= self._size:
            self._board.backlog_is_full = True
            self._board.refresh(now)

    def received(self, conn: int, data: bytes, now: float) -> bool:
        """Bytes came; return whether from one who waits outside."""
        if conn in self._shed:
            self._shed.discard(conn)
            self._tell(now, conn, path_in(data), "early_close")
            self._board.tcp.close(conn)
            return True
        client = self._waiting.get(conn)
        if client is None:
            return False
        client.inbox += data
        self._board.tcp.hold_window(conn, len(client.inbox))
        return True

    def left(self, conn: int, now: float) -> bool:
        """A peer closed or reset; return whether it was one who waits outside."""
        if conn in self._shed:
            self._shed.discard(conn)
            self._board.tcp.close(conn)
            return True
        client = self._waiting.get(conn)
        if client is None:
            return False
        client.has_left = True
        self._tell(now, conn, path_in(client.inbox), "no_response")
        return True

    def gone(self, conn: int) -> None:
        """A connection is no more."""
        self._waiting.pop(conn, None)
        self._shed.discard(conn)

    def has_waiting(self) -> bool:
        """Return whether an open door keeps someone waiting."""
        return bool(self._waiting) and not self._is_shut

    # --- failed accepts -------------------------------------------------------

    def fail(self, conn: int, now: float) -> None:
        """There is no socket for ``conn``: reset it."""
        self._tell(now, conn, "", "reset")
        self._board.say(serial_text.httpd_accept_error(_ENFILE, self._board.uptime_s(now)))
        self._board.tcp.abort(conn)
        if self._storm.failed(now) and self._heals:
            self._heals_at_s = now + _HEALS_AFTER_S

    # --- time -----------------------------------------------------------------

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next."""
        return min(self._heals_at_s, self._sheds_at_s if self._board.backlog_is_full else math.inf)

    def on_timer(self, now: float) -> bool:
        """Go on to the third phase when due; return whether the server must restart."""
        if self._board.backlog_is_full and now >= self._sheds_at_s:
            self._board.backlog_is_full = False
            self._board.refresh(now)
        if now < self._heals_at_s:
            return False
        self._heals_at_s = math.inf
        self._storm.healed(now)
        return True
