"""Secrets taken out, and hostile text made printable, before anything is written.

Everything a device, a log or a user says may carry a password or a token, and
every byte of it may be meant to harm the terminal or the page that shows it.

Laws:
    - Redaction errs on the side of too much: a harmless value lost costs less than
      a secret kept. Booleans, ``null`` and empty texts stay: they reveal nothing.
    - ``redact_text`` and ``printable`` are idempotent.
    - No secret is promised to be found in prose; only in the forms listed below.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

__all__ = [
    "MASK",
    "is_secret_name",
    "printable",
    "redact_body",
    "redact_headers",
    "redact_json",
    "redact_text",
    "redact_url",
]

MASK: Final = "***"
"""What stands in place of a secret."""

_MAX_DEPTH: Final = 64
"""Deeper JSON is masked whole; no device's health is deeper than five levels."""

_SECRET_WORDS: Final = frozenset(
    [
        "password",
        "passwords",
        "passwd",
        "passwort",
        "pass",
        "passcode",
        "passphrase",
        "pwd",
        "psk",
        "secret",
        "secrets",
        "token",
        "tokens",
        "key",
        "keys",
        "auth",
        "authorization",
        "authentication",
        "credential",
        "credentials",
        "creds",
        "cookie",
        "bearer",
        "jwt",
        "apikey",
        "signature",
    ]
)
_SECRET_PARTS: Final = (
    "password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "wifipass",
    "userpass", "wifikey", "wpakey", "privatekey", "passwort",
)  # fmt: skip
"""Found inside a word too: ``wifipassword``, ``accesstoken``."""

_HARMLESS_LAST: Final = frozenset(
    [
        "mode",
        "type",
        "required",
        "enabled",
        "supported",
        "count",
        "counts",
        "total",
        "length",
        "len",
        "error",
        "errors",
        "failure",
        "failures",
        "failed",
        "reason",
        "name",
        "names",
        "status",
        "expires",
        "expiry",
        "timeout",
        "algorithm",
    ]
)
"""A name that ends so speaks about a secret and is none: ``auth_mode``, ``KeyError``."""

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def is_secret_name(name: str) -> bool:
    """Return whether a value of this name (JSON key, parameter, header) is a secret."""
    words = [word.lower() for word in _WORD.findall(name[:256])]
    if not words or words[-1] in _HARMLESS_LAST:
        return False
    if any(word in _SECRET_WORDS for word in words):
        return True
    joined = "".join(words)
    return any(part in joined for part in _SECRET_PARTS)


def redact_json(value: Any, *, depth: int = 0) -> Any:  # whatever JSON can hold
    """Return parsed JSON with the values of secret names, and secrets in texts, masked.

    Args:
        value: What a JSON decoder returned.
        depth: How deep it already lies; for the function itself.
    """
    if depth > _MAX_DEPTH:
        return MASK
    if isinstance(value, dict):
        return {
            key: _masked(item) if is_secret_name(str(key)) else redact_json(item, depth=depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_json(item, depth=depth + 1) for item in value]
    return redact_text(value) if isinstance(value, str) else value


def _masked(value: Any) -> Any:  # whatever JSON can hold
    return value if value is None or isinstance(value, bool) or value == "" else MASK


_USER_INFO: Final = re.compile(r"(?<=://)[^\s/?#\"'<>]+@")
_PARAMETER: Final = re.compile(r"([?&;#])([\w.\-%\[\]]{1,64})=([^&;#\s\"'<>]*)")
_HEADER: Final = re.compile(
    r"(?im)\b((?:proxy-)?authorization|(?:set-)?cookie|www-authenticate)(\s{0,8}:[ \t]{0,8})"
    r"(?!\*{3}\s*$)[^\r\n]+"
)
_BEARER: Final = re.compile(r"(?i)\b(bearer)\s+(?!\*{3})[A-Za-z0-9._~+/=\-]{4,}")
_BASIC: Final = re.compile(r"\b([Bb]asic|BASIC)\s+(?=\S*[A-Z0-9=])[A-Za-z0-9+/]{6,}={0,2}")
_JWT: Final = re.compile(r"\beyJ[A-Za-z0-9_\-]{4,}\.[A-Za-z0-9_\-]{2,}(?:\.[A-Za-z0-9_\-]*)?")
_WIFI_URI: Final = re.compile(r"(?i)(\bWIFI:[^\r\n]{0,200}?;P:)(?:\\.|[^;\\\r\n])*")
_NAME: Final = re.compile(
    r"([A-Za-z][\w.\-]{0,63})\\?[\"']?(?:[ \t]{0,8}[:=]|[ \t]{1,8}is\b)[ \t]{0,8}"
)
_QUOTED: Final = re.compile(
    r"(\\\")(?:(?!\\\")[^\r\n])*|(\")(?:\\.|[^\"\\\r\n])*|(')(?:\\.|[^'\\\r\n])*"
)
_BARE: Final = re.compile(r"[^\s,;&\"'}\])]+")
_REST: Final = re.compile(r"[^\r\n]+")
_SPACED: Final = re.compile(r"(?i)pass|pwd|psk|secret|credential")
"""Names whose bare values may hold spaces and signs: masked to the end of the line."""


def _mask_pairs(text: str) -> str:
    pieces: list[str] = []
    done = at = 0
    while match := _NAME.search(text, at):
        at = match.end()
        if not is_secret_name(match[1]):
            continue
        value = _QUOTED.match(text, at)
        if value is None:
            value = (_REST if _SPACED.search(match[1]) else _BARE).match(text, at)
        if value is None:
            continue
        opening = value[value.lastindex] if value.lastindex else ""
        pieces += text[done:at], opening, MASK
        done = at = value.end()
    pieces.append(text[done:])
    return "".join(pieces)


def redact_url(text: str) -> str:
    """Return a URL without user information and without secret parameters."""
    text = _USER_INFO.sub(f"{MASK}@", text)
    return _PARAMETER.sub(
        lambda m: f"{m[1]}{m[2]}={MASK}" if m[3] and is_secret_name(m[2]) else m[0], text
    )


def redact_text(text: str) -> str:
    """Return log or error text with every secret of a known form masked.

    Known forms: user information and secret parameters in URLs, authorization and
    cookie headers, bearer and basic credentials, JWTs, Wi-Fi QR texts, and
    ``name: value``, ``name=value``, ``"name": "value"`` or ``name is value`` with a
    secret name.
    """
    text = redact_url(text)
    text = _HEADER.sub(rf"\1\2{MASK}", text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    text = _BASIC.sub(rf"\1 {MASK}", text)
    text = _JWT.sub(MASK, text)
    text = _WIFI_URI.sub(rf"\1{MASK}", text)
    return _mask_pairs(text)


def redact_headers(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return HTTP headers with the values of secret ones masked."""
    return [(name, MASK if is_secret_name(name) else redact_text(value)) for name, value in headers]


def redact_body(text: str) -> str:
    """Return an answer's body without secrets: by key names if it is JSON, else as text."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return redact_text(text)
        return msgspec.json.encode(redact_json(value)).decode()
    return redact_text(text)


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def printable(text: str, limit: int) -> str:
    """Return ``text`` fit for a terminal, a log and a page.

    Control characters (ANSI sequences begin with one), line breaks, bidirectional
    overrides, zero-width and unassigned characters are shown as escapes.

    Args:
        text: Anything.
        limit: Longest result in characters, at least 1; what is longer ends in ``…``.

    Raises:
        ValueError: If ``limit`` is below 1.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    if text.isprintable():
        return text if len(text) <= limit else text[: limit - 1] + "…"
    shown: list[str] = []
    room = limit
    for character in text[: limit + 1]:
        piece = character if character.isprintable() else _escape(character)
        shown.append(piece)
        room -= len(piece)
        if room < 0:
            break
    else:
        return "".join(shown)
    while room < 1 and shown:
        room += len(shown.pop())
    return "".join(shown) + "…"
