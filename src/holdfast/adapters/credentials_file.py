"""Credentials for a target, from a private file or one line of text.

A file is TOML (``kind``, ``user``, ``password``, ``token``) or one line:
``user:password`` answers whatever the target asks for, ``basic user:password``
and ``Bearer TOKEN`` are sent with every request, ``digest user:password`` waits
for the challenge.

Laws:
    - On POSIX a file that its group or others may read is refused.
    - No secret is ever part of an error or of a ``repr``.
"""

from __future__ import annotations

import base64
import os
import re
import stat
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct

from holdfast.adapters.toml_config import config_error, convert_table, parse_toml
from holdfast.core.observe.credentials import Credentials
from holdfast.errors import ConfigError

__all__ = ["MAX_BYTES", "TargetAuth", "load_auth_file", "load_token_file", "parse_auth_line"]

MAX_BYTES: Final = 8_192
"""Largest file that is read; tokens have up to about 4 kB."""

_LINE_FORM: Final = (
    "must be user:password, basic user:password, digest user:password or Bearer TOKEN"
)
_LEAST_TOKEN: Final = 16
"""Fewer characters of a token of our own could be guessed."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*\Z")
"""A bearer token, RFC 6750."""


class TargetAuth(Struct, frozen=True, kw_only=True):
    """What to show a target that asks who we are.

    Attributes:
        authorization: Value of the ``Authorization`` header for every request; ``""``
            for none.
        credentials: Name and password for a target that challenges; ``None`` for none.
    """

    authorization: str = ""
    credentials: Credentials | None = None

    def __repr__(self) -> str:
        return "TargetAuth(<redacted>)"


class _AuthFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: Annotated[str, Meta(pattern=r"^(any|basic|digest|bearer)\Z")] = "any"
    user: str = ""
    password: str = ""
    token: str = ""

    def __repr__(self) -> str:
        return "_AuthFile(<redacted>)"


def load_auth_file(path: Path) -> TargetAuth:
    """Read credentials from a private file.

    Raises:
        ConfigError: If it cannot be read, others may read it, or it holds none.
    """
    data = _private_bytes(path)
    try:
        text = data.decode().strip()
    except UnicodeDecodeError as exc:
        raise config_error(path.name, "", f"is not UTF-8 (byte {exc.start})") from None
    if "\n" not in text and not re.match(r"[A-Za-z]+\s*=\s*['\"]", text):
        return parse_auth_line(text, path.name)
    fields = convert_table(parse_toml(data, path.name), _AuthFile, path.name)
    if fields.kind == "bearer":
        if fields.user or fields.password or not fields.token:
            raise config_error(path.name, "kind", "bearer needs a token and nothing else")
        return _bearer(fields.token, path.name)
    if not fields.user or fields.token:
        raise config_error(
            path.name, "user", f"{fields.kind} needs a user and a password, no token"
        )
    return _named(fields.kind, fields.user, fields.password, path.name)


def load_token_file(path: Path) -> str:
    """Read the token that a server of ours asks for, from a private file of one line.

    Raises:
        ConfigError: If it cannot be read, others may read it, or it holds no token of at
            least 16 characters.
    """
    text = _private_bytes(path).decode("ascii", "replace").strip()
    if not _TOKEN.match(text) or len(text) < _LEAST_TOKEN:
        raise config_error(
            path.name,
            "",
            f"must be one line of at least {_LEAST_TOKEN} letters, digits and any of -._~+/=",
        )
    return text


def parse_auth_line(text: str, where: str) -> TargetAuth:
    """Return the credentials that one line holds.

    Args:
        text: The line, e.g. from ``HOLDFAST_TARGET_AUTH``.
        where: Its origin, for errors.

    Raises:
        ConfigError: If it holds none.
    """
    kind, space, rest = text.strip().partition(" ")
    if space and kind.lower() == "bearer":
        return _bearer(rest.strip(), where)
    if space and kind.lower() in ("basic", "digest"):
        kind = kind.lower()
    else:
        kind, rest = "any", text.strip()
    user, colon, password = rest.partition(":")
    if not colon or not user or not rest.isprintable():
        raise config_error(where, "", _LINE_FORM)
    return _named(kind, user, password, where)


def _named(kind: str, user: str, password: str, where: str) -> TargetAuth:
    try:
        credentials = Credentials(user=user, password=password)
    except ConfigError as exc:
        raise config_error(where, "user", "must be printable and without a colon") from exc
    if kind == "basic":
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        return TargetAuth(authorization=f"Basic {pair}")
    return TargetAuth(credentials=credentials)


def _bearer(token: str, where: str) -> TargetAuth:
    if not _TOKEN.match(token):
        raise config_error(where, "token", "must be letters, digits and any of -._~+/=")
    return TargetAuth(authorization=f"Bearer {token}")


def _private_bytes(path: Path) -> bytes:
    """Read a regular file that nobody else may read."""
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            _check_private(os.fstat(file.fileno()), path.name)
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as exc:
        if isinstance(exc, ConfigError):
            raise
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise config_error(str(path), "", f"cannot be read: {why.lower()}") from exc
    if len(data) > MAX_BYTES:
        raise config_error(path.name, "", f"is larger than the limit of {MAX_BYTES} bytes")
    return data


def _open_at_once(path: str, flags: int) -> int:
    # O_NONBLOCK: a named pipe in its place must not hang us before it is refused.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_private(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise config_error(name, "", "is no regular file")
    if os.name == "posix" and status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise config_error(name, "", f"others may read it (mode {mode:04o}); run: chmod 600 {name}")
