"""A device's log lines, from a serial port or telnet, to events.

Known forms: ESP-IDF (``I (12345) wifi: text``), Arduino (``[  123][E][file.cpp:9] text``),
ESPHome (``[12:00:00][D][sensor:094]: text``), the dashboard's telnet log, and the ROM's boot
banner. Any other line is kept as text.

Laws:
    - No line raises; text is without ANSI colours, printable, redacted and bounded.
    - A boot is counted when the ROM speaks again, or when device time steps back.
    - ``device_s`` is seconds since boot; a wall-clock time of the device is none.

Source: ESP-IDF ``esp_log``, ``esp_rom`` (banner and ``rst:`` line), arduino-esp32
``esp32-hal-log.h``; specs of the dashboard, section 9 (telnet).
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from holdfast.core.journal.events import LogLine
from holdfast.core.redact import printable, redact_text

__all__ = ["MAX_TEXT", "IdfLog", "ParsedLine", "is_boot_banner", "parse_line"]

MAX_TEXT: Final = 512
"""Longest text kept, in characters; ESP-IDF lines are below 200, panic register lines below 100."""
_MAX_TAG: Final = 64
_STEP_BACK_S: Final = 2.0
"""Tasks print out of order by milliseconds; a telnet clock in whole seconds by one second."""

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
_IDF: Final = re.compile(r"([EWIDV]) \((\d{1,12})\) ([^:]{1,64}):")
_IDF_WALL: Final = re.compile(r"([EWIDV]) \((\d\d:\d\d:\d\d[.\d]*)\) ([^:]{1,64}):")
_ARDUINO: Final = re.compile(r"(?:\[ *(\d{1,12})\])?\[([EWIDV])\]\[([^\]]{1,64})\]")
_ESPHOME: Final = re.compile(r"\[\d\d:\d\d:\d\d[.\d]*\]\[([EWIDVC])\]\[([^\]]{1,64})\]")
_TELNET: Final = re.compile(r"\[ *(\d{1,10})\] (ERROR|WARN|INFO|DEBUG|TRACE) +(.*)")
_INNER: Final = re.compile(
    r"(?:(\d{1,3})\.(\d{3})s|(\d{1,2})m(\d{2})s|(\d{1,3})h(\d{2})m) +\[(\w{1,5}) *\] +"
    r"([\w:.\-]{1,64}) \|"
)
_BOOT: Final = re.compile(r"ets [A-Z][a-z]{2} [ \d]\d \d{4} \d\d:\d\d:\d\d|ESP-ROM:esp32")
_RESET: Final = re.compile(r"rst:0x[0-9a-f]{1,2} \(")
_LEVELS: Final = {"ERROR": "E", "WARN": "W", "INFO": "I", "DEBUG": "D", "TRACE": "V", "C": "I"}


class ParsedLine(Struct, frozen=True):
    """What one line says.

    Attributes:
        level: ``E``, ``W``, ``I``, ``D`` or ``V``; ``""`` where it has none.
        tag: Its tag; ``""`` where it has none.
        device_s: Seconds since boot; ``None`` where it does not say.
    """

    level: str = ""
    tag: str = ""
    device_s: float | None = None


_UNKNOWN: Final = ParsedLine()


def is_boot_banner(line: str) -> bool:
    """Return whether the ROM says that a boot begins."""
    return _BOOT.match(line) is not None


def parse_line(line: str) -> ParsedLine:
    """Read one line without colours and line end."""
    for pattern, read in _FORMS:
        match = pattern.match(line)
        if match is not None:
            return read(match)
    return _UNKNOWN


def _idf(match: re.Match[str]) -> ParsedLine:
    return ParsedLine(match[1], match[3], int(match[2]) * 0.001)


def _idf_wall(match: re.Match[str]) -> ParsedLine:
    return ParsedLine(match[1], match[3])


def _arduino(match: re.Match[str]) -> ParsedLine:
    device_s = None if match[1] is None else int(match[1]) * 0.001
    return ParsedLine(match[2], match[3].partition(":")[0], device_s)


def _esphome(match: re.Match[str]) -> ParsedLine:
    return ParsedLine(_LEVELS.get(match[1], match[1]), match[2].partition(":")[0])


def _telnet(match: re.Match[str]) -> ParsedLine:
    seconds, level = float(match[1]), _LEVELS[match[2]]
    inner = _INNER.match(match[3])
    if inner is None:
        return ParsedLine(level, "", seconds)
    # The inner time is finer under a minute and coarser after.
    fine = inner[1]
    device_s = seconds if fine is None else int(fine) + int(inner[2]) * 0.001
    return ParsedLine(level, inner[8].rpartition("::")[2], device_s)


_FORMS: Final = (
    (_IDF, _idf),
    (_ARDUINO, _arduino),
    (_ESPHOME, _esphome),
    (_TELNET, _telnet),
    (_IDF_WALL, _idf_wall),
)


class IdfLog:
    """Turns the lines of one port into events, and counts boots.

    Args:
        origin: ``"serial"`` or ``"telnet"``.
        source: Name of the observer, for the events.
        link: Name of the link, for the events.

    Attributes:
        boot: Which boot the last line belongs to, from 1.
        device_s: Latest device time in this boot; ``None`` before the first.
    """

    def __init__(self, origin: str, source: str, link: str = "") -> None:
        self._origin = origin
        self._source = source
        self._link = link
        self._has_lines = False
        self._is_banner = False
        self.boot = 1
        self.device_s: float | None = None

    def read(self, line: bytes, now: float, *, source: str = "") -> LogLine | None:
        """Return the event of one line; ``None`` for an empty one.

        Args:
            line: Its bytes, without the end.
            now: When it came.
            source: In place of the observer's name.
        """
        plain = _ANSI.sub("", line.decode(errors="replace")).strip()
        if not plain:
            return None
        parsed = parse_line(plain)
        self._count(plain, parsed.device_s)
        return LogLine(
            at_s=now,
            source=source or self._source,
            link=self._link,
            origin=self._origin,
            text=printable(redact_text(plain), MAX_TEXT),
            level=parsed.level,
            tag=printable(parsed.tag.strip(), _MAX_TAG),
            device_s=parsed.device_s,
            boot=self.boot,
        )

    def _count(self, line: str, device_s: float | None) -> None:
        is_rom = is_boot_banner(line)
        # The ROM's reset line follows its banner; alone, it stands for it.
        is_reset = _RESET.match(line) is not None and not self._is_banner
        if (is_rom or is_reset or self._has_stepped_back(device_s)) and self._has_lines:
            self.boot += 1
            self.device_s = None
        self._is_banner = is_rom
        self._has_lines = True
        if device_s is not None:
            self.device_s = device_s if self.device_s is None else max(device_s, self.device_s)

    def _has_stepped_back(self, device_s: float | None) -> bool:
        if self.device_s is None or device_s is None:
            return False
        return device_s < self.device_s - _STEP_BACK_S
