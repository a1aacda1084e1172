"""What an ESP32-S3 writes on its serial line, word for word.

Source: ESP-IDF 5.3 (``esp_system/panic.c``, ``task_wdt.c``, ``esp_http_server``), the Wi-Fi
library's own spelling (``bcn_timout``, ``resett``), and ROM boot messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

__all__ = [
    "app_start",
    "brownout",
    "httpd_accept_error",
    "httpd_receive_error",
    "httpd_send_error",
    "line",
    "out_of_memory",
    "panic",
    "power_save_off",
    "power_save_on",
    "rom_banner",
    "task_watchdog",
    "wifi_connected",
    "wifi_lost",
]

_ELF_SHA256 = "3b1f0c77a"
_ENTRY = "entry 0x403c98d0"
_REASON_BEACON_LOSS = 200


def line(level: str, tag: str, text: str, uptime_s: float) -> str:
    """Return one ESP-IDF log line, e.g. ``I (1234) httpd: text``.

    The Wi-Fi library writes no blank after its tag.
    """
    blank = "" if tag == "wifi" else " "
    return f"{level} ({int(uptime_s * 1000)}) {tag}:{blank}{text}"


def rom_banner(rst: int, name: str) -> list[str]:
    """Return what the ROM and the second-stage boot loader say after a reset.

    Args:
        rst: The ROM's reset code.
        name: Its name on the S3.
    """
    return [
        "ESP-ROM:esp32s3-20210327",
        "Build:Mar 27 2021",
        f"rst:0x{rst:x} ({name}),boot:0x8 (SPI_FAST_FLASH_BOOT)",
        "SPIWP:0xee",
        "mode:DIO, clock div:1",
        "load:0x3fce3810,len:0x178c",
        _ENTRY,
        "I (24) boot: ESP-IDF v5.3 2nd stage bootloader",
        "I (25) boot: chip revision: v0.2",
        "I (37) boot: Partition Table:",
        "I (78) boot: Loaded app from partition at offset 0x10000",
        "I (78) boot: Disabling RNG early entropy source...",
    ]


def app_start(version: str) -> list[str]:
    """Return the application's first lines; its clock has just begun."""
    return [
        "I (102) cpu_start: Multicore app",
        "I (331) cpu_start: Pro cpu start user code",
        "I (332) app_init: Application information:",
        "I (332) app_init: Project name:     esp32-s3-dashboard",
        f"I (332) app_init: App version:      {version}",
        "I (361) heap_init: Initializing. RAM available for dynamic allocation:",
        "I (392) main_task: Started on CPU0",
    ]


def panic(rng: Random) -> list[str]:
    """Return the dump of a read through a null pointer (LoadProhibited)."""
    pc = 0x42000000 + rng.randrange(0x10000, 0x80000) * 4
    registers = [f"0x{rng.randrange(0x3FC90000, 0x3FCF0000):08x}" for _ in range(3)]
    frames = [
        f"0x{pc + rng.randrange(-0x4000, 0x4000):08x}:0x{0x3FCEB000 + 32 * i:08x}"
        for i in range(1, 6)
    ]
    return [
        "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.",
        "",
        "Core  0 register dump:",
        f"PC      : 0x{pc:08x}  PS      : 0x00060530  A0      : 0x8200c9d4  A1      : 0x3fceb000",
        f"A2      : {registers[0]}  A3      : 0x00000000  A4      : {registers[1]}  "
        f"A5      : {registers[2]}",
        "EXCVADDR: 0x00000014  LBEG    : 0x400570e8  LEND    : 0x400570f3  LCOUNT  : 0x00000000",
        "",
        f"Backtrace: 0x{pc:08x}:0x3fceb000 {' '.join(frames)}",
        "",
        *_end(),
    ]


def out_of_memory(rng: Random) -> list[str]:
    """Return the end of a program that could not allocate."""
    pc = 0x40370000 + rng.randrange(0x100, 0x8000) * 4
    return [
        f"abort() was called at PC 0x{pc:08x} on core 0",
        "",
        f"Backtrace: 0x{pc:08x}:0x3fceb000 0x4037c8a1:0x3fceb020",
        "",
        *_end(),
    ]


def task_watchdog(tasks: Sequence[str], uptime_s: float) -> list[str]:
    """Return the watchdog's report and the panic that ends in a reset.

    Args:
        tasks: Names of the tasks that did not feed it.
        uptime_s: Time since boot.
    """

    def say(text: str) -> str:
        return line("E", "task_wdt", text, uptime_s)

    return [
        say(
            "Task watchdog got triggered. "
            "The following tasks/users did not reset the watchdog in time:"
        ),
        *(say(f" - {task} (CPU 0)") for task in tasks),
        say("Tasks currently running:"),
        say("CPU 0: main"),
        say("CPU 1: IDLE1"),
        say("Aborting."),
        "",
        *_end(),
    ]


def brownout() -> list[str]:
    """Return what is still written while the supply sags."""
    return ["", "Brownout detector was triggered", ""]


def _end() -> list[str]:
    return [f"ELF file SHA256: {_ELF_SHA256}", "", "Rebooting..."]


def wifi_lost(reason: int, uptime_s: float) -> list[str]:
    """Return the Wi-Fi library's lines on a loss.

    Args:
        reason: ``wifi_err_reason_t``; 200 is a loss of beacons, found by the station itself,
            others came in a frame of the access point.
        uptime_s: Time since boot.
    """
    if reason == _REASON_BEACON_LOSS:
        before = [
            "bcn_timout,ap_probe_send_start",
            "ap_probe_send over, resett wifi status to disassoc",
        ]
        code = reason << 8
    else:
        # c0 is a deauthentication frame's subtype
        before, code = [], reason << 8 | 0xC0
    return [
        *(line("I", "wifi", text, uptime_s) for text in before),
        line("I", "wifi", f"state: run -> init ({code:x})", uptime_s),
        line("W", "network", f"STA_DISCONNECTED, reason: {reason}", uptime_s),
    ]


def wifi_connected(ssid: str, channel: int, rssi_dbm: int, uptime_s: float) -> list[str]:
    """Return the Wi-Fi library's lines on an association, and the address."""
    return [
        line("I", "wifi", "state: init -> auth (b0)", uptime_s),
        line("I", "wifi", "state: auth -> assoc (0)", uptime_s),
        line("I", "wifi", "state: assoc -> run (10)", uptime_s),
        line(
            "I",
            "wifi",
            f"connected with {ssid}, aid = 1, channel {channel}, BW20, bssid = 02:00:00:00:00:01",
            uptime_s,
        ),
        line("I", "wifi", f"security: WPA2-PSK, phy: bgn, rssi: {rssi_dbm}", uptime_s),
        line("I", "esp_netif_handlers", "sta ip: 192.0.2.201, mask: 255.255.255.0", uptime_s),
    ]


def power_save_on(uptime_s: float) -> str:
    """Return the line with which modem sleep begins."""
    return line("I", "wifi", "Set ps type: 1, coexist: 0", uptime_s)


def power_save_off(asleep_s: float, total_s: float, uptime_s: float) -> str:
    """Return the line with which modem sleep ends; it tells its share."""
    return line(
        "I",
        "wifi",
        f"pm stop, total sleep time: {int(asleep_s * 1e6)} us / {int(total_s * 1e6)} us",
        uptime_s,
    )


def httpd_accept_error(errno: int, uptime_s: float) -> list[str]:
    """Return the server's lines on a failed accept; 23 is a full socket table."""
    return [
        line("W", "httpd", f"httpd_accept_conn: error in accept ({errno})", uptime_s),
        line("E", "httpd", "httpd_server: error accepting new connection", uptime_s),
    ]


def httpd_send_error(errno: int, uptime_s: float) -> str:
    """Return the server's line on a failed send; 11 is a peer that does not drain."""
    return line("W", "httpd_txrx", f"httpd_sock_err: error in send : {errno}", uptime_s)


def httpd_receive_error(errno: int, uptime_s: float) -> str:
    """Return the server's line on a failed receive; 104 is a peer's reset."""
    return line("W", "httpd_txrx", f"httpd_sock_err: error in recv : {errno}", uptime_s)
