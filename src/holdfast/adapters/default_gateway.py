"""The bench's own default gateway: the control target that tells its network from the device's.

Source: Linux ``/proc/net/route`` (addresses as little-endian hex, flag 2 = gateway).
Other systems have no such file: there the user names a control target.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Final

__all__ = ["default_gateway", "gateway_of"]

_RTF_GATEWAY: Final = 0x2
_ROUTES: Final = Path("/proc/net/route")


def gateway_of(table: str) -> str:
    """Return the gateway of the default route with the lowest metric; ``""`` if none.

    Args:
        table: Text of ``/proc/net/route``.
    """
    best: tuple[int, str] | None = None
    for line in table.splitlines()[1:]:
        fields = line.split()
        try:
            destination, gateway, flags, metric, mask = (
                int(fields[1], 16),
                int(fields[2], 16),
                int(fields[3], 16),
                int(fields[6]),
                int(fields[7], 16),
            )
        except (IndexError, ValueError):
            continue
        if destination == 0 and mask == 0 and flags & _RTF_GATEWAY and gateway <= 0xFFFFFFFF:
            address = str(ipaddress.IPv4Address(gateway.to_bytes(4, "little")))
            if best is None or metric < best[0]:
                best = (metric, address)
    return "" if best is None else best[1]


def default_gateway() -> str:
    """Return this host's default gateway; ``""`` where it has none or cannot tell."""
    try:
        return gateway_of(_ROUTES.read_text(encoding="ascii", errors="replace"))
    except OSError:
        return ""
