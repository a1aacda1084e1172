"""Which profile fits a device, found by at most six harmless questions.

Laws:
    - Only GETs of the paths that shipped fingerprints name, each at most once.
    - The order is fixed: profiles by name, each one's fingerprints in their order.
    - The first fingerprint that holds decides; what was asked and why is told.
    - No fingerprint, or no answer: profile ``generic``.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from holdfast.adapters.http_get import http_get
from holdfast.adapters.profiles import load_profile, shipped_profiles
from holdfast.core.link.target import Target
from holdfast.core.profile import Fingerprint, Profile
from holdfast.errors import HoldfastError

__all__ = [
    "FALLBACK",
    "MAX_REQUESTS",
    "Answer",
    "Fetch",
    "Identified",
    "fits",
    "http_fetch",
    "identify",
    "identify_target",
    "questions",
]

_LOGGER = logging.getLogger(__name__)

MAX_REQUESTS: Final = 6
"""GETs that finding a profile may cost a device; the README promises this number."""

_GIVE_UP: Final = 2
"""Requests without any answer after which the device is left alone."""

FALLBACK: Final = "generic"
"""The profile for a device that no fingerprint knows."""


class Answer(Struct, frozen=True, kw_only=True):
    """What a GET brought.

    Attributes:
        status: HTTP status.
        head: Status line and headers, lower case.
        body: The body, bounded by whoever fetched it.
    """

    status: int
    head: str = ""
    body: bytes = b""


Fetch: TypeAlias = Callable[[str], Awaitable[Answer]]
"""GET one path of the device; raises ``HoldfastError`` where no answer comes."""


class Identified(Struct, frozen=True, kw_only=True):
    """The profile found.

    Attributes:
        name: Its name.
        why: One sentence for people.
        asked: Paths that were asked for, in order.
    """

    name: str
    why: str
    asked: tuple[str, ...] = ()


def http_fetch(host: str, port: int, *, tls: bool = False, authorization: str = "") -> Fetch:
    """Return a ``Fetch`` that asks a device over a connection of its own each time."""

    async def fetch(path: str) -> Answer:
        reply = await http_get(host, port, path, tls=tls, authorization=authorization)
        return Answer(status=reply.status, head=reply.head, body=reply.body)

    return fetch


def questions(profiles: Sequence[Profile]) -> list[str]:
    """Return the paths to ask for, each once, in the order in which they are asked."""
    ordered = sorted(profiles, key=lambda p: p.name)
    paths = (f.path for p in ordered for f in p.fingerprint if f.path)
    return list(dict.fromkeys(paths))


async def identify(fetch: Fetch, profiles: Sequence[Profile]) -> Identified:
    """Ask the device until a fingerprint fits.

    Args:
        fetch: GETs one path; called at most ``MAX_REQUESTS`` times, one after the other.
        profiles: Profiles to choose from.
    """
    asked: list[str] = []
    unanswered = 0
    for path in questions(profiles)[:MAX_REQUESTS]:
        asked.append(path)
        try:
            answer = await fetch(path)
        except HoldfastError as exc:
            _LOGGER.debug("no answer to GET %s: %s", path, exc)
            unanswered += 1
            if unanswered == _GIVE_UP:
                why = f"nothing answered GET {' nor '.join(asked)}"
                return Identified(name=FALLBACK, why=why, asked=tuple(asked))
            continue
        unanswered = 0
        for profile in sorted(profiles, key=lambda p: p.name):
            for fingerprint in profile.fingerprint:
                if fingerprint.path == path and (why := fits(fingerprint, answer)):
                    return Identified(name=profile.name, why=why, asked=tuple(asked))
    why = f"no fingerprint fits the answers to {', '.join(asked)}"
    return Identified(name=FALLBACK, why=why, asked=tuple(asked))


async def identify_target(target: Target) -> Identified:
    """Ask ``target`` which of the shipped profiles fits it."""
    tls = bool(target.tls)
    fetch = http_fetch(target.host, target.port or (443 if tls else 80), tls=tls)
    return await identify(fetch, [load_profile(name) for name in shipped_profiles()])


def fits(fingerprint: Fingerprint, answer: Answer) -> str:
    """Return why ``answer`` fits ``fingerprint``, in one sentence; ``""`` where it does not."""
    if answer.status != 200:
        return ""
    found: list[str] = []
    if fingerprint.json_has:
        document = _json(answer.body)
        if not all(_has(document, name) for name in fingerprint.json_has):
            return ""
        found.append(", ".join(fingerprint.json_has))
    if fingerprint.body_has:
        if fingerprint.body_has.encode() not in answer.body:
            return ""
        found.append(repr(fingerprint.body_has))
    if fingerprint.header_has:
        if fingerprint.header_has not in answer.head:
            return ""
        found.append(f"header {fingerprint.header_has!r}")
    return f"GET {fingerprint.path} has {' and '.join(found)}" if found else ""


def _json(body: bytes) -> Any:  # whatever JSON can hold
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _has(document: Any, dotted: str) -> bool:
    for part in dotted.split("."):
        if not isinstance(document, Mapping) or part not in document:
            return False
        document = document[part]
    return True
