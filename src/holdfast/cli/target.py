"""The target on the command line: ``HOST``, ``HOST:PORT`` or ``http(s)://HOST[:PORT]``."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from msgspec import Struct

from holdfast.core.redact import printable, redact_url
from holdfast.errors import ConfigError

__all__ = ["Target", "parse_target"]

_SCHEMES: Final = {"http": (80, False), "ws": (80, False), "https": (443, True), "wss": (443, True)}
_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_-]{1,63})*\.?\Z")
_LONGEST: Final = 253
"""Characters of the longest host name (RFC 1035)."""


class Target(Struct, frozen=True, kw_only=True):
    """Where the device is.

    Attributes:
        host: Name or address, without brackets.
        port: TCP port; ``None`` for the profile's.
        tls: Whether the user asked for TLS; ``None`` for the profile's choice.
    """

    host: str
    port: int | None = None
    tls: bool | None = None


def parse_target(text: str) -> Target:
    """Return the target that ``text`` names.

    Raises:
        ConfigError: If it is none, names a path, or carries a user and password.
    """
    rest, port, tls = text.strip(), None, None
    scheme, mark, after = rest.partition("://")
    if mark:
        if scheme.lower() not in _SCHEMES:
            raise _refused(text, f"the scheme must be one of {', '.join(_SCHEMES)}")
        port, tls = _SCHEMES[scheme.lower()]
        rest = after
    authority, slash, path = rest.partition("/")
    if "@" in rest:
        raise ConfigError(
            "target",
            "must not carry a user and password; give them by --auth-file or "
            f"HOLDFAST_TARGET_AUTH, got {printable(_hidden(text), 80)}",
        )
    if slash and path.strip("/"):
        raise _refused(text, "paths come from the profile; give only host and port")
    host, given = _split(authority, text)
    return Target(host=host, port=port if given is None else given, tls=tls)


def _split(authority: str, text: str) -> tuple[str, int | None]:
    if authority.startswith("["):
        host, closed, tail = authority[1:].partition("]")
        if not closed or (tail and not tail.startswith(":")):
            raise _refused(text, "an IPv6 address with a port is written [ADDRESS]:PORT")
        return _address(host, text), _port(tail[1:], text) if tail else None
    if authority.count(":") > 1:
        return _address(authority, text), None
    host, colon, tail = authority.partition(":")
    if len(host) > _LONGEST or not _HOST.match(host):
        raise _refused(text, "must be HOST, HOST:PORT or http://HOST:PORT")
    return host, _port(tail, text) if colon else None


def _address(host: str, text: str) -> str:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        raise _refused(text, "is no IPv6 address") from None
    return host


def _port(tail: str, text: str) -> int:
    if not (tail.isascii() and tail.isdigit() and len(tail) <= 5 and 1 <= int(tail) <= 65_535):
        raise _refused(text, "the port must be within 1 to 65535")
    return int(tail)


def _hidden(text: str) -> str:
    """Return ``text`` without what stands before its last ``@``."""
    if "://" in text:
        return redact_url(text)
    return f"***@{text.rpartition('@')[2]}"


def _refused(text: str, why: str) -> ConfigError:
    return ConfigError("target", f"{why}, got {printable(redact_url(text), 80)!r}")
