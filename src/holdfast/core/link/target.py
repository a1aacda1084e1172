"""What a user types to name a device: a host, an address, a URL.

Source: RFC 3986 section 3.2 (authority), RFC 1123 section 2.1 (host names).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from holdfast.errors import ConfigError

__all__ = ["Target", "parse_target"]

MAX_NAME: Final = 253
"""Longest host name, RFC 1123."""
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
"""One label of a name; underscores appear in the names that boards give themselves."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class Target(Struct, frozen=True):
    """A host and where to reach it.

    Attributes:
        host: Name or address, without brackets.
        port: TCP port; ``None`` where the user gave none.
        tls: Whether the user asked for it; ``None`` where the user gave no scheme.
    """

    host: str
    port: int | None = None
    tls: bool | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether this is surely the machine itself."""
        try:
            return ipaddress.ip_address(self.host.partition("%")[0]).is_loopback
        except ValueError:
            return self.host.lower().rstrip(".") == "localhost"


def parse_target(text: str) -> Target:
    """Read a target as a user types it.

    Args:
        text: ``board.local``, ``192.0.2.7:8080``, ``[fe80::1%eth0]:80``, ``2001:db8::7``
            or ``http://board.local:8080/``. A path is not part of a target.

    Raises:
        ConfigError: If it is no host, carries a password, or its port is out of range.
    """
    text = text.strip()
    if not text:
        raise ConfigError("target", "is empty; give a host name or an address")
    scheme, found, rest = text.partition("://")
    if not found:
        return _authority(text, None)
    if scheme.lower() not in _DEFAULT_PORTS:
        known = ", ".join(_DEFAULT_PORTS)
        raise ConfigError("target", f"scheme must be one of {known}, got {scheme[:16]!r}")
    if "@" in rest.partition("/")[0]:
        raise ConfigError(
            "target", "must not carry credentials; use --auth-file or HOLDFAST_TARGET_AUTH"
        )
    try:
        path = urlsplit(text).path
    except ValueError as exc:
        raise ConfigError("target", f"is no URL: {exc}") from None
    if path not in ("", "/"):
        raise ConfigError(
            "target", f"must not carry a path, got {path[:40]!r}; paths are in the profile"
        )
    parsed = _authority(re.split(r"[/?#]", rest, maxsplit=1)[0], scheme.lower() in ("https", "wss"))
    if parsed.port is None:
        return Target(parsed.host, _DEFAULT_PORTS[scheme.lower()], parsed.tls)
    return parsed


def _authority(text: str, tls: bool | None) -> Target:
    if "@" in text:
        raise ConfigError(
            "target", "must not carry credentials; use --auth-file or HOLDFAST_TARGET_AUTH"
        )
    if text.startswith("["):
        host, found, after = text[1:].partition("]")
        if not found or (after and not after.startswith(":")):
            raise ConfigError("target", f"has an unfinished IPv6 address: {text[:60]!r}")
        return Target(_address(host), _port(after[1:]) if after else None, tls)
    if text.count(":") > 1:
        return Target(_address(text), None, tls)
    host, found, port = text.partition(":")
    return Target(_name(host), _port(port) if found else None, tls)


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ConfigError("target", f"is no IPv6 address: {text[:60]!r}") from None
    return text


def _name(text: str) -> str:
    if re.fullmatch(r"[0-9.]+", text):
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            raise ConfigError("target", f"is no IPv4 address: {text[:60]!r}") from None
    labels = text.rstrip(".").split(".")
    if len(text) > MAX_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise ConfigError("target", f"is no host name or address: {text[:60]!r}")
    return text


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65_535:
        raise ConfigError("target", f"port must be within 1 to 65535, got {text[:16]!r}")
    return int(text)
