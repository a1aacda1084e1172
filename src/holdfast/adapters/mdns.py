"""What devices announce of themselves by mDNS (DNS-SD); nothing is scanned.

Laws:
    - Only announced services are listened for and resolved; no address is tried.
    - The time is bounded, and so are the number of services and the size of what each
      says; every text is made printable.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from zeroconf import Error as ZeroconfError
from zeroconf import InterfaceChoice, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from holdfast.core.redact import printable
from holdfast.errors import UnreachableError

__all__ = ["MAX_SERVICES", "Announced", "browse"]

_LOGGER = logging.getLogger(__name__)

MAX_SERVICES: Final = 256
"""Announcements that are kept; more on one network is a flood, not a home."""

_NAME: Final = 80
_TEXT_KEYS: Final = 16
_TEXT: Final = 80
_ADDRESSES: Final = 4
_RESOLVE_S: Final = 1.5
"""Longest wait for one service's address after the browse; answers come within 0.2 s."""


class Announced(Struct, frozen=True, kw_only=True):
    """One announced service; all texts are printable and bounded.

    Attributes:
        service: Type without domain, e.g. ``"_wled._tcp"``.
        name: The instance's name.
        host: Host name without its final dot; ``""`` where it was not resolved.
        addresses: Numeric addresses, IPv4 first.
        port: TCP port; 0 where it was not resolved.
        text: TXT entries.
    """

    service: str
    name: str
    host: str = ""
    addresses: tuple[str, ...] = ()
    port: int = 0
    text: dict[str, str] = {}


async def browse(
    services: Sequence[str], *, for_s: float, interfaces: Sequence[str] | None = None
) -> list[Announced]:
    """Listen for announcements of ``services``.

    Args:
        services: Types without domain, e.g. ``"_http._tcp"``.
        for_s: How long to listen, in seconds; resolving takes at most 1.5 s more.
        interfaces: Addresses of the interfaces to use; ``None`` for all.

    Returns:
        What was announced, by type and name.

    Raises:
        UnreachableError: If this machine has no multicast.
    """
    found: dict[tuple[str, str], None] = {}

    def on_change(
        zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        del zeroconf
        key = (service_type, name)
        if state_change is ServiceStateChange.Removed:
            found.pop(key, None)
        elif len(found) < MAX_SERVICES:
            found[key] = None

    try:
        for address in interfaces or ():
            _check_is_local(address)  # zeroconf leaks a socket where this fails later
        zeroconf = AsyncZeroconf(interfaces=list(interfaces or ()) or InterfaceChoice.All)
    except (OSError, ZeroconfError) as exc:
        why = printable(str(exc) or type(exc).__name__, 100)
        raise UnreachableError("mdns", f"multicast is not available here: {why}") from exc
    try:
        types = [f"{service}.local." for service in services]
        browser = AsyncServiceBrowser(zeroconf.zeroconf, types, handlers=[on_change])
        await asyncio.sleep(for_s)
        await browser.async_cancel()
        resolved = await asyncio.gather(*(_resolve(zeroconf, *key) for key in found))
    finally:
        await zeroconf.async_close()
    return sorted(resolved, key=lambda a: (a.service, a.name))


def _check_is_local(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))


async def _resolve(zeroconf: AsyncZeroconf, service_type: str, name: str) -> Announced:
    service = service_type.removesuffix(".local.")
    instance = printable(name.removesuffix(f".{service_type}"), _NAME)
    try:
        info = AsyncServiceInfo(service_type, name)
        known = await info.async_request(zeroconf.zeroconf, _RESOLVE_S * 1000)
    except (OSError, ZeroconfError, ValueError) as exc:  # ValueError: a name that is none
        _LOGGER.debug("cannot resolve %s: %s", instance, exc)
        known = False
    if not known:
        return Announced(service=service, name=instance)
    return Announced(
        service=service,
        name=instance,
        host=printable((info.server or "").rstrip("."), _NAME),
        addresses=tuple(info.parsed_scoped_addresses()[:_ADDRESSES]),
        port=info.port or 0,
        text=_text(info.properties),
    )


def _text(properties: dict[Any, Any]) -> dict[str, str]:
    """Return at most ``_TEXT_KEYS`` TXT entries, printable; hostile bytes are shown as escapes."""
    entries: dict[str, str] = {}
    for key, value in list(properties.items())[:_TEXT_KEYS]:
        entries[_shown(key)] = _shown(value)
    return entries


def _shown(value: Any) -> str:  # bytes, or None for a key without a value
    if not isinstance(value, bytes):
        return "" if value is None else printable(str(value), _TEXT)
    return printable(value[: 4 * _TEXT].decode("utf-8", "backslashreplace"), _TEXT)
