"""What the dashboard answers on each path: one table, one small handler a path.

Paths match literally, as in the firmware; nothing changes anything that the real device
does not let anyone change, and a restart needs its token.

Source: the firmware's route table at its last commit (spec sections 2 to 8).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from holdfast.core.device.dashboard import payloads
from holdfast.core.device.dashboard.config_store import ConfigStore
from holdfast.core.device.dashboard.payloads import Facts
from holdfast.core.device.dashboard.prometheus_text import metrics_text
from holdfast.core.device.dashboard.replies import (
    OpenStream,
    Reply,
    error,
    json_reply,
    text_reply,
)
from holdfast.core.device.dashboard.settings import DashboardSettings
from holdfast.core.device.http_session import HttpRequest

__all__ = ["Device", "Routes"]

_LOGS_CAP = 500
_PAGE = (
    "<!doctype html><title>ESP32-S3 Dashboard</title><h1>ESP32-S3 Dashboard</h1>"
    "<p>A device twin: see <a href=/health>/health</a> and <a href=/metrics>/metrics</a>.</p>"
)

_STREAMS = {"/api/events": "events", "/sse/stats": "stats", "/sse/logs": "logs"}


class Device(Protocol):
    """What handlers ask of the device."""

    def facts(self, now: float) -> Facts:
        """Return the state."""
        ...

    def recent_log(self, count: int) -> list[dict[str, object]]:
        """Return the last log entries."""
        ...

    def wifi_events(self) -> list[dict[str, object]]:
        """Return what happened to Wi-Fi."""
        ...

    def restart_soon(self, now: float) -> None:
        """Restart in a second."""
        ...


class _Counter:
    __slots__ = ("longest_s", "spent_s", "total")

    def __init__(self) -> None:
        self.total = 0
        self.spent_s = 0.0
        self.longest_s = 0.0

    def as_dict(self) -> dict[str, object]:
        return {
            "err_4xx_5xx": 0,
            "ok_2xx": self.total,
            "p95_hint_ms": int(self.longest_s * 1000),
            "total": self.total,
            "total_duration_ms": int(self.spent_s * 1000),
        }


class Routes:
    """The handlers of one device.

    Args:
        device: What they tell about.
        settings: Switches.
        config: Stored configuration.
    """

    def __init__(self, device: Device, settings: DashboardSettings, config: ConfigStore) -> None:
        self._device = device
        self._settings = settings
        self._config = config
        self._requests = 0
        self._counters = {"ping": _Counter(), "health": _Counter()}
        self._table: dict[tuple[str, str], Callable[[HttpRequest, float], Reply | OpenStream]] = {
            ("GET", "/ping"): self._ping,
            ("GET", "/health"): self._health,
            ("GET", "/metrics"): self._metrics,
            ("GET", "/debug/stats"): self._debug_stats,
            ("GET", "/debug/events"): self._debug_events,
            ("GET", "/api/system"): lambda _r, now: _json(payloads.system(device.facts(now))),
            ("GET", "/api/metrics"): lambda _r, now: _json(
                payloads.metrics_json(device.facts(now))
            ),
            ("GET", "/api/metrics/binary"): self._binary,
            ("GET", "/api/config"): lambda _r, _now: _json(config.as_json()),
            ("POST", "/api/config"): self._post_config,
            ("GET", "/api/config/backup"): self._backup,
            ("POST", "/api/config/restore"): self._restore,
            ("POST", "/api/control"): self._control,
            ("GET", "/api/logs"): lambda r, _now: json_reply({"logs": self._logs(r, 100)}),
            ("GET", "/api/logs/recent"): lambda r, _now: json_reply(self._logs(r, 100)),
            ("GET", "/api/v1/logs/recent"): lambda r, _now: json_reply(self._logs(r, 50)),
            ("GET", "/api/v1/sensors/temperature/history"): self._temperature_history,
            ("GET", "/api/v1/sensors/battery/history"): self._battery_history,
            ("GET", "/api/v1/system/processes"): self._processes,
            ("GET", "/api/v1/diagnostics/health"): self._diagnostics,
            ("GET", "/api/v1/diagnostics/last-crash"): lambda _r, _now: Reply(status=204),
            ("DELETE", "/api/v1/diagnostics/last-crash"): lambda _r, _now: json_reply(
                {"status": "cleared"}
            ),
            ("GET", "/api/v1/status/errors"): self._status_errors,
            ("GET", "/api/files"): lambda _r, _now: json_reply({"files": [], "path": "/"}),
            ("GET", "/api/ota/status"): lambda _r, _now: json_reply({"status": "unavailable"}),
            ("POST", "/ota/update"): lambda _r, _now: text_reply("OTA not configured", 503),
            ("POST", "/restart"): self._restart,
            ("POST", "/api/restart"): self._api_restart,
            ("GET", "/control"): lambda _r, _now: Reply(
                status=302,
                headers=(("Location", "/dashboard"), ("Cache-Control", "no-store")),
                says_close=True,
            ),
        }
        for page in ("/", "/dashboard", "/dev", "/graphs", "/logs", "/files", "/ota"):
            self._table["GET", page] = lambda _r, _now: text_reply(_PAGE, content_type="text/html")
        for path, kind in _STREAMS.items():
            self._table["GET", path] = partial(_open_stream, kind)

    def __call__(self, request: HttpRequest, now: float) -> Reply | OpenStream:
        """Run the handler of ``request``."""
        self._requests += 1
        if request.path == "/ws" and request.wants_websocket and self._settings.ws_stream:
            return OpenStream("ws")
        method = "GET" if request.method == "HEAD" else request.method
        handler = self._table.get((method, request.path))
        if handler is None:
            return self._error(404, "NOT_FOUND", "No such resource", now)
        return handler(request, now)

    def _error(self, status: int, code: str, message: str, now: float) -> Reply:
        return error(status, code, message, now=self._device.facts(now).uptime_s)

    # --- liveness and health --------------------------------------------------

    def _ping(self, _request: HttpRequest, _now: float) -> Reply:
        self._count("ping")
        return self._short(b"OK", "text/plain")

    def _health(self, _request: HttpRequest, now: float) -> Reply:
        self._count("health")
        body = payloads.health(
            self._device.facts(now),
            keys=self._settings.health_keys,
            last_reason=self._settings.last_reason,
            error_buckets=self._settings.error_buckets,
        )
        return self._short(body, "application/json")

    def _short(self, body: bytes, content_type: str) -> Reply:
        mode = self._settings.connection_close
        return Reply(
            body=body,
            content_type=content_type,
            says_close=mode != "off",
            closes=mode == "close",
        )

    def _count(self, name: str) -> None:
        counter = self._counters[name]
        counter.total += 1
        counter.spent_s += self._settings.handler_s
        counter.longest_s = max(counter.longest_s, self._settings.handler_s)

    def _metrics(self, _request: HttpRequest, now: float) -> Reply:
        body = metrics_text(self._device.facts(now))
        return Reply(body=body, content_type="text/plain; version=0.0.4")

    def _debug_stats(self, _request: HttpRequest, _now: float) -> Reply:
        return json_reply(
            {
                "active_high_watermark": 1,
                "active_requests": 1,
                "health": self._counters["health"].as_dict(),
                "httpd_stack_low_water_bytes": 17_400,
                "ping": self._counters["ping"].as_dict(),
                "total_requests": self._requests,
            }
        )

    def _debug_events(self, _request: HttpRequest, now: float) -> Reply:
        facts = self._device.facts(now)
        return json_reply(
            {
                "boot_id": facts.boot_id,
                "http_errors": [],
                "uptime_ms": int(facts.uptime_s * 1000),
                "wifi_events": self._device.wifi_events(),
            }
        )

    def _binary(self, _request: HttpRequest, now: float) -> Reply:
        return Reply(
            body=payloads.binary_metrics(self._device.facts(now)),
            content_type="application/octet-stream",
            headers=(("Cache-Control", "no-cache"),),
        )

    # --- configuration --------------------------------------------------------

    def _post_config(self, request: HttpRequest, now: float) -> Reply:
        if self._config.post(request.body[:1024]):
            return Reply(content_type="text/html")
        return self._error(400, "BAD_REQUEST", "Invalid JSON", now)

    def _backup(self, _request: HttpRequest, _now: float) -> Reply:
        name = 'attachment; filename="esp32-config-backup.json"'
        return Reply(body=self._config.as_json(), headers=(("Content-Disposition", name),))

    def _restore(self, request: HttpRequest, _now: float) -> Reply:
        if self._config.restore(request.body):
            return json_reply({"message": "Configuration restored", "status": "success"})
        return text_reply("Invalid configuration", 400)

    def _control(self, request: HttpRequest, _now: float) -> Reply:
        if self._config.control(request.body[:512]):
            return json_reply({"status": "ok"})
        return text_reply("Internal Server Error", 500)

    # --- /api/v1 --------------------------------------------------------------

    def _logs(self, request: HttpRequest, default: int) -> list[dict[str, object]]:
        text = request.query.get("count", "")
        count = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default
        return self._device.recent_log(min(count, _LOGS_CAP))

    def _temperature_history(self, request: HttpRequest, now: float) -> Reply:
        return self._history(request, now, "celsius", self._device.facts(now).temperature_c)

    def _battery_history(self, request: HttpRequest, now: float) -> Reply:
        return self._history(request, now, "percentage", self._device.facts(now).battery_percent)

    def _history(self, request: HttpRequest, now: float, unit: str, value: float) -> Reply:
        del request
        point = {"timestamp": int(self._device.facts(now).uptime_s), "value": value}
        return json_reply({"data": [point], "hours": 24, "unit": unit})

    def _processes(self, _request: HttpRequest, _now: float) -> Reply:
        task = {"core": 0, "name": "httpd", "priority": 5, "stack_watermark": 17_400}
        return json_reply({"note": "Only the current task", "processes": [task], "total": 1})

    def _diagnostics(self, _request: HttpRequest, now: float) -> Reply:
        facts = self._device.facts(now)
        memory = {
            "free": facts.heap_free_bytes,
            "minimum": facts.heap_min_bytes,
            "pressure": 0,
            "status": "ok",
        }
        network = {"connected": facts.is_connected, "ip": "192.0.2.201"}
        temperature = {"status": "ok", "value": 45.0}  # a constant on the device, too
        checks = {"memory": memory, "network": network, "temperature": temperature}
        return json_reply({"checks": checks, "status": "healthy", "timestamp": int(facts.uptime_s)})

    def _status_errors(self, _request: HttpRequest, _now: float) -> Reply:
        names = ("recv_err_10x", "resp_send_err", "send_err_104", "send_err_11")
        counts = dict.fromkeys((*names, "unhandled_internal"), 0)
        return json_reply({"httpd": counts, "window": _LOGS_CAP})

    # --- restart --------------------------------------------------------------

    def _restart(self, request: HttpRequest, now: float) -> Reply:
        allowed = self._token_fits(request)
        if allowed is None:
            return self._error(503, "SERVICE_UNAVAILABLE", "Restart not configured", now)
        if not allowed:
            return self._error(400, "BAD_REQUEST", "Forbidden - Invalid restart token", now)
        self._device.restart_soon(now)
        return json_reply({"message": "Device will restart in 1 second", "status": "ok"})

    def _api_restart(self, request: HttpRequest, now: float) -> Reply:
        allowed = self._token_fits(request)
        if allowed is None:
            return text_reply("Restart not configured", 503)
        if not allowed:
            return text_reply("Forbidden", 403)
        self._device.restart_soon(now)
        return json_reply({"status": "restarting"})

    def _token_fits(self, request: HttpRequest) -> bool | None:
        """Return whether the token is right; ``None`` where the device has none."""
        token = self._settings.restart_token
        if not token:
            return None
        # constant time matters on a device; a twin's token guards nothing
        return request.headers.get("x-restart-token", "") == token


def _json(body: bytes) -> Reply:
    return Reply(body=body)


def _open_stream(kind: str, _request: HttpRequest, _now: float) -> OpenStream:
    return OpenStream(kind)
