"""The dashboard's stored configuration: what GET shows and POST changes.

Reading and writing use different names, and reading shows the Wi-Fi password in clear, as
on the device; whoever records it must redact it.

Source: the firmware's configuration handlers (spec section 2).
"""

from __future__ import annotations

from typing import Any

import msgspec

from holdfast.core.device.dashboard.payloads import json_body

__all__ = ["ConfigStore"]

_MAX_TEXT = 64


class ConfigStore:
    """The configuration of one device, in memory only.

    Args:
        ssid: Network name it starts with.
    """

    def __init__(self, ssid: str) -> None:
        self._values: dict[str, Any] = {
            "auto_brightness": True,
            "brightness": 80,
            "dim_timeout_secs": 30,
            "ota_check_interval_hours": 24,
            "ota_enabled": True,
            "show_animations": True,
            "sleep_timeout_secs": 300,
            "theme": "Dark",
            "wifi_password": "correct horse battery staple",
            "wifi_ssid": ssid,
        }

    @property
    def brightness(self) -> int:
        """Brightness of the display, 0 to 255."""
        return int(self._values["brightness"])

    def as_json(self) -> bytes:
        """Return the whole configuration."""
        return json_body(self._values)

    def post(self, body: bytes) -> bool:
        """Apply ``POST /api/config``; return whether the body was a JSON object."""
        asked = _object(body)
        if asked is None:
            return False
        for key, name, low, high in (
            ("brightness", "brightness", 0, 255),
            ("dim_timeout", "dim_timeout_secs", 5, 3600),
            ("sleep_timeout", "sleep_timeout_secs", 10, 86_400),
            ("update_interval", "ota_check_interval_hours", 1, 8_760),
        ):
            number = asked.get(key)
            if isinstance(number, int) and not isinstance(number, bool):
                self._values[name] = max(low, min(high, number))
        for key, name in (("auto_dim", "auto_brightness"), ("auto_update", "ota_enabled")):
            if isinstance(asked.get(key), bool):
                self._values[name] = asked[key]
        self._take_texts(asked)
        return True

    def restore(self, body: bytes) -> bool:
        """Apply ``POST /api/config/restore``; empty names and passwords keep the old ones."""
        asked = _object(body)
        if asked is None:
            return False
        for name, value in asked.items():
            old = self._values.get(name)
            if isinstance(value, bool) and isinstance(old, bool):
                self._values[name] = value
            elif type(old) is int and type(value) is int:
                self._values[name] = _bounded(value)
        self._take_texts(asked)
        return True

    def control(self, body: bytes) -> bool:
        """Apply ``POST /api/control``."""
        asked = _object(body)
        if asked is None:
            return False
        brightness = asked.get("brightness")
        if isinstance(brightness, int) and not isinstance(brightness, bool):
            self._values["brightness"] = max(0, min(255, brightness))
        return True

    def _take_texts(self, asked: dict[str, Any]) -> None:
        for name in ("wifi_ssid", "wifi_password"):
            text = asked.get(name)
            if isinstance(text, str) and text and len(text) <= _MAX_TEXT:
                self._values[name] = text


def _bounded(value: int) -> int:
    return max(0, min(value, 86_400))


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
