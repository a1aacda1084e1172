"""``holdfast discover``: who announces itself here."""

from __future__ import annotations

import asyncio
import ipaddress
import sys
from typing import Annotated

import msgspec
import typer

from holdfast.adapters.profiles import load_profile, shipped_profiles
from holdfast.apps.discover import Discovered, discover
from holdfast.core.duration import parse_duration_s
from holdfast.core.redact import printable
from holdfast.errors import ConfigError

__all__ = ["discover_command", "table"]


def discover_command(
    for_: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long to listen.")
    ] = "5s",
    interface: Annotated[
        list[str] | None,
        typer.Option("--interface", metavar="ADDRESS", help="Use this interface only; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """List devices that announce themselves by mDNS.

    Only listens; no address is tried. Prints name, address and the profile that fits.
    """
    for_s = parse_duration_s(for_, "--for", low_s=0.1, high_s=300.0)
    for address in interface or ():
        _check_address(address)
    profiles = [load_profile(name) for name in shipped_profiles()]
    devices = asyncio.run(discover(profiles, for_s=for_s, interfaces=interface))
    if as_json:
        print(msgspec.json.encode({"devices": devices}).decode())
        return 0
    if devices:
        print(table(devices))
    else:
        print(
            "no device announced itself; it may still answer: holdfast diagnose ADDRESS",
            file=sys.stderr,
        )
    return 0


def _check_address(address: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        shown = printable(address, 40)
        raise ConfigError("--interface", f"must be an IP address, got {shown!r}") from None


def table(devices: list[Discovered]) -> str:
    """Return the devices as aligned lines: name, address, profile, why."""
    rows = [("NAME", "ADDRESS", "PROFILE", "WHY")]
    for device in devices:
        shown = f"[{device.address}]" if ":" in device.address else device.address
        address = f"{shown}:{device.port}" if shown else "(did not resolve)"
        rows.append((device.name, address, device.profile, device.why))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    )
