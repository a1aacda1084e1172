"""The dashboard's live streams: WebSocket and server-sent events.

One clock sends to all; a client that has not taken its last message misses the next.
The WebSocket side is the sans-I/O protocol of ``websockets``; frames can be cut on purpose.

Source: the firmware's SSE handler and the uncompiled WebSocket design (spec sections 6, 7),
with the heartbeat of document 000.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from holdfast.core.device.board import Board
from holdfast.core.device.dashboard.payloads import (
    Facts,
    events_message,
    old_events_message,
    stats_message,
    stream_metrics,
)
from holdfast.core.device.dashboard.replies import OpenStream, Reply, error, text_reply
from holdfast.core.device.dashboard.settings import DashboardSettings
from holdfast.core.device.http_session import HttpRequest, HttpSession

__all__ = ["StreamHub"]

_CLIENT_SILENCE_S = 60.0
_HEARTBEAT_TURNS = 30
_CLOSE_HANDSHAKE_S = 2.0
_LOWEST_HEAP_BYTES = 80_000
_MAX_MESSAGE_BYTES = 4096
_MAX_WAITING_PONGS = 64
_SSE_HEADERS = (
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-cache"),
    ("Connection", "keep-alive"),
    ("X-Accel-Buffering", "no"),
)
_CORS_HEADERS = (("Access-Control-Allow-Origin", "*"),)
"""The firmware lets every page read its streams; the plan's twin does not."""
_MESSAGES: dict[str, Callable[[Facts, int], bytes]] = {
    "ws": stream_metrics,
    "events": events_message,
    "stats": stats_message,
}


class _Live:
    """One stream."""

    __slots__ = (
        "closes_at_s",
        "conn",
        "end",
        "heard_at_s",
        "http",
        "kind",
        "last_at_s",
        "opened_at_s",
        "ping_at_s",
        "seq",
        "turns",
        "ws",
    )

    def __init__(self, conn: int, kind: str, now: float) -> None:
        self.conn = conn
        self.kind = kind
        self.opened_at_s = self.last_at_s = self.heard_at_s = now
        self.ping_at_s = math.inf
        self.closes_at_s = math.inf
        self.seq = 0
        self.turns = 0
        self.end = ""
        self.http: HttpSession | None = None
        self.ws: ServerProtocol | None = None


class StreamHub:
    """All live streams.

    Args:
        board: What they run on.
        settings: Switches.
        facts: Tells the state for messages.
        recent_log: Returns the last log entries as data of ``/sse/logs`` messages.
        dropped: Told when the hub itself ends a connection.
    """

    def __init__(
        self,
        board: Board,
        settings: DashboardSettings,
        facts: Callable[[float], Facts],
        recent_log: Callable[[], list[bytes]],
        dropped: Callable[[int, float], None],
    ) -> None:
        self._board = board
        self._settings = settings
        self._facts = facts
        self._recent_log = recent_log
        self._dropped = dropped
        self._gap_s = max(2.5 * settings.stream_interval_s, 0.5)
        self.opened_total = 0
        self.handshake_failures = 0
        self._streams: dict[int, _Live] = {}
        self._tick_at_s = math.inf

    def __len__(self) -> int:
        return len(self._streams)

    def __contains__(self, conn: int) -> bool:
        return conn in self._streams

    def connections(self) -> list[int]:
        """Return the connections of all streams, oldest first."""
        return list(self._streams)

    # --- opening --------------------------------------------------------------

    def open(
        self, conn: int, http: HttpSession, wanted: OpenStream, request: HttpRequest, now: float
    ) -> Reply | None:
        """Turn a session into a stream; return the answer that refuses it instead."""
        refusal = self._refusal(wanted.kind, now)
        if refusal is not None:
            self._board.truth("stream_refused", now, conn=conn, status=refusal.status)
            return refusal
        if self._board.knobs.stream_reset:
            self._board.truth("stream_refused", now, conn=conn, status=None)
            self._board.tcp.abort(conn)
            self._dropped(conn, now)
            return None
        live = _Live(conn, wanted.kind, now)
        if wanted.kind == "ws":
            failure = self._upgrade(live, request, now)
            if failure is not None:
                return failure
        else:
            live.http = http
            self._begin_events(live, now)
        self.opened_total += 1
        self._board.tcp.tune(
            conn, nodelay=self._settings.nodelay, keepalive=self._settings.keepalive
        )
        self._streams[conn] = live
        self._board.truth("stream_opened", now, conn=conn, stream=wanted.kind)
        self._board.log("I", "stream", f"{wanted.kind} client {self.opened_total}", now)
        if wanted.kind == "ws":
            self._send(live, self._facts(now), now)
        if math.isinf(self._tick_at_s):
            self._tick_at_s = self._next_tick_s(now)
        return None

    def _refusal(self, kind: str, now: float) -> Reply | None:
        status = self._board.knobs.stream_refusal
        if status:
            return error(
                status, "SERVICE_UNAVAILABLE", "Stream refused", now=self._board.uptime_s(now)
            )
        events = sum(1 for live in self._streams.values() if live.kind != "ws")
        is_full = len(self._streams) >= self._settings.max_streams or (
            kind != "ws" and events >= self._settings.sse_limit
        )
        heap = self._board.heap.free_bytes(now, len(self._board.sockets))
        if not is_full and heap >= _LOWEST_HEAP_BYTES:
            return None
        text = "Service Unavailable: Connection limit reached"
        if self._settings.stream_format == "old":
            text = "Too many connections"
        reply = text_reply(text, 503)
        return Reply(
            status=503,
            body=reply.body,
            content_type=reply.content_type,
            headers=(("Retry-After", "5"),),
            says_close=True,
            closes=True,
        )

    def _upgrade(self, live: _Live, request: HttpRequest, now: float) -> Reply | None:
        protocol = ServerProtocol(max_size=_MAX_MESSAGE_BYTES)
        protocol.receive_data(request.head)
        asked = next((e for e in protocol.events_received() if isinstance(e, Request)), None)
        if asked is None:
            self.handshake_failures += 1
            return text_reply("Bad upgrade", 400)
        response = protocol.accept(asked)
        if response.status_code != 101:
            self.handshake_failures += 1
            return text_reply(response.body.decode("utf-8", "replace"), response.status_code)
        del response.headers["Date"]  # the device has no clock
        protocol.send_response(response)
        live.ws = protocol
        self._write(live, b"".join(protocol.data_to_send()), now)
        live.ping_at_s = self._next_ping_s(now)
        return None

    def _begin_events(self, live: _Live, now: float) -> None:
        if live.http is None:
            return
        cors = _CORS_HEADERS if self._settings.dialect == "firmware" else ()
        self._write(live, live.http.begin(200, (*_SSE_HEADERS, *cors)), now)
        if self._settings.stream_format == "old":
            hello = b'data: {"type":"connected"}\n\n'
        else:
            hello = (
                f'event: connected\ndata: {{"connection_id":{self.opened_total + 1}}}\n\n'.encode()
            )
        self._write(live, live.http.chunk(hello), now)

    # --- what comes in --------------------------------------------------------

    def received(self, conn: int, data: bytes, now: float) -> None:
        """Bytes came from a stream's client."""
        live = self._streams.get(conn)
        if live is None:
            return
        live.heard_at_s = now
        self._board.sockets.touch(conn, now)
        if live.ws is None:
            return  # an SSE client has nothing to say
        live.ws.receive_data(data)
        live.ws.events_received()
        out = live.ws.data_to_send()
        if len(out) > _MAX_WAITING_PONGS:
            self.end(conn, "flood", now, code=0)  # a device has no room for so many pongs
            return
        if not self._board.tcp.is_blocked(conn):
            self._write(live, b"".join(out), now)
        if live.ws.state is State.CLOSED or b"" in out:
            live.end = live.end or "by_peer"
            self._drop(live, now)

    def gone(self, conn: int, now: float) -> None:
        """A connection is no more; one that was no stream is ignored."""
        live = self._streams.pop(conn, None)
        if live is None:
            return
        self._note_gap(live, now)
        self._board.truth(
            "stream_closed",
            now,
            conn=conn,
            why=live.end or "by_peer",
            for_s=now - live.opened_at_s,
            messages=live.seq,
        )
        if not self._streams:
            self._tick_at_s = math.inf

    def note_end(self, conn: int, why: str) -> None:
        """Remember why ``conn`` is about to be gone."""
        live = self._streams.get(conn)
        if live is not None:
            live.end = why

    def end(self, conn: int, why: str, now: float, *, code: int = 1000) -> None:
        """End a stream as a server does; a ``code`` of 0 sends FIN alone."""
        live = self._streams[conn]
        live.end = why
        if live.ws is not None and code and live.ws.state is State.OPEN:
            live.ws.send_close(code)
            self._write(live, b"".join(live.ws.data_to_send()), now)
            live.closes_at_s = now + _CLOSE_HANDSHAKE_S
            return
        if live.http is not None:
            self._write(live, live.http.end(), now)
        self._drop(live, now)

    # --- time -----------------------------------------------------------------

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next."""
        first = self._tick_at_s
        for live in self._streams.values():
            first = min(first, self._due_s(live))
        return first

    def on_timer(self, now: float) -> None:
        """Send what is due, ping, and end what has lived long enough."""
        for live in [x for x in self._streams.values() if now >= self._due_s(x)]:
            self._attend(live, now)
        if now >= self._tick_at_s:
            facts = self._facts(now)
            for live in list(self._streams.values()):
                if math.isinf(live.closes_at_s):
                    self._send(live, facts, now)
            self._tick_at_s = self._next_tick_s(self._tick_at_s) if self._streams else math.inf
            if self._tick_at_s <= now:  # late by a whole interval: do not try to catch up
                self._tick_at_s = self._next_tick_s(now)

    def _due_s(self, live: _Live) -> float:
        if live.closes_at_s < math.inf:
            return live.closes_at_s
        first = min(live.ping_at_s, live.opened_at_s + self._limit_s)
        if live.ping_at_s < math.inf:
            first = min(first, live.heard_at_s + _CLIENT_SILENCE_S)
        return first

    def _attend(self, live: _Live, now: float) -> None:
        if now >= live.closes_at_s:
            self._drop(live, now)
        elif now >= live.opened_at_s + self._limit_s:
            is_bent = now >= live.opened_at_s + self._board.knobs.stream_limit_s
            code = self._board.knobs.stream_limit_code if is_bent else 1000
            self.end(live.conn, "limit", now, code=code)
        elif live.ws is not None and now >= live.heard_at_s + _CLIENT_SILENCE_S:
            self.end(live.conn, "silent", now, code=0)
        elif live.ws is not None and live.ws.state is State.OPEN:
            live.ws.send_ping(b"")
            self._write(live, b"".join(live.ws.data_to_send()), now)
            live.ping_at_s = self._next_ping_s(now)
        else:
            live.ping_at_s = math.inf

    @property
    def _limit_s(self) -> float:
        return min(self._settings.stream_cap_s or math.inf, self._board.knobs.stream_limit_s)

    def _next_tick_s(self, now: float) -> float:
        work_s = self._settings.stream_work_s
        late_s = work_s * self._board.rng.uniform(0.6, 1.4) if work_s else 0.0
        pace_s = self._settings.stream_interval_s + late_s
        return now + max(pace_s, self._board.knobs.push_stall_s)

    def _next_ping_s(self, now: float) -> float:
        if not self._settings.heartbeat_s:
            return math.inf
        return now + self._settings.heartbeat_s * self._board.rng.uniform(0.9, 1.1)

    # --- what goes out --------------------------------------------------------

    def _send(self, live: _Live, facts: Facts, now: float) -> None:
        if self._board.knobs.stream_is_silent or self._board.tcp.is_blocked(live.conn):
            return
        live.turns += 1
        behind = min(self._board.knobs.behind_next, live.seq)
        if behind:
            self._board.knobs.behind_next = 0
            past_s = behind * self._settings.stream_interval_s
            facts = msgspec.structs.replace(facts, uptime_s=facts.uptime_s - past_s)
            self._board.truth("stream_repeated", now, conn=live.conn, behind=behind)
        data = self._frame(live, facts, live.seq + 1 - behind)
        if not data:
            return
        live.seq += not behind
        self._note_gap(live, now)
        live.last_at_s = now
        if self._board.knobs.tear_next and live.ws is not None:
            self._board.knobs.tear_next = False
            data = data[: self._board.rng.randrange(8, len(data) - 1)]
            self._board.truth("stream_torn", now, conn=live.conn, kept_bytes=len(data))
        self._write(live, data, now)

    def _frame(self, live: _Live, facts: Facts, seq: int) -> bytes:
        limit = self._board.knobs.payload_limit_bytes or None
        if live.ws is not None:
            live.ws.send_text(stream_metrics(facts, seq)[:limit])
            return b"".join(live.ws.data_to_send())
        if live.http is None:
            return b""
        text = b":heartbeat\n\n" if live.turns % _HEARTBEAT_TURNS == 0 else b""
        if live.kind == "logs":
            if live.turns % _HEARTBEAT_TURNS == 0:
                text += b"".join(b"event: log\ndata: %b\n\n" % x for x in self._recent_log())
        elif self._settings.stream_format == "old":
            text += b"data: %b\n\n" % old_events_message(facts, seq)[:limit]
        else:
            event = b"event: stats\n" if live.kind == "stats" else b""
            number = seq if self._settings.dialect == "plan" else 0
            text += b"%bdata: %b\n\n" % (event, _MESSAGES[live.kind](facts, number)[:limit])
        return live.http.chunk(text) if text else b""

    def _note_gap(self, live: _Live, now: float) -> None:
        silence_s = now - live.last_at_s
        if silence_s > self._gap_s:
            self._board.truth("stream_gap", live.last_at_s, conn=live.conn, for_s=silence_s)

    def _write(self, live: _Live, data: bytes, now: float) -> None:
        if data:
            self._board.tcp.write(live.conn, data, now)

    def _drop(self, live: _Live, now: float) -> None:
        self._board.tcp.close(live.conn)
        self._dropped(live.conn, now)
