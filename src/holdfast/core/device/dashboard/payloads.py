"""What the dashboard says about itself: JSON, the binary packet, messages.

Source: the firmware's web server, SSE handler (spec sections 2-7).
JSON objects have their keys in alphabetical order, as serde_json writes them.
"""

from __future__ import annotations

import struct

import msgspec
from msgspec import Struct

__all__ = [
    "Facts",
    "binary_metrics",
    "error_json",
    "events_message",
    "health",
    "json_body",
    "metrics_json",
    "old_events_message",
    "stats_message",
    "stream_metrics",
    "system",
    "widened",
]

_LOW_MEMORY_BYTES = 50_000
_PACKET = struct.Struct("<BQhBHBHBBBBHIIbBBIIHH")
_ENCODER = msgspec.json.Encoder(order="sorted")


class Facts(Struct, frozen=True, kw_only=True):
    """Everything that one answer may need, read at one moment.

    Attributes:
        uptime_s: Since boot; also the device's system clock, which is never set.
        version: Of the firmware.
        ssid: Of the network.
        boot_id: Of this boot.
        reset_code: ``esp_reset_reason()``.
        reset_reason: Its text.
        heap_free_bytes: Free now.
        heap_min_bytes: Least ever free.
        heap_largest_bytes: Largest free block.
        is_connected: Whether Wi-Fi is up.
        rssi_dbm: As the firmware knows it now.
        association_rssi_dbm: At the last association.
        channel: Of the network.
        disconnects: Losses since boot.
        reconnects: Associations since boot.
        last_disconnect_s: Uptime at the last loss; 0 for never.
        last_reason: Its ``wifi_err_reason_t``; 0 for none.
        temperature_c: Of the chip.
        fps: Frames per second.
        cpu0_percent: Load of core 0.
        cpu1_percent: Load of core 1.
        frames: Drawn since boot.
        battery_mv: Battery voltage.
        brightness: Of the display.
        http_connections: Open HTTP sessions.
        http_total: Accepted since boot.
        telnet_connections: Open log clients.
        telnet_total: Accepted since boot.
        sockets_open: Sockets in use.
        sockets_max: Sockets there are.
        errors: Transport errors since boot by bucket.
        has_live_metrics: Whether ``/metrics`` tells the HTTP and Wi-Fi counters as they are.
    """

    uptime_s: float
    version: str
    ssid: str
    boot_id: int
    reset_code: int
    reset_reason: str
    heap_free_bytes: int
    heap_min_bytes: int
    heap_largest_bytes: int
    is_connected: bool
    rssi_dbm: int
    association_rssi_dbm: int
    channel: int
    disconnects: int
    reconnects: int
    last_disconnect_s: float
    last_reason: int
    temperature_c: float
    fps: float
    cpu0_percent: int
    cpu1_percent: int
    frames: int
    battery_mv: int = 4110
    brightness: int = 80
    http_connections: int = 0
    http_total: int = 0
    telnet_connections: int = 0
    telnet_total: int = 0
    sockets_open: int = 0
    sockets_max: int = 16
    errors: dict[str, int] = {}
    has_live_metrics: bool = False

    @property
    def cpu_percent(self) -> int:
        """Mean load of the two cores."""
        return (self.cpu0_percent + self.cpu1_percent) // 2

    @property
    def battery_percent(self) -> int:
        """Charge, by the firmware's straight line between 3.3 and 4.2 V."""
        return max(0, min(100, round((self.battery_mv - 3300) / 9)))


def json_body(value: object) -> bytes:
    """Return JSON with sorted keys."""
    return _ENCODER.encode(value)


def error_json(code: str, message: str, *, number: int, uptime_s: float) -> bytes:
    """Return the error shape; ``number`` makes the request id."""
    return json_body(
        {
            "error": {
                "code": code,
                "message": message,
                "request_id": f"req_{int(uptime_s):08x}{number & 0xFFFF:04x}",
                "timestamp": int(uptime_s),
            }
        }
    )


def health(facts: Facts, *, keys: str, last_reason: bool, error_buckets: bool) -> bytes:
    """Return ``/health`` in one of its historical key sets.

    Args:
        facts: State.
        keys: ``"v1"`` to ``"v4"``: without ``wifi``, with it, with its last reason, with
            ``boot_id``.
        last_reason: Whether v3 and later tell the last reason.
        error_buckets: Whether transport errors and sockets are told.
    """
    is_low = facts.heap_free_bytes < _LOW_MEMORY_BYTES
    body: dict[str, object] = {
        "free_heap": facts.heap_free_bytes,
        "issues": ["low_memory"] if is_low else [],
        "reset_code": facts.reset_code,
        "reset_reason": facts.reset_reason,
        "status": "warning" if is_low else "healthy",
        "uptime_seconds": int(facts.uptime_s),
        "version": facts.version,
        "wifi_rssi": facts.association_rssi_dbm,
    }
    if keys >= "v2":
        last_disconnect_ms = int(facts.last_disconnect_s * 1000) & 0xFFFFFFFF
        wifi: dict[str, object] = {
            "channel": facts.channel,
            "connected": facts.is_connected,
            "disconnects": facts.disconnects,
            "last_disconnect_ms": last_disconnect_ms,
            "reconnects": facts.reconnects,
            "rssi_dbm": facts.rssi_dbm,
        }
        if keys >= "v3" and last_reason:
            wifi |= {"last_reason": facts.last_reason, "last_reason_ms": last_disconnect_ms}
        body["wifi"] = wifi
    if keys >= "v4":
        body["boot_id"] = facts.boot_id
    if error_buckets:
        body["transport"] = facts.errors
        body["sockets"] = {"max": facts.sockets_max, "open": facts.sockets_open}
        body["heap_largest"] = facts.heap_largest_bytes
        body["heap_min"] = facts.heap_min_bytes
    return json_body(body)


def system(facts: Facts) -> bytes:
    """Return ``/api/system``."""
    return json_body(
        {
            "free_heap": facts.heap_free_bytes,
            "ota": {"available": False, "running_partition": "ota_0"},
            "reset_code": facts.reset_code,
            "reset_reason": facts.reset_reason,
            "ssid": facts.ssid,
            "uptime_ms": int(facts.uptime_s * 1000),
            "version": facts.version,
            "wifi": {"ip": "192.0.2.201"},
        }
    )


def metrics_json(facts: Facts) -> bytes:
    """Return ``/api/metrics``."""
    return json_body(
        {
            "battery_charging": False,
            "battery_percentage": facts.battery_percent,
            "battery_voltage": facts.battery_mv,
            "cpu0_usage": facts.cpu0_percent,
            "cpu1_usage": facts.cpu1_percent,
            "cpu_freq_mhz": 240,
            "cpu_usage": facts.cpu_percent,
            "display_brightness": 255,
            "flush_time_ms": 6,
            "fps_actual": widened(facts.fps),
            "fps_target": 10,
            "frame_count": facts.frames,
            "heap_free": facts.heap_free_bytes,
            "render_time_ms": 11,
            "skip_count": 0,
            "skip_rate": 0.0,
            "temperature": widened(round(facts.temperature_c, 1)),
            "uptime": int(facts.uptime_s),
            "wifi_connected": facts.is_connected,
            "wifi_rssi": facts.association_rssi_dbm,
            "wifi_ssid": facts.ssid,
        }
    )


def binary_metrics(facts: Facts) -> bytes:
    """Return the 46-byte packet, version 1; its documents say 63."""
    return _PACKET.pack(
        1,
        int(facts.uptime_s),
        round(facts.temperature_c * 10),
        facts.battery_percent,
        facts.battery_mv,
        0,
        round(facts.fps * 10),
        10,
        facts.cpu_percent,
        facts.cpu0_percent,
        facts.cpu1_percent,
        240,
        facts.heap_free_bytes,
        facts.heap_min_bytes,
        facts.association_rssi_dbm,
        facts.is_connected,
        255,
        facts.frames & 0xFFFFFFFF,
        0,
        11,
        6,
    )


def events_message(facts: Facts, seq: int) -> bytes:
    """Return the data of one ``/api/events`` message; ``seq`` 0 leaves it out."""
    body: dict[str, object] = {
        "battery_percentage": facts.battery_percent,
        "cpu0_usage": facts.cpu0_percent,
        "cpu1_usage": facts.cpu1_percent,
        "cpu_freq_mhz": 240,
        "cpu_usage": facts.cpu_percent,
        "fps_actual": widened(facts.fps),
        "fps_actual_str": f"{facts.fps:.1f}",
        "heap_fragmentation": 3,
        "heap_free_kb": facts.heap_free_bytes // 1024,
        "httpd_stack_low_water": 17_400,
        "psram_free_kb": 8_000,
        "render_time_ms": 11,
        "reset_reason": facts.reset_reason,
        "skip_rate": 0.0,
        "temperature": widened(facts.temperature_c),
        "temperature_str": f"{facts.temperature_c:.1f}",
        "type": "metrics",
        "uptime_ms": int(facts.uptime_s * 1000),
        "wifi_connected": facts.is_connected,
        "wifi_rssi": facts.association_rssi_dbm,
        "wifi_ssid": facts.ssid,
    }
    if seq:
        body["seq"] = seq
    return json_body(body)


def old_events_message(facts: Facts, seq: int) -> bytes:
    """Return the data of the message that the recorded runs saw; it carries no number."""
    del seq
    data = {
        "battery_percentage": facts.battery_percent,
        "cpu_usage": facts.cpu_percent,
        "fps_actual": widened(facts.fps),
        "fps_actual_str": f"{facts.fps:.1f}",
        "temperature": widened(facts.temperature_c),
        "temperature_str": f"{facts.temperature_c:.1f}",
        "wifi_rssi": facts.association_rssi_dbm,
    }
    return json_body({"data": data, "pressure": 0, "type": "metrics"})


def stats_message(facts: Facts, seq: int) -> bytes:
    """Return the data of one ``/sse/stats`` message."""
    del seq
    now = int(facts.uptime_s)
    return json_body({"count": 1, "heap": facts.heap_free_bytes, "timestamp": now, "uptime": now})


def stream_metrics(facts: Facts, seq: int) -> bytes:
    """Return one WebSocket message: the whole metrics struct, its number and the uptime."""
    return json_body(
        {
            "battery_charging": False,
            "battery_percentage": facts.battery_percent,
            "battery_voltage_mv": facts.battery_mv,
            "button_avg_response_ms": 0.0,
            "button_events_per_second": 0.0,
            "button_events_total": 0,
            "button_max_response_ms": 0.0,
            "cpu0_usage": facts.cpu0_percent,
            "cpu1_usage": facts.cpu1_percent,
            "cpu_freq_mhz": 240,
            "cpu_usage": facts.cpu_percent,
            "display_brightness": 255,
            "flush_time_ms": 6,
            "fps_actual": widened(facts.fps),
            "fps_target": 10,
            "frame_count": facts.frames,
            "heap_free": facts.heap_free_bytes,
            "http_connections_active": facts.http_connections,
            "http_connections_total": facts.http_total,
            "psram_free": facts.heap_free_bytes,
            "psram_total": 8_388_608,
            "render_time_ms": 11,
            "seq": seq,
            "skip_count": 0,
            "telnet_connections_active": facts.telnet_connections,
            "telnet_connections_total": facts.telnet_total,
            "temperature": widened(facts.temperature_c),
            "timestamp": int(facts.uptime_s),
            "uptime_ms": int(facts.uptime_s * 1000),
            "uptime_seconds": int(facts.uptime_s),
            "wifi_connected": facts.is_connected,
            "wifi_disconnects": facts.disconnects,
            "wifi_reconnects": facts.reconnects,
            "wifi_rssi": facts.rssi_dbm,
            "wifi_ssid": facts.ssid,
        }
    )


def widened(value: float) -> float:
    """Return ``value`` as a 32-bit float printed as a double: 45.3 is 45.29999923706055."""
    result: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return result
