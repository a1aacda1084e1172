"""Resets and the boot that follows them: causes, texts, and when what is ready.

Source: ESP-IDF ``esp_system.h`` (``esp_reset_reason``), the S3's ``rom/rtc.h``, and the
dashboard's own text for each code (unknown to it above 10).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec import Struct

from holdfast.core.device import serial_text

__all__ = ["APP_START_S", "RESETS", "WIFI_START_S", "Boot", "Reset"]

APP_START_S = 0.4
"""ROM, boot loader and start-up until the application's first line."""

WIFI_START_S = 1.1
"""From reset until the Wi-Fi driver begins to scan."""

_READY_SPREAD = 0.25
"""Boots of one board differ: 20 to 40 s around a middle of 30 in the corpus."""


class Reset(Struct, frozen=True, kw_only=True):
    """Why the board restarted.

    Attributes:
        code: ``esp_reset_reason()``.
        reason: Text in ``/health``.
        rst: The ROM's code.
        rst_name: The ROM's name for it.
        last_words: What is written before the reset; takes a generator and the uptime.
    """

    code: int
    reason: str
    rst: int
    rst_name: str
    last_words: Callable[[Random, float], list[str]] = lambda _rng, _uptime_s: []


RESETS: dict[str, Reset] = {
    "power-on": Reset(code=1, reason="Power-on", rst=0x1, rst_name="POWERON_RESET"),
    "software": Reset(code=3, reason="Software reset", rst=0xC, rst_name="RTC_SW_CPU_RESET"),
    "panic": Reset(
        code=4,
        reason="Panic",
        rst=0xC,
        rst_name="RTC_SW_CPU_RESET",
        last_words=lambda rng, _uptime_s: serial_text.panic(rng),
    ),
    "out-of-memory": Reset(
        code=4,
        reason="Panic",
        rst=0xC,
        rst_name="RTC_SW_CPU_RESET",
        last_words=lambda rng, _uptime_s: serial_text.out_of_memory(rng),
    ),
    "watchdog": Reset(
        code=6,
        reason="Task watchdog",
        rst=0xC,
        rst_name="RTC_SW_CPU_RESET",
        last_words=lambda _rng, uptime_s: serial_text.task_watchdog(("main",), uptime_s),
    ),
    "brownout": Reset(
        code=9,
        reason="Brownout",
        rst=0xF,
        rst_name="RTCWDT_BROWN_OUT_RESET",
        last_words=lambda _rng, _uptime_s: serial_text.brownout(),
    ),
    "usb": Reset(code=11, reason="Unknown reason code", rst=0x15, rst_name="USB_UART_CHIP"),
}
"""Resets by the name used on the command line."""


class Boot:
    """One boot of the board.

    Args:
        reset: Why it restarted.
        at_s: When, on the run's clock; negative for a board that already runs.
        ready_s: Time from reset until its services listen, on average.
        rng: For this boot's own length and number.
        count: Which boot this is, from 1.
    """

    def __init__(
        self, reset: Reset, at_s: float, *, ready_s: float, rng: Random, count: int = 1
    ) -> None:
        self.reset = reset
        self.at_s = at_s
        self.count = count
        self.services_at_s = at_s + ready_s * rng.uniform(1 - _READY_SPREAD, 1 + _READY_SPREAD)
        # the real one is the timer's low word at the first /health, XOR 0xA5A55A5A
        self.boot_id = rng.getrandbits(32) ^ 0xA5A55A5A

    def uptime_s(self, now: float) -> float:
        """Return seconds since the reset."""
        return now - self.at_s

    def rom_text(self) -> list[str]:
        """Return what ROM and boot loader say."""
        return serial_text.rom_banner(self.reset.rst, self.reset.rst_name)
