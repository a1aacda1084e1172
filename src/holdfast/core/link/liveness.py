"""Decide whether an open stream is alive from what was heard, and when.

Pure: the caller passes ``now`` with every call and asks :meth:`Liveness.deadline`
when to call back.

Laws:
    - A ping is due every ``ping_s``, jittered by a fifth, whether or not data flows:
      it measures the round trip as well as it proves life.
    - Any bytes from the peer are a sign of life.
    - An answered token gives its round trip once; an unknown one gives nothing.

Source: RFC 6455 sections 5.5.2 and 5.5.3 (Ping and Pong); document 000 (a ping every 20 to 30 s).
"""

from __future__ import annotations

import math
from random import Random
from typing import Final, TypeAlias

from msgspec import Struct

from holdfast.errors import ConfigError

__all__ = ["Liveness", "LivenessAction", "LivenessSettings", "Ping", "Silent"]

_JITTER: Final = 0.2
"""25 s by a fifth is 20 to 30 s, the range of document 000."""

_MAX_UNANSWERED: Final = 16
"""Pings remembered while no pong comes; older ones would no longer tell anything."""


class LivenessSettings(Struct, frozen=True, kw_only=True):
    """How silence is judged.

    Attributes:
        ping_s: Mean time between pings, above 0; ``inf`` for none.
        silent_s: Silence after which the stream is dead, above 0; ``inf`` for never.
    """

    ping_s: float = 25.0
    silent_s: float = 75.0

    def __post_init__(self) -> None:
        for key in ("ping_s", "silent_s"):
            value = getattr(self, key)
            if not value > 0:
                raise ConfigError(f"liveness.{key}", f"must be positive, got {value!r}")


class Ping(Struct, frozen=True):
    """Send a ping that carries ``token``."""

    token: int


class Silent(Struct, frozen=True):
    """Nothing was heard for ``for_s`` seconds: give the stream up."""

    for_s: float


LivenessAction: TypeAlias = Ping | Silent
"""What :class:`Liveness` asks its stream to do."""


class Liveness:
    """Liveness of one open stream.

    Args:
        settings: Thresholds.
        rng: Source of the pings' jitter.
        now: When the stream opened, in seconds.
    """

    def __init__(self, settings: LivenessSettings, rng: Random, *, now: float) -> None:
        self._settings = settings
        self._rng = rng
        self._heard_at = now
        self._ping_at = self._next_ping(now)
        self._sent_at: dict[int, float] = {}
        self._token = 0

    @property
    def unanswered(self) -> int:
        """Pings sent since the last pong, at most 16."""
        return len(self._sent_at)

    def heard(self, now: float) -> None:
        """Note that any bytes came from the peer."""
        self._heard_at = now

    def pong(self, token: int, now: float) -> float | None:
        """Return the round trip of ``token`` in seconds; ``None`` if it is not awaited.

        A pong answers every earlier ping too (RFC 6455 section 5.5.3).
        """
        sent_at = self._sent_at.get(token)
        if sent_at is None:
            return None
        self._sent_at = {t: at for t, at in self._sent_at.items() if t > token}
        return now - sent_at

    def deadline(self) -> float:
        """Return when :meth:`on_timer` must run next; ``inf`` for never."""
        return min(self._ping_at, self._heard_at + self._settings.silent_s)

    def on_timer(self, now: float) -> list[LivenessAction]:
        """Act on the passing of time; harmless when called early."""
        if now >= self._heard_at + self._settings.silent_s:
            return [Silent(now - self._heard_at)]
        if now < self._ping_at:
            return []
        self._ping_at = self._next_ping(now)
        self._token += 1
        self._sent_at[self._token] = now
        if len(self._sent_at) > _MAX_UNANSWERED:
            del self._sent_at[next(iter(self._sent_at))]
        return [Ping(self._token)]

    def _next_ping(self, now: float) -> float:
        mean_s = self._settings.ping_s
        if math.isinf(mean_s):
            return math.inf
        return now + mean_s * self._rng.uniform(1.0 - _JITTER, 1.0 + _JITTER)
