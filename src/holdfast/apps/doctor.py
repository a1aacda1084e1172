"""What this machine can measure, what it cannot, and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from holdfast.adapters.host import HostFacts
from holdfast.adapters.http_get import http_get
from holdfast.core.profile import Profile
from holdfast.errors import LinkError, UnreachableError

__all__ = ["Check", "Status", "check_target", "examine"]

_FILES_WANTED: Final = 1024
"""Enough for 200 watched devices with probe, stream and log, and their journals."""

_RESOLUTION_S: Final = 0.001
"""A coarser clock blurs gaps, which are measured to 5 ms."""

_GOOD_SOURCES: Final = ("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "")
"""Kernel clock sources that are read without a slow device access."""


class Status(StrEnum):
    """How one thing stands; nothing that is missing stops a diagnosis."""

    OK = "ok"
    WARN = "warn"
    MISSING = "missing"


class Check(Struct, frozen=True, kw_only=True):
    """One thing looked at.

    Attributes:
        name: What.
        status: How it stands.
        text: What was found.
        todo: What to do; ``""`` where nothing.
    """

    name: str
    status: Status
    text: str
    todo: str = ""


def examine(facts: HostFacts) -> list[Check]:
    """Judge what was found out about this machine."""
    return [
        _ok("python", f"{facts.python} on {facts.system}"),
        _icmp(facts),
        _tcp_info(facts),
        _open_files(facts),
        _mdns(facts),
        _serial(facts),
        _clock(facts),
        _ok("browser", "not needed here; report.html opens in any browser, without a network"),
    ]


async def check_target(host: str, port: int, profile: Profile, *, tls: bool = False) -> Check:
    """Ask the device once for its cheapest endpoint."""
    path = profile.ping.path
    try:
        reply = await http_get(host, port, path, tls=tls, limit_s=profile.ping.limit_s)
    except UnreachableError as exc:
        return Check(
            name="target",
            status=Status.MISSING,
            text=str(exc),
            todo="check address and port, and that both are on the same network",
        )
    except LinkError as exc:
        return Check(
            name="target",
            status=Status.WARN,
            text=str(exc),
            todo=f"something is there; holdfast diagnose {host}:{port} says more",
        )
    if reply.status in profile.ping.expect_status:
        return _ok("target", f"{host}:{port} answers GET {path} with {reply.status}")
    todo = "give credentials by --auth-file" if reply.status == 401 else "try another --profile"
    text = f"{host}:{port} answers GET {path} with {reply.status}"
    return Check(name="target", status=Status.WARN, text=text, todo=todo)


def _ok(name: str, text: str) -> Check:
    return Check(name=name, status=Status.OK, text=text)


def _icmp(facts: HostFacts) -> Check:
    if facts.icmp == "unprivileged":
        return _ok("icmp", "echoes without privilege")
    if facts.icmp == "raw":
        return _ok("icmp", "echoes by raw sockets, as a privileged user")
    todo = "run with sudo, or as an administrator"
    if facts.system == "Linux":
        todo = 'run: sudo sysctl -w net.ipv4.ping_group_range="0 2147483647"'
    text = "not permitted; diagnoses work without, but tell host and network apart less well"
    return Check(name="icmp", status=Status.MISSING, text=text, todo=todo)


def _tcp_info(facts: HostFacts) -> Check:
    if facts.tcp_info:
        return _ok("tcp_info", "the kernel tells round trips and retransmissions")
    return Check(
        name="tcp_info",
        status=Status.MISSING,
        text="not on this system; retransmissions are inferred from timing only",
        todo="run the bench on Linux where that matters",
    )


def _open_files(facts: HostFacts) -> Check:
    if facts.open_files is None or facts.open_files >= _FILES_WANTED:
        return _ok("open files", f"limit {facts.open_files or 'none'}")
    return Check(
        name="open files",
        status=Status.WARN,
        text=f"limit {facts.open_files}, enough for about {facts.open_files // 5} devices",
        todo=f"run: ulimit -n {_FILES_WANTED}",
    )


def _mdns(facts: HostFacts) -> Check:
    if not facts.mdns:
        return _ok("mdns", "multicast works; holdfast discover can listen")
    return Check(
        name="mdns",
        status=Status.MISSING,
        text=f"no multicast: {facts.mdns}",
        todo="name devices by address; in a container, use the host's network",
    )


def _serial(facts: HostFacts) -> Check:
    if facts.serial:
        return _ok("serial", "pyserial is installed; --serial PORT reads a device's log along")
    return Check(
        name="serial",
        status=Status.MISSING,
        text="pyserial is not installed; --serial is not available",
        todo="run: pip install 'holdfast[serial]'",
    )


def _clock(facts: HostFacts) -> Check:
    shown = f"{facts.clock}, resolution {facts.clock_resolution_s:g} s"
    if facts.clock_source:
        shown += f", source {facts.clock_source}"
    if facts.clock_resolution_s > _RESOLUTION_S:
        todo = "expect times that are coarse by that much"
        return Check(name="clock", status=Status.WARN, text=shown, todo=todo)
    if facts.clock_source not in _GOOD_SOURCES:
        todo = "expect more processor time per event; tsc is the quick source"
        return Check(name="clock", status=Status.WARN, text=shown, todo=todo)
    return _ok("clock", shown)
