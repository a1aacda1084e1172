"""The dashboard's HTTP server: esp_http_server, one task for everything.

The task reads a request, runs its handler and writes the answer before it turns to the
next session; a client that dribbles its head or does not drain its answer holds up the
others, for 5 s a step. A stream whose handler never returns (``stream.one_task``) holds
the task for as long as it lives. What other clients then see has three phases, as measured
on the real device: accepted but silent until the backlog is full, SYN unanswered until 67
to 80 s after the stream began, then accepted and closed at once.

Source: ESP-IDF ``esp_http_server``; the corpus (8 runs) for the phases.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from holdfast.core.device import serial_text
from holdfast.core.device.board import Board
from holdfast.core.device.dashboard.clients import AcceptStorm, Client, Phase, path_in
from holdfast.core.device.dashboard.replies import OpenStream, Reply, answer, error
from holdfast.core.device.dashboard.settings import DashboardSettings
from holdfast.core.device.dashboard.streams import StreamHub
from holdfast.core.device.http_session import BadRequest, HttpRequest
from holdfast.core.device.knobs import ANSWERED

__all__ = ["HttpServer"]

_RECEIVE_TIMEOUT_S = 5.0  # recv_wait_timeout, fixed by esp-idf-svc
_SHEDS_AFTER_S = (67.0, 80.0)  # corpus: start of the third phase
_HANDLER_SPREAD = (0.5, 1.5)
_ENFILE = 23


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
        self.accepted_total = 0
        self.restart()

    def restart(self) -> None:
        """Begin afresh, as after a reset of the board."""
        self._clients: dict[int, Client] = {}
        self._backlog: dict[int, Client] = {}
        self._shed: set[int] = set()
        self._ready: deque[int] = deque()
        self._phase: Phase | None = None
        self._holder = 0
        self._until_s = math.inf
        self._sheds_at_s = math.inf
        self._storm = AcceptStorm()
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
        if self._phase is not Phase.STREAM:
            self._admit(conn, Client(), now)
        elif now >= self._sheds_at_s:
            self._shed.add(conn)
        else:
            self._queue(conn, Client(), now)

    def received(self, conn: int, data: bytes, now: float) -> None:
        """Bytes came from a client."""
        if conn in self._shed:
            self._shed.discard(conn)
            self._tell(now, conn, path_in(data), "early_close")
            self._board.tcp.close(conn)
            return
        client = self._clients.get(conn) or self._backlog.get(conn)
        if client is None:
            return
        client.inbox += data
        self._board.tcp.hold_window(conn, len(client.inbox))
        if conn in self._clients:
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
        if conn in self._backlog:
            self._give_up(conn, self._backlog[conn], now)
        elif self._phase is Phase.STREAM and client is not None and conn in self._ready:
            self._give_up(conn, client, now)
            self._close(conn, now)
        elif conn in self._shed or client is None:
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
        if conn in self._backlog:
            self._give_up(conn, self._backlog[conn], now)
            return
        self.gone(conn, now)

    def gone(self, conn: int, now: float) -> None:
        """A connection, stream or not, is no more."""
        self._clients.pop(conn, None)
        self._backlog.pop(conn, None)
        self._shed.discard(conn)
        self._board.sockets.close(conn)
        self._hub.gone(conn, now)
        if self._phase is not None and conn == self._holder:
            self._release()
            self._drain_backlog(now)
        elif self._backlog and self._phase is not Phase.STREAM:
            self._drain_backlog(now)
        self._run(now)

    # --- time -----------------------------------------------------------------

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next."""
        first = self._until_s
        if self._settings.session_timeout_s:
            idle_s = self._board.sockets.idle_since_s()
            first = min(first, idle_s + self._settings.session_timeout_s)
        if self._board.backlog_is_full:
            first = min(first, self._sheds_at_s)
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
            for socket in self._board.sockets.idle_before(now - self._settings.session_timeout_s):
                client = self._clients.get(socket.conn)
                if client is not None and not client.requests:
                    self.errors["connect_timeout"] += 1  # connected and never spoke
                self._close(socket.conn, now)
        if self._board.backlog_is_full and now >= self._sheds_at_s:
            self._board.backlog_is_full = False
            self._board.refresh(now)
        self._run(now)

    def changed(self, now: float) -> None:
        """A knob was turned: the streams may have taken or left the task."""
        streams = self._hub.connections()
        if streams and self._is_one_task and self._phase is not Phase.STREAM:
            self._block(streams[0], now)
        elif self._phase is Phase.STREAM and not self._is_one_task:
            self._release()
            self._drain_backlog(now)
            self._run(now)

    @property
    def _is_one_task(self) -> bool:
        return self._settings.stream_one_task or self._board.knobs.one_task

    # --- sessions -------------------------------------------------------------

    def _admit(self, conn: int, client: Client, now: float) -> None:
        board, settings = self._board, self._settings
        if board.sockets.is_full:
            self._fail_accept(conn, now)
            return
        limit = board.knobs.session_limit or settings.max_sessions
        if board.sockets.sessions() >= limit:
            victim = board.sockets.least_recently_used()
            if not settings.lru_purge or victim is None:
                self._queue(conn, client, now)
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

    def _fail_accept(self, conn: int, now: float) -> None:
        self.errors["accept_failures"] += 1
        self._tell(now, conn, "", "reset")
        self._board.say(serial_text.httpd_accept_error(_ENFILE, self._board.uptime_s(now)))
        self._board.tcp.abort(conn)
        if self._storm.failed(now) and self._settings.accept_self_heal:
            self._heal(now)

    def _heal(self, now: float) -> None:
        self._storm.healed(now)
        self._board.log("W", "web", "storm of failed accepts: restarting the server", now)
        self._board.truth("self_heal", now, leaked=self._board.sockets.leaked)
        self._board.sockets.leaked = 0
        for conn in [*self._clients, *self._hub.connections()]:
            self._hub.note_end(conn, "self_heal")
            self._close(conn, now)

    def _queue(self, conn: int, client: Client, now: float) -> None:
        self._backlog[conn] = client
        if len(self._backlog) >= self._settings.backlog:
            self._board.backlog_is_full = True
            self._board.refresh(now)

    def _give_up(self, conn: int, client: Client, now: float) -> None:
        client.has_left = True  # lwIP keeps its place in the backlog until it is accepted
        self._tell(now, conn, path_in(client.inbox), "no_response")

    def _drain_backlog(self, now: float) -> None:
        waiting, self._backlog = self._backlog, {}
        self._board.backlog_is_full = False
        for conn, client in waiting.items():
            if conn not in self._board.tcp:
                continue
            if client.has_left:
                self._board.tcp.close(conn)
            elif self._phase is Phase.STREAM:
                self._queue(conn, client, now)
            else:
                self._admit(conn, client, now)
        self._board.refresh(now)

    def _close(self, conn: int, now: float) -> None:
        self._board.tcp.close(conn)
        self.gone(conn, now)

    # --- the task -------------------------------------------------------------

    def _hold(self, phase: Phase, conn: int, until_s: float) -> None:
        self._phase, self._holder, self._until_s = phase, conn, until_s

    def _release(self) -> None:
        self._phase, self._until_s, self._sheds_at_s = None, math.inf, math.inf

    def _block(self, conn: int, now: float) -> None:
        self._hold(Phase.STREAM, conn, math.inf)
        self._sheds_at_s = now + self._board.rng.uniform(*_SHEDS_AFTER_S)

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
                self._release()
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
        self._release()
        if request is None:
            return
        if client.is_refused:
            result: Reply | OpenStream = error(
                503, "SERVICE_UNAVAILABLE", "Too many sessions", now=self._board.uptime_s(now)
            )
        else:
            result = self._route(request, now)
        if isinstance(result, OpenStream):
            refusal = self._hub.open(conn, client.http, result, request, now)
            if refusal is None:
                self._become_stream(conn, now)
                return
            result = refusal
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
        self._release()
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
        self._release()
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
