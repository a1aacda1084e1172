"""Whether a web page elsewhere is behind a request to a server on this machine or its network.

Any page in a browser can make it talk to 127.0.0.1. A server of ours therefore answers
only to names that nobody can register (so that no domain can be pointed at it), and takes
changes and WebSocket upgrades only from pages of its own, or from no page at all.

Source: W3C Fetch Metadata; RFC 6454 (Origin); RFC 6761 and 6762 (names that are local);
RFC 8375 (home.arpa). A program such as curl sends neither Origin nor Sec-Fetch-Site.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["page_refusal"]

_LOCAL_NAMES: Final = (".localhost", ".local", ".test", ".lan", ".home.arpa", ".internal")
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = frozenset({"same-origin", "none"})


def page_refusal(method: str, headers: Mapping[str, str], *, is_upgrade: bool = False) -> str:
    """Return why a request is refused, in one clause; ``""`` where it may go on.

    Args:
        method: As sent.
        headers: By lower-case name.
        is_upgrade: Whether it asks for a WebSocket.
    """
    host = headers.get("host", "")
    if host and not _is_local(_hostname(host)):
        return "the host is no address and no local name"
    if method.upper() in _READING and not is_upgrade:
        return ""
    site = headers.get("sec-fetch-site", "")
    if site and site.lower() not in _OWN:
        return f"asked for by a page elsewhere ({site.lower()[:20]})"
    origin = headers.get("origin", "")
    if origin and _authority(origin) != host.lower():
        return "asked for by a page of another origin"
    return ""


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _is_local(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        # A name of one label is looked up on the local network only.
        return bool(name) and ("." not in name or name.endswith(_LOCAL_NAMES))
    return True
