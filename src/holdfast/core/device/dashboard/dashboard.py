"""The ESP32-S3 dashboard as one machine: board, HTTP server, streams, telnet log.

``dialect=plan`` is the device of document 000's reliability plan; ``dialect=firmware`` is
the recorded one, whose only HTTP task is held by its stream. Everything that was done, by
itself or by a fault, is recorded as truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from holdfast.core.device.board import Board
from holdfast.core.device.dashboard.config_store import ConfigStore
from holdfast.core.device.dashboard.http_server import HttpServer
from holdfast.core.device.dashboard.payloads import Facts, json_body
from holdfast.core.device.dashboard.routes import Routes
from holdfast.core.device.dashboard.settings import (
    TELNET_PORT,
    DashboardSettings,
    board_settings,
)
from holdfast.core.device.dashboard.streams import StreamHub
from holdfast.core.device.dashboard.telnet import TelnetLog
from holdfast.core.device.faults.base import FaultPlan
from holdfast.core.device.faults.schedule import FaultSchedule
from holdfast.core.device.knobs import Sleep
from holdfast.core.device.serial_text import httpd_send_error
from holdfast.core.link.transport import (
    Accepted,
    Acked,
    Action,
    Forget,
    Input,
    PeerClosed,
    PeerReset,
    Received,
)

__all__ = ["Dashboard"]

_EAGAIN = 11  # what a send time-out shows as
_LOG_BATCH = 20
_RESTART_AFTER_S = 1.0
# the firmware's default listen interval: each third beacon of 102.4 ms
_POWER_SAVE = Sleep(beacon_s=0.3072, awake_s=0.02)


class Dashboard:
    """A dashboard twin; implements ``Machine``.

    Args:
        settings: Its switches.
        faults: What goes wrong, and when.
        rng: All its randomness.
    """

    def __init__(
        self, settings: DashboardSettings, faults: Sequence[FaultPlan], rng: Random
    ) -> None:
        self.settings = settings
        self._actions: list[Action] = []
        self._board = Board(board_settings(settings), self, self._actions.append, rng)
        self._rng = rng
        self._telnet = TelnetLog(self._board)
        self._config = ConfigStore(settings.ssid)
        self._hub = StreamHub(
            self._board, settings, self.facts, self._log_batch, self._stream_dropped
        )
        self._routes = Routes(self, settings, self._config)
        self._server = HttpServer(self._board, settings, self._routes, self._hub)
        self._faults = FaultSchedule(faults, self._board, rng)
        self._ports: dict[int, int] = {}
        self._restart_at_s = math.inf

    # --- Machine --------------------------------------------------------------

    def start(self, now: float) -> list[Action]:
        """Begin: running already, or powered on now."""
        if self.settings.power_save:
            self._board.knobs.sleep = _POWER_SAVE
        self._board.start(now)
        self._faults.on_timer(now)
        return self._taken()

    def receive(self, event: Input, now: float) -> list[Action]:
        """React to a client."""
        if isinstance(event, Accepted):
            self._accepted(event.conn, event.port, now)
        elif isinstance(event, Received):
            self._received(event.conn, event.data, now)
        elif isinstance(event, Acked):
            if event.conn in self._board.tcp:
                self._board.tcp.acked(event.conn, event.size_bytes, now)
                self._server.drained(event.conn, now)
        elif isinstance(event, PeerClosed | PeerReset):
            self._left(event.conn, now, is_reset=isinstance(event, PeerReset))
        return self._taken()

    def on_timer(self, now: float) -> list[Action]:
        """React to the passing of time."""
        self._faults.on_timer(now)
        for conn in self._board.tcp.on_timer(now):
            self._hub.note_end(conn, "send_timeout")
            self._board.say([httpd_send_error(_EAGAIN, self._board.uptime_s(now))])
            self._ended(conn, now)
        self._board.on_timer(now)
        if now >= self._restart_at_s:
            self._restart_at_s = math.inf
            self._board.reset("software", now)
        if not self._board.watchdog.is_hung:
            self._hub.on_timer(now)
            self._server.on_timer(now)
        return self._taken()

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next."""
        first = min(self._faults.deadline(), self._board.deadline(), self._restart_at_s)
        if self._board.watchdog.is_hung:
            return first
        return min(first, self._server.deadline(), self._hub.deadline())

    # --- Services of the board ------------------------------------------------

    def started(self, now: float) -> None:
        """Begin to listen."""
        self._server.restart()
        self._board.truth("services_started", now, boot=self._board.boot.count)

    def lost(self, now: float, why: str) -> None:
        """Forget every connection."""
        for conn in self._hub.connections():
            self._hub.note_end(conn, why)
            self._hub.gone(conn, now)
        leaked = self._board.sockets.leaked
        self._board.sockets.clear()
        if why == "wifi":  # what another component leaked stays leaked
            self._board.sockets.leaked = leaked
            errors = self._server.errors
            self._server.restart()
            self._server.errors.update(errors)
            self._telnet.lost()
        else:
            self._server.restart()
            self._telnet.restart()

    def logged(self, level: str, module: str, text: str, now: float) -> None:
        """Take note of a line of the log."""
        self._telnet.logged(level, module, text, now)

    def changed(self, now: float) -> None:
        """A knob was turned."""
        self._server.changed(now)

    def end_streams(self, now: float) -> None:
        """End every live stream in good order."""
        for conn in self._hub.connections():
            self._hub.end(conn, "asked", now)

    # --- Device of the routes -------------------------------------------------

    def facts(self, now: float) -> Facts:
        """Return the state."""
        board, wifi = self._board, self._board.wifi
        uptime_s = board.uptime_s(now)
        frames = int(uptime_s * 9.8)
        rssi_dbm = wifi.rssi_dbm(now)
        lost_at_s = wifi.last_disconnect_at_s
        heap_free = board.heap.free_bytes(now, len(board.sockets))
        return Facts(
            uptime_s=uptime_s,
            version=self.settings.version,
            ssid=self.settings.ssid,
            boot_id=board.boot.boot_id,
            reset_code=board.boot.reset.code,
            reset_reason=board.boot.reset.reason,
            heap_free_bytes=heap_free,
            heap_min_bytes=board.heap.minimum_bytes,
            heap_largest_bytes=board.heap.largest_bytes(now),
            is_connected=wifi.is_up,
            rssi_dbm=rssi_dbm,
            association_rssi_dbm=rssi_dbm if self.settings.live_metrics else wifi.association_dbm,
            channel=wifi.settings.channel,
            disconnects=wifi.disconnects,
            reconnects=wifi.reconnects,
            last_disconnect_s=board.boot.uptime_s(lost_at_s) if lost_at_s > -math.inf else 0.0,
            last_reason=wifi.last_reason,
            temperature_c=43.0 + 2.0 * math.sin(uptime_s / 97.0),
            fps=9.8 + 0.2 * math.sin(uptime_s / 13.0),
            cpu0_percent=31 + frames % 5,
            cpu1_percent=12 + frames % 3,
            frames=frames,
            brightness=self._config.brightness,
            http_connections=board.sockets.sessions(),
            http_total=self._server.accepted_total,
            telnet_connections=len(self._telnet),
            telnet_total=self._telnet.accepted_total,
            sockets_open=board.sockets.used,
            sockets_max=board.sockets.limit,
            errors={
                **self._server.errors,
                "handshake_failures": self._hub.handshake_failures,
            },
            has_live_metrics=self.settings.live_metrics,
        )

    def recent_log(self, count: int) -> list[dict[str, object]]:
        """Return the last log entries."""
        return self._telnet.recent(count)

    def wifi_events(self) -> list[dict[str, object]]:
        """Return associations and losses since boot, the last 32."""
        boot = self._board.boot
        return [
            {
                "channel": change.channel,
                "kind": "sta_disconnected" if change.reason else "sta_connected",
                "reason": change.reason,
                "rssi_dbm": change.rssi_dbm,
                "ts_ms": int(max(0.0, boot.uptime_s(change.at_s)) * 1000),
            }
            for change in self._board.wifi.history
        ]

    def restart_soon(self, now: float) -> None:
        """Restart in a second."""
        self._restart_at_s = now + _RESTART_AFTER_S

    # --- within ---------------------------------------------------------------

    def _accepted(self, conn: int, port: int, now: float) -> None:
        if not (self._board.is_ready and self._board.wifi.is_up):
            self._actions.append(Forget(conn))  # its handshake crossed the loss: nobody is there
            return
        self._ports[conn] = port
        if port == TELNET_PORT:
            self._telnet.accepted(conn, now)
        else:
            self._server.accepted(conn, now)

    def _received(self, conn: int, data: bytes, now: float) -> None:
        is_alive = self._board.tcp.heard(conn, now) and not self._board.watchdog.is_hung
        if is_alive and self._ports.get(conn) != TELNET_PORT:
            self._hub.received(conn, data, now)
            self._server.received(conn, data, now)

    def _left(self, conn: int, now: float, *, is_reset: bool) -> None:
        if conn not in self._board.tcp:
            self._ports.pop(conn, None)
            return
        if is_reset:
            self._board.tcp.forget(conn)
        is_stream = conn in self._hub
        if is_stream or self._ports.get(conn) == TELNET_PORT:
            self._board.tcp.close(conn)
            self._hub.note_end(conn, "by_peer")
            self._ended(conn, now)
        elif is_reset:
            self._server.peer_reset(conn, now)
        else:
            self._server.peer_closed(conn, now)
        self._ports.pop(conn, None)

    def _ended(self, conn: int, now: float) -> None:
        self._telnet.gone(conn)
        self._server.gone(conn, now)
        self._ports.pop(conn, None)

    def _stream_dropped(self, conn: int, now: float) -> None:
        self._server.gone(conn, now)
        self._ports.pop(conn, None)

    def _log_batch(self) -> list[bytes]:
        return [
            json_body(
                {
                    "level": str(entry["level"]).strip(),
                    "module": entry["module"],
                    "msg": entry["message"],
                    "timestamp_ms": entry["timestamp"],
                }
            )
            for entry in self._telnet.recent(_LOG_BATCH)
        ]

    def _taken(self) -> list[Action]:
        actions = self._actions[:]
        self._actions.clear()
        return actions
