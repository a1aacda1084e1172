"""A link of limited rate: a token bucket, and a queue of limited size before it.

Laws:
    - Over any time the units that leave a direction hold at most ``burst_bytes`` plus
      that time at the rate.
    - No more than ``queue_bytes`` wait: a packet beyond is dropped. The segment of a
      stream waits, marked as held, since TCP's window adapts to the queue.
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.impair.unit import Direction, Fate, Size, Spec, Unit

__all__ = ["Rate", "RateModel"]


class Rate(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rate of each direction; all connections share it.

    Attributes:
        bits_per_s: The rate.
        burst_bytes: Depth of the bucket; one full packet by default.
        queue_bytes: Most that waits; some 30 packets by default, as small routers have.
    """

    bits_per_s: Annotated[float, Meta(ge=8.0, le=1e12)]
    burst_bytes: Size = 1_514
    queue_bytes: Size = 45_000

    def model(self, rng: Random, since_s: float) -> RateModel:
        """Return the model in operation."""
        del rng
        return RateModel(self, since_s)


class RateModel:
    """A bucket a direction; it may owe, which is what waits in the queue."""

    def __init__(self, spec: Rate, since_s: float) -> None:
        self._bytes_per_s = spec.bits_per_s / 8.0
        self._spec = spec
        # When the bucket will be, or was, full: one number says it all.
        self._full_s = dict.fromkeys(Direction, since_s)

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Delay the unit until its turn, or drop it where the queue is full."""
        full_s = max(self._full_s[unit.direction], unit.at_s)
        owed_s = full_s - unit.at_s + unit.size_bytes / self._bytes_per_s
        wait_s = max(0.0, owed_s - self._spec.burst_bytes / self._bytes_per_s)
        if wait_s * self._bytes_per_s > self._spec.queue_bytes:
            if not unit.can_wait:
                fate.lost_by = "rate"
                return
            fate.held_by = "rate"
        self._full_s[unit.direction] = unit.at_s + owed_s
        fate.at_s += wait_s
