"""The dashboard's telnet log: read-only, a banner, the last lines, then live.

A client that does not drain misses lines; the real one would stop the loggers.

Source: the firmware's log server (spec section 9).
"""

from __future__ import annotations

from collections import deque

from holdfast.core.device.board import Board

__all__ = ["TelnetLog"]

_HISTORY = 100
_RING = 2000
_LEVELS = {"E": "ERROR", "W": "WARN", "I": "INFO", "D": "DEBUG", "V": "TRACE"}


class TelnetLog:
    """The log ring and its clients.

    Args:
        board: What it runs on.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._ring: deque[tuple[float, str, str, str]] = deque(maxlen=_RING)
        self._clients: dict[int, None] = {}
        self.accepted_total = 0

    def __len__(self) -> int:
        return len(self._clients)

    def restart(self) -> None:
        """Begin afresh, as after a reset."""
        self._ring.clear()
        self._clients.clear()

    def lost(self) -> None:
        """Forget every client: their connections are gone."""
        self._clients.clear()

    def accepted(self, conn: int, now: float) -> None:
        """A log client connected."""
        board = self._board
        for killed in board.tcp.accept(conn, now):
            self.gone(killed)
        if board.sockets.is_full:
            board.tcp.abort(conn)
            return
        board.sockets.open(conn, "telnet", now)
        board.tcp.tune(conn, nodelay=True, keepalive=False)
        self._clients[conn] = None
        self.accepted_total += 1
        heap_kb = board.heap.free_bytes(now, len(board.sockets)) // 1024
        head = [
            "=== ESP32-S3 Dashboard Remote Log ===",
            f"Firmware: {board.settings.version}",
            f"Free heap: {heap_kb} KB",
            "Read-only: nothing that is typed here is read",
            "--- Recent log history ---",
        ]
        lines = [_line(*entry) for entry in list(self._ring)[-_HISTORY:]]
        text = "\r\n".join([*head, *lines, "--- End of history ---", ""])
        board.tcp.write(conn, text.encode(), now)

    def gone(self, conn: int) -> None:
        """A client left."""
        if conn in self._clients:
            del self._clients[conn]
            self._board.sockets.close(conn)

    def logged(self, level: str, module: str, text: str, now: float) -> None:
        """Take note of a line, and send it to the clients."""
        entry = (self._board.uptime_s(now), level, module, text)
        self._ring.append(entry)
        if self._clients:
            data = f"{_line(*entry)}\r\n".encode()
            for conn in self._clients:
                if not self._board.tcp.is_blocked(conn):
                    self._board.tcp.write(conn, data, now)

    def recent(self, count: int) -> list[dict[str, object]]:
        """Return the last entries as the HTTP log routes tell them."""
        entries = list(self._ring)[-count:] if count > 0 else []
        return [
            {
                "level": f"{_LEVELS[level]:<5}",
                "message": text,
                "module": module,
                "timestamp": int(at_s * 1000),
            }
            for at_s, level, module, text in entries
        ]


def _line(at_s: float, level: str, module: str, text: str) -> str:
    name = _LEVELS[level]
    return f"[{int(at_s):10d}] {name:<5} {_time(at_s)} [{name}] {module[-12:]:>12} | {text}"


def _time(at_s: float) -> str:
    seconds = int(at_s)
    if seconds < 60:
        return f"{seconds:03d}.{int(at_s * 1000) % 1000:03d}s"
    if seconds < 3600:
        return f"{seconds // 60:02d}m{seconds % 60:02d}s"
    return f"{seconds // 3600:02d}h{seconds // 60 % 60:02d}m"
