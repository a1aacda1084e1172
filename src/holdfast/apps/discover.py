"""Devices that announce themselves, and the profile that fits each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from holdfast.adapters.mdns import Announced, browse
from holdfast.core.profile import Profile

__all__ = ["FALLBACK", "Discovered", "discover", "group", "service_types"]

_HTTP: Final = "_http._tcp"
FALLBACK: Final = "generic"
"""The profile of a device that no announcement tells more about."""


class Discovered(Struct, frozen=True, kw_only=True):
    """One device.

    Attributes:
        name: How it calls itself.
        host: Host name; ``""`` where unknown.
        address: Numeric address; ``""`` where it did not resolve.
        port: Port of its web server.
        profile: Name of the profile that fits.
        why: The announcement that decided.
        services: Types that it announces.
        text: What its announcements say of it.
    """

    name: str
    host: str
    address: str
    port: int
    profile: str
    why: str
    services: tuple[str, ...]
    text: dict[str, str]


def service_types(profiles: Sequence[Profile]) -> list[str]:
    """Return the service types worth listening for: web servers and the profiles' own."""
    own = {service for p in profiles for f in p.fingerprint for service in f.mdns}
    return sorted(own | {_HTTP})


async def discover(
    profiles: Sequence[Profile], *, for_s: float, interfaces: Sequence[str] | None = None
) -> list[Discovered]:
    """Listen, and say what was heard.

    Args:
        profiles: Profiles to choose from.
        for_s: How long to listen, in seconds.
        interfaces: Addresses of the interfaces to use; ``None`` for all.

    Raises:
        UnreachableError: If this machine has no multicast.
    """
    heard = await browse(service_types(profiles), for_s=for_s, interfaces=interfaces)
    return group(heard, profiles)


def group(heard: Sequence[Announced], profiles: Sequence[Profile]) -> list[Discovered]:
    """Join the announcements of one host, and choose the profile of each."""
    hosts: dict[str, list[Announced]] = {}
    for announced in heard:
        hosts.setdefault(announced.host or announced.name, []).append(announced)
    devices = [_device(announcements, profiles) for announcements in hosts.values()]
    return sorted(devices, key=lambda d: (d.name.lower(), d.address))


def _device(heard: Sequence[Announced], profiles: Sequence[Profile]) -> Discovered:
    chosen, by = _best(heard, profiles)
    profile = next((p for p in profiles if p.name == chosen), None)
    web = next((a for a in heard if a.service == _HTTP and a.port), None)
    # Other services may announce a port of another protocol (ESPHome: its native API).
    port = web.port if web else profile.port if profile else 80
    return Discovered(
        name=by.name,
        host=next((a.host for a in heard if a.host), ""),
        address=next((a.addresses[0] for a in heard if a.addresses), ""),
        port=port,
        profile=chosen,
        why=f"announces {by.service}",
        services=tuple(sorted({a.service for a in heard})),
        text={k: v for a in heard for k, v in a.text.items()},
    )


def _best(heard: Sequence[Announced], profiles: Sequence[Profile]) -> tuple[str, Announced]:
    """Return the profile whose fingerprint says most about one of these announcements."""
    best: tuple[int, str, Announced] = (-1, FALLBACK, heard[0])
    for announced in heard:
        for profile in sorted(profiles, key=lambda p: p.name):
            for fingerprint in profile.fingerprint:
                prefix = fingerprint.mdns_name
                if announced.service not in fingerprint.mdns:
                    continue
                if not announced.name.lower().startswith(prefix):
                    continue
                # A type of its own says more than a prefix of a name under _http._tcp.
                weight = len(prefix) + (100 if announced.service != _HTTP else 0)
                if weight > best[0]:
                    best = (weight, profile.name, announced)
    return best[1], best[2]
