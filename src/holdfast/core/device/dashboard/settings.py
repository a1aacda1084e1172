"""The dashboard twin's switches: one table, with what each one buys.

Dialect ``plan`` is the reliability plan of document 000, every item of it a switch;
``firmware`` is what the recorded devices ran.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from holdfast.core.device.board import BoardSettings
from holdfast.core.device.sockets import HTTPD_OWN_SOCKETS
from holdfast.core.device.switches import Switch, SwitchKind, Value, nearest, resolve
from holdfast.core.device.wifi import WifiSettings
from holdfast.errors import ConfigError

__all__ = [
    "DIALECTS",
    "HTTP_PORT",
    "SWITCHES",
    "TELNET_PORT",
    "DashboardSettings",
    "board_settings",
    "settings_of",
]

DIALECTS = ("plan", "firmware")
"""Ways in which a dashboard may be built; the first is the default."""

HTTP_PORT, TELNET_PORT = 80, 23

_ALIAS = "stream.max_clients"


def _row(
    name: str, kind: SwitchKind, plan: Value, firmware: Value, buys: str, **limits: Any
) -> Switch:
    defaults = {"plan": plan, "firmware": firmware}
    return Switch(name=name, kind=kind, defaults=defaults, buys=buys, **limits)


_FLAG, _COUNT, _NUMBER = SwitchKind.FLAG, SwitchKind.COUNT, SwitchKind.NUMBER
_DURATION, _CHOICE, _TEXT = SwitchKind.DURATION, SwitchKind.CHOICE, SwitchKind.TEXT

SWITCHES: tuple[Switch, ...] = (
    # --- the plan's items -----------------------------------------------------
    _row("ws_stream", _FLAG, True, False,
         "Offers the live stream as a WebSocket at /ws; without it /ws is 404."),
    _row("heartbeat", _DURATION, 25.0, 0.0,
         "Pings WebSocket clients so often and drops those silent for 60 s; off lets a dead "
         "client keep its slot.", high=300.0),
    _row("max_streams", _COUNT, 1, 1,
         "Live clients of all kinds at once; one more is refused with 503.", low=1, high=200),
    _row("sse_limit", _COUNT, 1, 1,
         "SSE clients at once, within max_streams.", low=0, high=200),
    _row("nodelay", _FLAG, True, False,
         "Sends each message at once; without it a message waits for the last one's "
         "acknowledgement."),
    _row("keepalive", _FLAG, True, False,
         "Frees a stream whose client vanished after 20 s instead of after minutes."),
    _row("session_timeout", _DURATION, 5.0, 0.0,
         "Closes idle sessions, so that their sockets are free for others; 0 keeps them.",
         high=3600.0),
    _row("max_sessions", _COUNT, 9, 12,
         "HTTP sessions at once, streams included; needs 3 sockets more.", low=1, high=250),
    _row("lru_purge", _FLAG, True, True,
         "Makes room for a new session by closing the least recently used one; without it "
         "the new one waits in the backlog."),
    _row("connection_close", _CHOICE, "close", "header",
         "Ends /ping and /health with Connection: close; \"header\" only says so and leaves "
         "closing to the client.", choices=("off", "header", "close")),
    _row("early_503", _FLAG, True, False,
         "Answers 503 at once when only one session is left, instead of resetting or evicting."),
    _row("sockets", _COUNT, 16, 16,
         "LWIP_MAX_SOCKETS: an accept without a free socket resets the client.",
         low=5, high=253),
    _row("backlog", _COUNT, 5, 5,
         "Connections that may wait for the server; past them SYNs stay unanswered.",
         low=1, high=255),
    _row("wifi_buffers", _COUNT, 64, 32,
         "Segments in flight over all connections.", low=2, high=128),
    _row("lwip_pools", _COUNT, 24, 16,
         "TCP control blocks: a connection past them costs the oldest one a reset.",
         low=4, high=255),
    _row("power_save", _FLAG, False, False,
         "Modem sleep: saves current, but what comes in waits for a beacon."),
    _row("fast_scan", _FLAG, True, False,
         "Looks for the network only where it was: back 3 to 5 s earlier after a loss."),
    _row("last_reason", _FLAG, True, True,
         "Tells the last Wi-Fi reason and its time in /health."),
    _row("error_buckets", _FLAG, True, False,
         "Counts transport errors and sockets in /health."),
    _row("reconnect_self_heal", _FLAG, True, True,
         "Restarts the Wi-Fi driver on every third failed reconnect: frees a wedged driver."),
    _row("accept_self_heal", _FLAG, True, False,
         "Restarts the server after ten failed accepts within a minute: frees leaked sockets."),
    # --- the stream -----------------------------------------------------------
    _row("stream.interval", _DURATION, 1.0, 1.0, "Time between messages.", low=0.005, high=60.0),
    _row("stream.work", _DURATION, 0.0, 0.05,
         "What a loop adds to each interval: the real one sends at 0.95 Hz.", high=10.0),
    _row("stream.cap", _DURATION, 0.0, 300.0,
         "Hard end of a stream; 0 for none.", high=86_400.0),
    _row("stream.one_task", _FLAG, False, True,
         "A stream's handler keeps the server's only task, so that nothing else is served."),
    _row("stream.format", _CHOICE, "head", "head",
         "Messages as at the last commit, or as the recorded runs saw them.",
         choices=("head", "old")),
    # --- what it tells --------------------------------------------------------
    _row("health.keys", _CHOICE, "v4", "v4",
         "Key set of /health.", choices=("v1", "v2", "v3", "v4")),
    _row("rssi", _NUMBER, -62, -70, "Mean signal strength in dBm.", low=-95, high=-30),
    _row("rssi_frozen", _FLAG, False, True,
         "Reports the signal strength at association for ever."),
    _row("live_metrics", _FLAG, True, False,
         "Lets the counters of /metrics move; the real one's HTTP and Wi-Fi counters stay 0."),
    # --- the board ------------------------------------------------------------
    _row("send_buffer", _COUNT, 5760, 5760,
         "LWIP_TCP_SND_BUF_DEFAULT in bytes: how much a client may leave unacknowledged.",
         low=536, high=65_535),
    _row("heap.free", _COUNT, 8_242_488, 8_242_488, "Free heap after boot, in bytes.",
         low=60_000, high=16_777_216),
    _row("heap.leak", _NUMBER, 0.0, 80.0, "Bytes lost per second.", high=1e6),
    _row("handler", _DURATION, 0.012, 0.012, "Mean time of a short request.", high=60.0),
    _row("boot", _CHOICE, "warm", "warm",
         "Whether it runs already or is powered on at the start.", choices=("warm", "cold")),
    _row("boot.ready", _DURATION, 12.0, 30.0,
         "From reset until it answers HTTP, on average.", low=3.0, high=120.0),
    _row("uptime", _DURATION, 3600.0, 600.0, "Its age at the start.", high=3e7),
    _row("telnet", _FLAG, True, True, "Serves its log on port 23."),
    _row("restart_token", _TEXT, "", "", "Token that POST /restart needs; empty for none."),
    _row("version", _TEXT, "v6.26", "v6.25", "Firmware version that it tells."),
    _row("ssid", _TEXT, "lab", "lab", "Network that it is in."),
)  # fmt: skip
"""Every switch."""


class DashboardSettings(Struct, frozen=True, kw_only=True):
    """The switches' values, and the name of their dialect; the table says what each is."""

    dialect: str
    ws_stream: bool
    heartbeat_s: float
    max_streams: int
    sse_limit: int
    nodelay: bool
    keepalive: bool
    session_timeout_s: float
    max_sessions: int
    lru_purge: bool
    connection_close: str
    early_503: bool
    sockets: int
    backlog: int
    wifi_buffers: int
    lwip_pools: int
    power_save: bool
    fast_scan: bool
    last_reason: bool
    error_buckets: bool
    reconnect_self_heal: bool
    accept_self_heal: bool
    stream_interval_s: float
    stream_work_s: float
    stream_cap_s: float
    stream_one_task: bool
    stream_format: str
    health_keys: str
    rssi: float
    rssi_frozen: bool
    live_metrics: bool
    send_buffer: int
    heap_free: int
    heap_leak: float
    handler_s: float
    boot: str
    boot_ready_s: float
    uptime_s: float
    telnet: bool
    restart_token: str
    version: str
    ssid: str


def settings_of(dialect: str, settings: Mapping[str, str]) -> DashboardSettings:
    """Return all switches' values.

    ``stream.max_clients=N`` stands for ``max_streams`` and ``sse_limit`` of N with the
    sessions, sockets and control blocks that so many clients need.

    Raises:
        ConfigError: If the dialect, a name, a value or their combination is wrong.
    """
    if dialect not in DIALECTS:
        raise ConfigError("dialect", f"no such dialect {dialect!r}; {nearest(dialect, DIALECTS)}")
    values = resolve(SWITCHES, dialect, _expanded(settings, dialect))
    kinds = {switch.name: switch.kind for switch in SWITCHES}
    fields: dict[str, Any] = {
        name.replace(".", "_") + ("_s" if kinds[name] is SwitchKind.DURATION else ""): value
        for name, value in values.items()
    }
    result = DashboardSettings(dialect=dialect, **fields)
    needed = result.max_sessions + HTTPD_OWN_SOCKETS
    if needed > result.sockets:
        raise ConfigError(
            "max_sessions",
            f"is too large (max allowed {result.sockets - HTTPD_OWN_SOCKETS}, "
            f"{HTTPD_OWN_SOCKETS} of {result.sockets} sockets used by HTTP server internally), "
            f"got {result.max_sessions}",
        )
    return result


def _expanded(settings: Mapping[str, str], dialect: str) -> dict[str, str]:
    """Return ``settings`` with the short form for many clients written out."""
    result = dict(settings)
    text = result.pop(_ALIAS, None)
    if text is None:
        return result
    table = {switch.name: switch for switch in SWITCHES}
    clients = int(table["max_streams"].parse(text))
    spare = 4  # ping, health, metrics, and one to say 503 on
    needs = {
        "max_streams": clients,
        "sse_limit": clients,
        "max_sessions": clients + spare,
        "sockets": clients + spare + HTTPD_OWN_SOCKETS + 4,
        "lwip_pools": clients + spare + 8,
        "wifi_buffers": clients * 4,
    }
    for name, need in needs.items():
        default = table[name].defaults[dialect]
        enough = max(need, int(default)) if name not in ("max_streams", "sse_limit") else need
        result.setdefault(name, str(int(min(enough, table[name].high))))
    return result


def board_settings(settings: DashboardSettings) -> BoardSettings:
    """Return the board that these switches describe."""
    return BoardSettings(
        name="dashboard",
        wifi=WifiSettings(
            rssi_dbm=round(settings.rssi),
            channel=11,
            fast_scan=settings.fast_scan,
            self_heal=settings.reconnect_self_heal,
            rssi_frozen=settings.rssi_frozen,
        ),
        ports=(HTTP_PORT, TELNET_PORT) if settings.telnet else (HTTP_PORT,),
        version=settings.version,
        ssid=settings.ssid,
        sockets=settings.sockets,
        reserved_sockets=HTTPD_OWN_SOCKETS + int(settings.telnet),
        control_blocks=settings.lwip_pools,
        air_segments=settings.wifi_buffers,
        send_buffer_bytes=settings.send_buffer,
        heap_free_bytes=settings.heap_free,
        leak_bytes_per_s=settings.heap_leak,
        ready_s=settings.boot_ready_s,
        uptime_s=settings.uptime_s,
        is_cold=settings.boot == "cold",
    )
