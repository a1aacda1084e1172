"""Why a device left its access point: ESP-IDF's reason numbers in words.

Source: ``wifi_err_reason_t`` in ESP-IDF's ``esp_wifi_types_generic.h``; the hints are
what its station scenarios and field reports say they mean on a live link.
"""

from __future__ import annotations

from typing import Final

__all__ = ["REASONS", "reason_text"]

REASONS: Final[dict[int, str]] = {
    1: "unspecified, the access point's own affair",
    2: "authentication expired: the access point lost the device",
    3: "one side left",
    4: "idle too long for the access point",
    5: "too many stations at the access point",
    6: "class 2 frame before authentication",
    7: "class 3 frame before association: the access point restarted",
    8: "the device itself disconnected, or its DHCP lease was lost",
    9: "association without authentication",
    12: "steered to another access point",
    14: "message integrity failure",
    15: "4-way handshake timed out: wrong password",
    16: "group key update timed out: the access point's rekey interval",
    34: "frames not acknowledged: poor radio",
    39: "timed out",
    200: "beacons missed: range, access point gone, or power save",
    201: "access point not found",
    202: "authentication failed",
    203: "association failed",
    204: "handshake timed out: password, or memory",
    205: "connection failed",
    206: "the access point restarted",
    207: "the device roamed",
    209: "protected management frames: query timed out",
    210: "no access point with a security that suits",
}
"""What is met in the field; the others print as their number."""


def reason_text(number: int) -> str:
    """Return ``number`` with its meaning, where it is known."""
    meaning = REASONS.get(number)
    return f"{number} ({meaning})" if meaning else str(number)
