"""Secrets a target asks for, and the answers to its challenges.

Law: nothing here is ever recorded, and no ``repr`` shows a secret.

Source: RFC 7616 (digest with MD5 and SHA-256, ``qop=auth``), RFC 2069 (digest without
``qop``), RFC 7617 (basic).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from random import Random
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from holdfast.errors import ConfigError

__all__ = ["Authorizer", "Credentials"]

_MAX_CHALLENGE: Final = 2_048
"""A longer challenge is not read; real ones are below 300 characters."""
_SCHEME: Final = re.compile(r"(?i)(?:^|,)\s*(digest|basic)(?=\s|,|$)")
_PARAMETER: Final = re.compile(r'([A-Za-z]{1,32})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_ALGORITHMS: Final = {"sha-256": "sha256", "md5": "md5", "": "md5"}
_PREFERENCE: Final = ("sha-256", "md5", "")
"""The strongest first; a challenge that names none means MD5."""


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


class Authorizer:
    """Knows what to put into the ``Authorization`` header of the next request.

    A challenge once read serves later requests too, with a rising count, so that only
    the first one costs a second connection.

    Args:
        authorization: Value to send with every request; ``""`` for none.
        credentials: Name and password for challenges; ``None`` for none.
        rng: Source of client nonces.

    Raises:
        ConfigError: If ``authorization`` cannot be sent in a header.
    """

    def __init__(self, authorization: str, credentials: Credentials | None, rng: Random) -> None:
        if not (authorization.isascii() and authorization.isprintable()):
            raise ConfigError("authorization", "must be printable ASCII")
        self._fixed = authorization.strip()
        self._credentials = credentials
        self._rng = rng
        self._challenge: dict[str, str] | None = None
        self._is_basic = False
        self._count = 0

    def __repr__(self) -> str:
        return "Authorizer(<redacted>)"

    def header(self, path: str) -> str:
        """Return the header's value for a GET of ``path``; ``""`` for none."""
        if self._fixed or self._credentials is None:
            return self._fixed
        if self._challenge is not None:
            return self._digest(self._credentials, self._challenge, path)
        return _basic(self._credentials) if self._is_basic else ""

    def challenged(self, values: Iterable[str]) -> bool:
        """Read the ``WWW-Authenticate`` values of a 401; return whether to ask again."""
        if self._fixed or self._credentials is None:
            return False
        offers = [offer for value in values for offer in _offers(value)]
        digests = [
            parameters
            for scheme, parameters in offers
            if scheme == "digest" and _is_answerable(parameters)
        ]
        self._is_basic = not digests and any(scheme == "basic" for scheme, _ in offers)
        self._challenge = min(digests, key=_rank, default=None)
        self._count = 0
        return self._is_basic or self._challenge is not None

    def _digest(self, known: Credentials, challenge: dict[str, str], path: str) -> str:
        algorithm = challenge.get("algorithm", "")
        realm, nonce = challenge.get("realm", ""), challenge["nonce"]
        secret = _hash(algorithm, f"{known.user}:{_plain(realm)}:{known.password}")
        request = _hash(algorithm, f"GET:{path}")
        fields = f'{_named(known.user)}, realm="{realm}", nonce="{nonce}", uri="{path}"'
        if "qop" in challenge:
            self._count += 1
            count, own = f"{self._count:08x}", self._rng.randbytes(8).hex()
            proof = f"{secret}:{_plain(nonce)}:{count}:{own}:auth:{request}"
            fields += f', qop=auth, nc={count}, cnonce="{own}"'
        else:
            proof = f"{secret}:{_plain(nonce)}:{request}"
        fields += f', response="{_hash(algorithm, proof)}"'
        if algorithm:
            fields += f", algorithm={algorithm}"
        if "opaque" in challenge:
            fields += f', opaque="{challenge["opaque"]}"'
        return f"Digest {fields}"


def _basic(known: Credentials) -> str:
    pair = base64.b64encode(f"{known.user}:{known.password}".encode()).decode()
    return f"Basic {pair}"


def _offers(value: str) -> list[tuple[str, dict[str, str]]]:
    """Split one header value into its challenges: scheme and parameters each."""
    if len(value) > _MAX_CHALLENGE or not (value.isascii() and value.isprintable()):
        return []
    offers: list[tuple[str, dict[str, str]]] = []
    starts = list(_SCHEME.finditer(value))
    ends = [match.start() for match in starts[1:]] + [len(value)]
    for match, end in zip(starts, ends, strict=False):
        text = value[match.end() : end]
        parameters = {
            m[1].lower(): m[3] if m[2] is None else m[2] for m in _PARAMETER.finditer(text)
        }
        offers.append((match[1].lower(), parameters))
    return offers


def _is_answerable(parameters: dict[str, str]) -> bool:
    if "nonce" not in parameters or parameters.get("algorithm", "").lower() not in _ALGORITHMS:
        return False
    qop = parameters.get("qop")
    return qop is None or "auth" in re.split(r"[\s,]+", qop.lower())


def _rank(parameters: dict[str, str]) -> int:
    return _PREFERENCE.index(parameters.get("algorithm", "").lower())


def _hash(algorithm: str, text: str) -> str:
    name = _ALGORITHMS[algorithm.lower()]
    return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _named(user: str) -> str:
    if user.isascii():
        quoted = user.replace("\\", "\\\\").replace('"', '\\"')
        return f'username="{quoted}"'
    return f"username*=UTF-8''{quote(user, safe='')}"  # RFC 7616 section 3.4
