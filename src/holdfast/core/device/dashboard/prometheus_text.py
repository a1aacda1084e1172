"""What the dashboard's ``/metrics`` says: every series in the firmware's order.

Source: the firmware's metrics formatter (spec section 3).
"""

from __future__ import annotations

from holdfast.core.device.dashboard.payloads import Facts, widened

__all__ = ["metrics_text"]


def metrics_text(facts: Facts) -> bytes:
    """Return ``/metrics``: every series in the firmware's order, its oddities included.

    "Total" heap is the least ever free, the HTTP and Wi-Fi counters never move (unless
    ``has_live_metrics``), and labels are not escaped.
    """
    live = int(facts.has_live_metrics)
    info = f'{{version="{facts.version}",board="ESP32-S3",model="T-Display-S3"}}'
    ssid = f'{{ssid="{facts.ssid if facts.is_connected else "_disconnected"}"}}'
    rssi = facts.association_rssi_dbm if facts.is_connected else -100
    rows = (
        ("device_info", "gauge", "Device information", 1, info),
        ("uptime_seconds", "counter", "Total uptime", int(facts.uptime_s), ""),
        ("heap_free_bytes", "gauge", "Free heap", facts.heap_free_bytes, ""),
        ("heap_total_bytes", "gauge", "Total heap", facts.heap_min_bytes, ""),
        ("fps_actual", "gauge", "Frames per second", widened(facts.fps), ""),
        ("fps_target", "gauge", "Frames per second wanted", 10, ""),
        ("cpu_usage_percent", "gauge", "Mean CPU load", facts.cpu_percent, ""),
        ("cpu0_usage_percent", "gauge", "Load of core 0", facts.cpu0_percent, ""),
        ("cpu1_usage_percent", "gauge", "Load of core 1", facts.cpu1_percent, ""),
        ("cpu_freq_mhz", "gauge", "CPU clock", 240, ""),
        ("temperature_celsius", "gauge", "Chip temperature", widened(facts.temperature_c), ""),
        ("wifi_rssi_dbm", "gauge", "Signal strength", rssi, ""),
        ("wifi_connected", "gauge", "Has an address", int(facts.is_connected), ssid),
        ("display_brightness", "gauge", "Display brightness", 255, ""),
        ("battery_voltage_mv", "gauge", "Battery voltage", facts.battery_mv, ""),
        ("battery_percentage", "gauge", "Battery charge", facts.battery_percent, ""),
        ("battery_charging", "gauge", "Battery charging", 0, ""),
        ("render_time_milliseconds", "gauge", "Last render time", 11, ""),
        ("flush_time_milliseconds", "gauge", "Last flush time", 6, ""),
        ("frame_skip_rate_percent", "gauge", "Skipped frames", 0, ""),
        ("total_frames_count", "counter", "Frames", facts.frames, ""),
        ("skipped_frames_count", "counter", "Skipped frames", 0, ""),
        ("psram_free_bytes", "gauge", "Free PSRAM", facts.heap_free_bytes, ""),
        ("psram_total_bytes", "gauge", "PSRAM", 8_388_608, ""),
        ("psram_used_percent", "gauge", "Used PSRAM", 2, ""),
        (
            "http_connections_active",
            "gauge",
            "Open HTTP connections",
            live * facts.http_connections,
            "",
        ),
        ("http_connections_total", "counter", "HTTP connections", live * facts.http_total, ""),
        ("telnet_connections_active", "gauge", "Log clients", facts.telnet_connections, ""),
        ("telnet_connections_total", "counter", "Log clients so far", facts.telnet_total, ""),
        ("wifi_disconnects_total", "counter", "Wi-Fi losses", live * facts.disconnects, ""),
        ("wifi_reconnects_total", "counter", "Wi-Fi returns", live * facts.reconnects, ""),
        ("session_uptime_seconds", "counter", "Session uptime", int(facts.uptime_s), ""),
    )
    return "".join(
        f"# HELP esp32_{name} {text}\n# TYPE esp32_{name} {kind}\nesp32_{name}{labels} {value}\n\n"
        for name, kind, text, value, labels in rows
    ).encode()
