"""When to try again: exponential backoff with full jitter.

Each delay is drawn evenly from 0 to ``min(cap_s, base_s * 2**failures)``, so that many
clients cut off at one moment do not come back at one moment.

Source: M. Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015), "full jitter".
"""

from __future__ import annotations

import math
from random import Random
from typing import Final

from msgspec import Struct

from holdfast.errors import ConfigError

__all__ = ["Backoff", "BackoffSettings"]

_MAX_DOUBLINGS: Final = 60
"""Keeps ``2**failures`` a float; any cap is reached long before."""


class BackoffSettings(Struct, frozen=True, kw_only=True):
    """How fast delays grow.

    Attributes:
        base_s: Upper bound of the first delay, above 0; 1 s is short against the
            3 s gap that document 000 allows.
        cap_s: Upper bound of every delay, at least ``base_s``; 30 s still finds a
            device within a minute of its return.
        stable_s: A link that held so long was no failure, and delays start small
            again; longer than a device needs to accept and then drop a client.
    """

    base_s: float = 1.0
    cap_s: float = 30.0
    stable_s: float = 10.0

    def __post_init__(self) -> None:
        for key in ("base_s", "cap_s", "stable_s"):
            value = getattr(self, key)
            if not (math.isfinite(value) and value > 0):
                raise ConfigError(f"backoff.{key}", f"must be positive and finite, got {value!r}")
        if self.cap_s < self.base_s:
            raise ConfigError(
                "backoff.cap_s", f"must be at least base_s {self.base_s:g}, got {self.cap_s:g}"
            )


class Backoff:
    """Delays between the attempts of one link.

    Args:
        rng: Source of the jitter.
        settings: How fast delays grow.

    Attributes:
        failures: Attempts since the link was last stable.
    """

    def __init__(self, rng: Random, settings: BackoffSettings | None = None) -> None:
        self._rng = rng
        self._settings = BackoffSettings() if settings is None else settings
        self.failures = 0

    def next_delay_s(self, held_s: float = 0.0, *, at_least_s: float = 0.0) -> float:
        """Return how long to wait now that a link ended or was refused.

        Args:
            held_s: How long it was up, in seconds; 0 if never.
            at_least_s: Delay that the peer asked for (``retry:`` of SSE); the jitter
                comes on top, and the sum stays below ``cap_s``.
        """
        if held_s >= self._settings.stable_s:
            self.failures = 0
        doubled = self._settings.base_s * 2.0 ** min(self.failures, _MAX_DOUBLINGS)
        self.failures += 1
        jitter_s = self._rng.uniform(0.0, min(self._settings.cap_s, doubled))
        return min(self._settings.cap_s, max(0.0, at_least_s) + jitter_s)
