"""The board's socket table and what esp_http_server does when it is full.

Every listening socket, session and log client takes one of lwIP's few sockets; the HTTP
server takes three more for itself. A connection that finds no socket is reset
(``error in accept (23)``); one that finds no session waits in the listen backlog, unless
the least recently used session is closed for it.

Source: ESP-IDF ``components/lwip/Kconfig`` (10 sockets, backlog 5) and
``esp_http_server.h`` (7 sessions, 3 sockets of its own).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["HTTPD_OWN_SOCKETS", "Socket", "SocketTable"]

HTTPD_OWN_SOCKETS = 3
"""Listening socket and the two of the control channel."""


@dataclass(slots=True)
class Socket:
    """One socket in use.

    Attributes:
        conn: The driver's number of its connection.
        kind: ``"http"``, ``"stream"`` or ``"telnet"``.
        opened_at_s: When it was accepted.
        used_at_s: When the peer last sent something on it.
        is_busy: Whether a request on it is being served.
    """

    conn: int
    kind: str
    opened_at_s: float
    used_at_s: float
    is_busy: bool = False


class SocketTable:
    """Sockets in use, in the order of their use by the peer.

    Args:
        limit: LWIP_MAX_SOCKETS.
        reserved: Sockets that the system takes for itself.
    """

    def __init__(self, limit: int, *, reserved: int = HTTPD_OWN_SOCKETS) -> None:
        self.limit = limit
        self.reserved = reserved
        self.leaked = 0
        self._sockets: dict[int, Socket] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    @property
    def used(self) -> int:
        """Sockets in use, the system's own and leaked ones included."""
        return self.reserved + self.leaked + len(self._sockets)

    @property
    def is_full(self) -> bool:
        """Whether an accept would fail with ENFILE (23)."""
        return self.used >= self.limit

    def get(self, conn: int) -> Socket | None:
        """Return the socket of ``conn``."""
        return self._sockets.get(conn)

    def sessions(self) -> int:
        """Return how many sessions the HTTP server holds, streams included."""
        return sum(1 for socket in self._sockets.values() if socket.kind != "telnet")

    def open(self, conn: int, kind: str, now: float) -> Socket:
        """Enter an accepted connection."""
        socket = self._sockets[conn] = Socket(conn, kind, now, now)
        return socket

    def touch(self, conn: int, now: float) -> None:
        """Take note that the peer sent something: it is now the most recently used."""
        socket = self._sockets.pop(conn, None)
        if socket is not None:
            socket.used_at_s = now
            self._sockets[conn] = socket

    def close(self, conn: int) -> None:
        """Free the socket of ``conn``; unknown ones are ignored."""
        self._sockets.pop(conn, None)

    def clear(self) -> None:
        """Free all, leaked ones included: the board restarted."""
        self._sockets.clear()
        self.leaked = 0

    def least_recently_used(self) -> Socket | None:
        """Return the session that an LRU purge would close; a live stream is no exception."""
        return next((s for s in self._sockets.values() if s.kind != "telnet"), None)

    def idle_for(self, timeout_s: float, now: float) -> list[Socket]:
        """Return plain HTTP sessions without a request, unused for ``timeout_s`` or more."""
        return [
            s
            for s in self._sockets.values()
            if s.kind == "http" and not s.is_busy and s.used_at_s + timeout_s <= now
        ]

    def idle_since_s(self) -> float:
        """Return when the longest idle plain HTTP session was last used; ``inf`` for none."""
        return min(
            (s.used_at_s for s in self._sockets.values() if s.kind == "http" and not s.is_busy),
            default=math.inf,
        )
