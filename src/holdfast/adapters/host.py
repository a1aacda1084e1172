"""What this machine offers a bench: sockets, clocks, limits, optional packages."""

from __future__ import annotations

import importlib.util
import platform
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from holdfast.adapters.tcp_info import read_tcp_info

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

__all__ = ["HostFacts", "gather"]

_MDNS: Final = ("224.0.0.251", 5353)
"""Where mDNS speaks, RFC 6762."""

_CLOCK_SOURCE: Final = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")


class HostFacts(Struct, frozen=True, kw_only=True):
    """What was found out about this machine.

    Attributes:
        python: Version, e.g. ``"3.11.7"``.
        system: Name of the operating system.
        icmp: ``"unprivileged"`` or ``"raw"`` sockets, or ``""`` where none is permitted.
        tcp_info: Whether the kernel tells round trips and retransmissions of a socket.
        open_files: Limit of open files; ``None`` where there is none or it is unknown.
        mdns: ``""``, or why multicast cannot be used.
        serial: Whether pyserial is installed.
        clock: Implementation of the monotonic clock.
        clock_resolution_s: Its resolution.
        clock_source: The kernel's clock source; ``""`` where unknown.
    """

    python: str
    system: str
    icmp: str
    tcp_info: bool
    open_files: int | None
    mdns: str
    serial: bool
    clock: str
    clock_resolution_s: float
    clock_source: str = ""


def gather() -> HostFacts:
    """Find out; opens a few sockets of its own for a moment and sends nothing."""
    clock = time.get_clock_info("monotonic")
    return HostFacts(
        python=platform.python_version(),
        system=platform.system() or sys.platform,
        icmp=_icmp(),
        tcp_info=_has_tcp_info(),
        open_files=_open_files(),
        mdns=_mdns_trouble(),
        serial=importlib.util.find_spec("serial") is not None,
        clock=clock.implementation,
        clock_resolution_s=clock.resolution,
        clock_source=_clock_source(),
    )


def _icmp() -> str:
    for kind, name in ((socket.SOCK_DGRAM, "unprivileged"), (socket.SOCK_RAW, "raw")):
        with suppress(OSError), socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP):
            return name
    return ""


def _has_tcp_info() -> bool:
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname(), timeout=1.0) as connection,
        ):
            view: Any = connection  # typing of socket.getsockopt() fits no protocol
            return read_tcp_info(view) is not None
    except OSError:
        return False


def _open_files() -> int | None:
    if resource is None:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _mdns_trouble() -> str:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            membership = socket.inet_aton(_MDNS[0]) + socket.inet_aton("0.0.0.0")  # noqa: S104
            probe.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            probe.connect(_MDNS)  # finds a route; a datagram socket sends nothing by it
    except OSError as exc:
        return (exc.strerror or str(exc)).lower()
    return ""


def _clock_source() -> str:
    try:
        return _CLOCK_SOURCE.read_text().strip()[:40]
    except OSError:
        return ""
