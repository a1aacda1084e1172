"""The dashboard's HTTP server: esp_http_server, one task for everything.

The task reads a request, runs its handler and writes the answer before it turns to the
next session; a client that dribbles its head or does not drain its answer holds up the
others, for 5 s a step. A stream whose handler never returns (``stream.one_task``) holds
the task for as long as it lives.

Source: ESP-IDF ``esp_http_server``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

import msgspec

from holdfast.core.device import serial_text
from holdfast.core.device.board import Board
from holdfast.core.device.dashboard.clients import Client, Phase, path_in
from holdfast.core.device.dashboard.door import Door
from holdfast.core.device.dashboard.replies import OpenStream, Reply, answer, error
from holdfast.core.device.dashboard.settings import DashboardSettings
from holdfast.core.device.dashboard.streams import StreamHub
from holdfast.core.device.http_session import BadRequest, HttpRequest
from holdfast.core.device.knobs import ANSWERED
from holdfast.core.link.browser_guard import page_refusal

__all__ = ["HttpServer"]

_RECEIVE_TIMEOUT_S = 5.0  # recv_wait_timeout, fixed by esp-idf-svc
_HANDLER_SPREAD = (0.5, 1.5)


class HttpServer:
    """The server's sessions and its task.

    Args:
        board: What it runs on.
        settings: Switches.
        route: Runs the handler of a request.
        hub: Takes over sessions that become streams.
    """

    def __init__(
        self,
        board: Board,
        settings: DashboardSettings,
        route: Callable[[HttpRequest, float], Reply | OpenStream],
        hub: StreamHub,
    ) -> None:
        self._board = board
        self._settings = settings
        self._route = route
        self._hub = hub
        self._door = Door(
            board,
            size=settings.backlog,
            heals=settings.accept_self_heal,
            admit=self._admit,
            tell=self._tell,
        )
        self.accepted_total = 0
        self.restart()

    def restart(self) -> None:
        """Begin afresh, as after a reset of the board."""
        self._clients: dict[int, Client] = {}
        self._ready: deque[int] = deque()
        self._phase: Phase | None = None
        self._holder = 0
        self._until_s = math.inf
        self._door.restart()
        self.errors = dict.fromkeys(
            (
                "accept_failures",
                "connect_timeout",
                "early_close",
                "handshake_failures",
                "reset_by_peer",
            ),
            0,
        )

    # --- connections ----------------------------------------------------------

    def accepted(self, conn: int, now: float) -> None:
        """A client's connection to the HTTP port is established."""
        self.accepted_total += 1
        for killed in self._board.tcp.accept(conn, now):
            self._board.truth("connection_killed", now, conn=killed, why="control blocks")
            self.gone(killed, now)
        self._door.accepted(conn, now)

    def received(self, conn: int, data: bytes, now: float) -> None:
        """Bytes came from a client."""
        client = self._clients.get(conn)
        if self._door.received(conn, data, now) or client is None:
            return
        client.inbox += data
        self._board.tcp.hold_window(conn, len(client.inbox))
        self._board.sockets.touch(conn, now)
        if conn not in self._ready:
            self._ready.append(conn)
        self._run(now)

    def drained(self, conn: int, now: float) -> None:
        """A client's send buffer has room again."""
        if self._phase is Phase.WRITE and conn == self._holder:
            if not self._board.tcp.is_blocked(conn):
                self._finish(conn, now)
            self._run(now)

    def peer_closed(self, conn: int, now: float) -> None:
        """A client sent FIN: answer what it asked, then close."""
        client = self._clients.get(conn)
        if self._door.left(conn, now):
            return
        if client is None:
            self._close(conn, now)
        elif self._phase is Phase.STREAM and conn in self._ready:
            self._tell(now, conn, path_in(client.inbox), "no_response")
            self._close(conn, now)
        elif not client.is_parked and (client.inbox or client.request is not None):
            client.has_left = True
        else:
            if self._phase is Phase.READ and conn == self._holder:
                self.errors["early_close"] += 1
            self._close(conn, now)
        self._run(now)

    def peer_reset(self, conn: int, now: float) -> None:
        """A client reset its connection."""
        if conn in self._clients:
            self.errors["reset_by_peer"] += 1
            self._board.say([serial_text.httpd_receive_error(104, self._board.uptime_s(now))])
        self._board.tcp.forget(conn)
        if not self._door.left(conn, now):
            self.gone(conn, now)

    def gone(self, conn: int, now: float) -> None:
        """A connection, stream or not, is no more."""
        self._clients.pop(conn, None)
        self._door.gone(conn)
        self._board.sockets.close(conn)
        self._hub.gone(conn, now)
        if self._phase is not None and conn == self._holder:
            self._release(now)
        elif self._door.has_waiting():
            self._door.open(now)
        self._run(now)

    # --- time -----------------------------------------------------------------

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next."""
        first = min(self._until_s, self._door.deadline())
        if self._settings.session_timeout_s:
            idle_s = self._board.sockets.idle_since_s()
            first = min(first, idle_s + self._settings.session_timeout_s)
        return first

    def on_timer(self, now: float) -> None:
        """React to the passing of time."""
        if now >= self._until_s:
            conn, phase = self._holder, self._phase
            if phase is Phase.HANDLE:
                self._answer(conn, now)
            else:
                self._refuse_bad(conn, BadRequest(408, "request incomplete"), now)
        if self._settings.session_timeout_s:
            for socket in self._board.sockets.idle_for(self._settings.session_timeout_s, now):
                client = self._clients.get(socket.conn)
                if client is not None and not client.requests:
                    self.errors["connect_timeout"] += 1  # connected and never spoke
                self._close(socket.conn, now)
        if self._door.on_timer(now):
            self._heal(now)
        self._run(now)

    def changed(self, now: float) -> None:
        """A knob was turned: the streams may have taken or left the task."""
        streams = self._hub.connections()
        if streams and self._is_one_task and self._phase is not Phase.STREAM:
            self._block(streams[0], now)
        elif self._phase is Phase.STREAM and not self._is_one_task:
            self._release(now)
            self._run(now)

    @property
    def _is_one_task(self) -> bool:
        return self._settings.stream_one_task or self._board.knobs.one_task

    # --- sessions -------------------------------------------------------------

    def _admit(self, conn: int, client: Client, now: float) -> None:
        board, settings = self._board, self._settings
        if board.sockets.is_full:
            self.errors["accept_failures"] += 1
            self._door.fail(conn, now)
            return
        limit = board.knobs.session_limit or settings.max_sessions
        if board.sockets.sessions() >= limit:
            victim = board.sockets.least_recently_used()
            if not settings.lru_purge or victim is None:
                self._door.queue(conn, client, now)
                return
            board.truth("session_evicted", now, conn=victim.conn, kind=victim.kind, by=conn)
            board.log("D", "httpd_sess", f"closing least recently used {victim.conn}", now)
            board.sockets.open(conn, "http", now)  # the new one first: nobody else may take it
            self._hub.note_end(victim.conn, "evicted")
            self._close(victim.conn, now)
        is_near_cap = (
            board.sockets.sessions() >= limit - 1 or board.sockets.used >= board.sockets.limit - 1
        )
        can_refuse = settings.early_503 and board.knobs.session_limit is None
        client.is_refused = can_refuse and is_near_cap
        board.sockets.open(conn, "http", now)
        self._clients[conn] = client
        if client.inbox:
            self._ready.append(conn)

    def _heal(self, now: float) -> None:
        self._board.log("W", "web", "storm of failed accepts: restarting the server", now)
        self._board.truth("self_heal", now, leaked=self._board.sockets.leaked)
        self._board.sockets.leaked = 0
        for conn in [*self._clients, *self._hub.connections()]:
            self._hub.note_end(conn, "self_heal")
            self._close(conn, now)

    def _close(self, conn: int, now: float) -> None:
        self._board.tcp.close(conn)
        self.gone(conn, now)

    # --- the task -------------------------------------------------------------

    def _hold(self, phase: Phase, conn: int, until_s: float) -> None:
        self._phase, self._holder, self._until_s = phase, conn, until_s

    def _release(self, now: float) -> None:
        was_stream = self._phase is Phase.STREAM
        self._phase, self._until_s = None, math.inf
        if was_stream or self._door.has_waiting():
            self._door.open(now)

    def _block(self, conn: int, now: float) -> None:
        self._hold(Phase.STREAM, conn, math.inf)
        self._door.shut(now)

    def _run(self, now: float) -> None:
        while self._ready or self._phase is Phase.READ:
            if self._phase is Phase.READ:
                conn = self._holder
                if conn not in self._ready:
                    return
                self._ready.remove(conn)
            elif self._phase is None:
                conn = self._ready.popleft()
            else:
                return
            client = self._clients.get(conn)
            if client is not None and client.request is None and not client.is_parked:
                self._release(now)
                data = bytes(client.inbox)
                client.inbox.clear()
                self._board.tcp.hold_window(conn, 0)
                self._take(conn, client, client.http.feed(data), now)

    def _take(
        self, conn: int, client: Client, result: HttpRequest | BadRequest | None, now: float
    ) -> None:
        if result is None and client.has_left:
            self.errors["early_close"] += 1
            self._close(conn, now)
        elif result is None:
            self._hold(Phase.READ, conn, now + _RECEIVE_TIMEOUT_S)
        elif isinstance(result, BadRequest):
            self._refuse_bad(conn, result, now)
        else:
            client.request = result
            client.requests += 1
            socket = self._board.sockets.get(conn)
            if socket is not None:
                socket.is_busy = True
            spread = self._board.rng.uniform(*_HANDLER_SPREAD)
            took_s = self._settings.handler_s * spread
            if not client.is_refused:
                took_s += self._board.knobs.handler_extra_s * (0.7 + 0.3 * spread)
            self._hold(Phase.HANDLE, conn, now + took_s)

    def _answer(self, conn: int, now: float) -> None:
        client = self._clients[conn]
        request = client.request
        self._release(now)
        if request is None:
            return
        if client.is_refused:
            result: Reply | OpenStream = error(
                503, "SERVICE_UNAVAILABLE", "Too many sessions", now=self._board.uptime_s(now)
            )
        elif refusal := page_refusal(
            request.method, request.headers, is_upgrade=request.wants_websocket
        ):
            result = error(403, "FORBIDDEN", refusal, now=self._board.uptime_s(now))
        else:
            result = self._route(request, now)
        if isinstance(result, OpenStream):
            turned_away = self._hub.open(conn, client.http, result, request, now)
            if turned_away is None:
                self._become_stream(conn, now)
                return
            result = turned_away
            outcome = "bad_status"
        else:
            script = self._board.knobs.outcome
            outcome = script(request.path, now) if script else ANSWERED
        self._send(conn, request, result, outcome, now)

    def _become_stream(self, conn: int, now: float) -> None:
        self._clients.pop(conn, None)
        socket = self._board.sockets.get(conn)
        if socket is not None:
            socket.kind, socket.is_busy = "stream", False
        if self._is_one_task and conn in self._hub:
            self._block(conn, now)

    def _send(
        self, conn: int, request: HttpRequest, reply: Reply, outcome: str, now: float
    ) -> None:
        client = self._clients[conn]
        limit = self._board.knobs.payload_limit_bytes
        if limit:
            reply = msgspec.structs.replace(reply, body=reply.body[:limit])
        data, is_closing, client.is_parked = answer(client.http, request, reply, outcome)
        status = 0 if outcome in ("no_response", "early_close", "reset") else reply.status
        if outcome == ANSWERED and reply.status >= 400:
            outcome = "bad_status"
        self._tell(now, conn, request.path, outcome, status)
        self._log(request.path, reply.status, now)
        if outcome == "reset":
            self._board.tcp.abort(conn)
            self.gone(conn, now)
            return
        if data:
            self._board.tcp.write(conn, data, now)
        if client.is_parked:
            return
        client.has_left = client.has_left or is_closing
        if self._board.tcp.is_blocked(conn):
            self._hold(Phase.WRITE, conn, math.inf)
        else:
            self._finish(conn, now)

    def _finish(self, conn: int, now: float) -> None:
        client = self._clients[conn]
        client.request = None
        self._release(now)
        socket = self._board.sockets.get(conn)
        if socket is not None:
            socket.is_busy, socket.used_at_s = False, now
        if client.has_left:
            self._close(conn, now)
            return
        if client.http.must_close:  # said so, and leaves closing to the client
            client.is_parked = True
            return
        result = client.http.next()
        if result is not None:
            self._take(conn, client, result, now)
        elif client.inbox and conn not in self._ready:
            self._ready.append(conn)

    def _refuse_bad(self, conn: int, bad: BadRequest, now: float) -> None:
        client = self._clients[conn]
        self._release(now)
        self.errors["early_close"] += bad.status == 408
        self._tell(now, conn, "", "bad_status", bad.status)
        self._board.log("W", "httpd_parse", f"bad request: {bad.status}", now)
        headers = (("Content-Type", "text/html"), ("Connection", "close"))
        data = client.http.respond(bad.status, headers, f"{bad.status}".encode())
        self._board.tcp.write(conn, data, now)
        self._close(conn, now)

    # --- telling --------------------------------------------------------------

    def _tell(self, now: float, conn: int, path: str, outcome: str, status: int = 0) -> None:
        self._board.truth(
            "request", now, conn=conn, path=path, outcome=outcome, status=status or None
        )

    def _log(self, path: str, status: int, now: float) -> None:
        board = self._board
        free = board.heap.free_bytes(now, len(board.sockets))
        shown = path[:64] if path.isprintable() else "?"
        board.log("I", "web", f"{shown} {status} heap:{free}", now)
