"""The board's TCP connections: what leaves when, and what becomes of them.

Laws:
    - Bytes leave through the connection's ``SendBuffer``; ``Acked`` makes room.
    - A close waits until all that was written has left.
    - When Wi-Fi goes or the board resets, lwIP forgets every connection without a word to
      the peer.
    - A connection past the pool of control blocks costs the oldest one a reset.

Source: esp-lwip ``tcp_kill_prio``, ESP-IDF station-scenarios (a disconnect ends every
socket), Kconfig (16 control blocks, receive window 5,760 B).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from holdfast.core.device.send_buffer import SEND_BUFFER_BYTES, AirBuffers, SendBuffer
from holdfast.core.link.transport import (
    Abort,
    Action,
    Close,
    Forget,
    PauseReading,
    ResumeReading,
    Send,
)

__all__ = ["KEEPALIVE_S", "SEND_TIMEOUT_S", "WINDOW_BYTES", "Tcp"]

KEEPALIVE_S = 20.0
"""Idle 5 s, then 3 probes 5 s apart (``esp_websocket_client``'s values): a dead peer shows."""

SEND_TIMEOUT_S = 5.0
"""``send_wait_timeout`` of esp_http_server."""

WINDOW_BYTES = 5760
"""Receive window; a peer cannot make the board keep more."""

_GIVE_UP_S = 450.0  # LWIP_TCP_MAXRTX 12 with doubling time-outs


class _Connection:
    __slots__ = ("blocked_at_s", "buffer", "heard_at_s", "is_closing", "is_paused", "keepalive")

    def __init__(self, buffer: SendBuffer, now: float) -> None:
        self.buffer = buffer
        self.keepalive = False
        self.is_closing = False
        self.is_paused = False
        self.heard_at_s = now
        self.blocked_at_s = math.inf


class Tcp:
    """All connections of one board.

    Args:
        emit: Takes the actions.
        control_blocks: Connections that lwIP can hold.
        air_segments: Segments that the Wi-Fi driver can hold.
        send_buffer_bytes: Send buffer of each connection.
    """

    def __init__(
        self,
        emit: Callable[[Action], None],
        *,
        control_blocks: int = 16,
        air_segments: int = 32,
        send_buffer_bytes: int = SEND_BUFFER_BYTES,
    ) -> None:
        self._emit = emit
        self._control_blocks = control_blocks
        self._send_buffer_bytes = send_buffer_bytes
        self._air = AirBuffers(air_segments)
        self._connections: dict[int, _Connection] = {}

    def __contains__(self, conn: int) -> bool:
        return conn in self._connections

    def __len__(self) -> int:
        return len(self._connections)

    def accept(self, conn: int, now: float) -> list[int]:
        """Enter a connection; return those that were reset for its control block."""
        killed = []
        while len(self._connections) >= self._control_blocks:
            oldest = next(iter(self._connections))
            self.abort(oldest)
            killed.append(oldest)
        buffer = SendBuffer(self._air, size_bytes=self._send_buffer_bytes)
        self._connections[conn] = _Connection(buffer, now)
        return killed

    def tune(self, conn: int, *, nodelay: bool, keepalive: bool) -> None:
        """Set TCP_NODELAY and SO_KEEPALIVE of ``conn``."""
        connection = self._connections[conn]
        connection.buffer.nodelay = nodelay
        connection.keepalive = keepalive

    def write(self, conn: int, data: bytes, now: float) -> None:
        """Send ``data`` as soon as there is room; ignored on a connection that is gone."""
        connection = self._connections.get(conn)
        if connection is not None and not connection.is_closing:
            connection.buffer.write(data)
            self._flush(conn, connection, now)

    def close(self, conn: int) -> None:
        """Send what was written, then FIN."""
        connection = self._connections.get(conn)
        if connection is None:
            return
        connection.is_closing = True
        if not connection.buffer.waiting_bytes:
            self.forget(conn)
            self._emit(Close(conn))

    def abort(self, conn: int) -> None:
        """Drop ``conn`` with RST."""
        if self.forget(conn):
            self._emit(Abort(conn))

    def forget(self, conn: int) -> bool:
        """Take note that ``conn`` is gone; return whether it was known."""
        connection = self._connections.pop(conn, None)
        if connection is None:
            return False
        connection.buffer.discard()
        return True

    def acked(self, conn: int, size_bytes: int, now: float) -> None:
        """Take note of an acknowledgement: room for more."""
        connection = self._connections.get(conn)
        if connection is None:
            return
        connection.heard_at_s = now
        connection.buffer.acked(size_bytes)
        self._flush(conn, connection, now)
        if connection.is_closing and not connection.buffer.waiting_bytes:
            self.close(conn)
        elif self._air.free_bytes and len(self._connections) > 1:
            self._flush_others(conn, now)

    def heard(self, conn: int, now: float) -> bool:
        """Take note of bytes from the peer; return whether ``conn`` still lives."""
        connection = self._connections.get(conn)
        if connection is None:
            return False
        connection.heard_at_s = now
        return True

    def is_blocked(self, conn: int) -> bool:
        """Whether the application waits for room in the send buffer of ``conn``."""
        connection = self._connections.get(conn)
        return connection is not None and connection.buffer.is_blocked

    def hold_window(self, conn: int, held_bytes: int) -> None:
        """Stop reading ``conn`` while ``held_bytes`` fill the window, else read on."""
        connection = self._connections.get(conn)
        if connection is not None and connection.is_paused != (held_bytes >= WINDOW_BYTES):
            connection.is_paused = not connection.is_paused
            self._emit(PauseReading(conn) if connection.is_paused else ResumeReading(conn))

    def lose_all(self) -> None:
        """Forget every connection without a word to its peer."""
        for conn in list(self._connections):
            self.forget(conn)
            self._emit(Forget(conn))

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next."""
        first = math.inf
        for connection in self._connections.values():
            if connection.buffer.in_flight_bytes or connection.blocked_at_s < math.inf:
                first = min(first, self._dead_at_s(connection))
        return first

    def on_timer(self, now: float) -> list[int]:
        """Reset what is beyond hope; return the connections that were lost."""
        dead = [
            conn
            for conn, connection in self._connections.items()
            if (connection.buffer.in_flight_bytes or connection.blocked_at_s < math.inf)
            and now >= self._dead_at_s(connection)
        ]
        for conn in dead:
            self.abort(conn)
        return dead

    def _dead_at_s(self, connection: _Connection) -> float:
        patience_s = KEEPALIVE_S if connection.keepalive else _GIVE_UP_S
        return min(connection.heard_at_s + patience_s, connection.blocked_at_s + SEND_TIMEOUT_S)

    def _flush(self, conn: int, connection: _Connection, now: float) -> None:
        was_quiet = not connection.buffer.in_flight_bytes
        data = connection.buffer.take()
        if data:
            self._emit(Send(conn, data))
            if was_quiet:  # until now keepalive probes were answered
                connection.heard_at_s = now
        if not connection.buffer.is_blocked:
            connection.blocked_at_s = math.inf
        elif data or connection.blocked_at_s == math.inf:
            connection.blocked_at_s = now

    def _flush_others(self, conn: int, now: float) -> None:
        for other, connection in list(self._connections.items()):
            if other != conn and connection.buffer.waiting_bytes:
                self._flush(other, connection, now)
                if connection.is_closing and not connection.buffer.waiting_bytes:
                    self.close(other)
