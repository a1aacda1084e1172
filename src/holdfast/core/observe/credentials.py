"""Secrets a target asks for, and the answers to its challenges.

Law: nothing here is ever recorded, and no ``repr`` shows a secret.

Source: RFC 7616 (digest), RFC 7617 (basic).
"""

from __future__ import annotations

from msgspec import Struct

from holdfast.errors import ConfigError

__all__ = ["Credentials"]


class Credentials(Struct, frozen=True, kw_only=True):
    """A name and a password, for a target that challenges with digest or basic.

    Attributes:
        user: The name; no colon, no control characters.
        password: The password; never recorded, never shown.
    """

    user: str
    password: str

    def __post_init__(self) -> None:
        if ":" in self.user or not self.user.isprintable():
            raise ConfigError("credentials.user", "must be printable and without a colon")

    def __repr__(self) -> str:
        return "Credentials(<redacted>)"
