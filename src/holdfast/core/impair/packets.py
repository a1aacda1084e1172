"""One reading of an impairment: what happens to IP packets.

Laws:
    - Packets that go the same way arrive in the order in which they were sent, however
      the delay varies, but for those that a reordering model made late, and copies.
    - Every packet that is sent yields no, one or two deliveries.
"""

from __future__ import annotations

from math import inf, isinf
from random import Random

from msgspec import Struct

from holdfast.core.impair.impairment import ImpairedLink, Impairment
from holdfast.core.impair.unit import Direction, End, Unit

__all__ = ["Delivery", "Packets", "Passage"]


class Delivery(Struct, frozen=True, kw_only=True):
    """One arrival of a packet.

    Attributes:
        at_s: When, on the run's clock.
        flip_bit: Bit of the packet that is inverted; ``None`` for none.
    """

    at_s: float
    flip_bit: int | None = None


class Passage(Struct, frozen=True, kw_only=True):
    """What becomes of one packet.

    Attributes:
        deliveries: Its arrivals; none where it is dropped.
        dropped_by: Model that dropped it; ``""`` for none.
        end: How the connection that it belongs to is ended; ``None`` for not.
    """

    deliveries: tuple[Delivery, ...] = ()
    dropped_by: str = ""
    end: End | None = None


class Packets:
    """Decides about the packets of one link, in both directions.

    Args:
        impairment: What happens to them.
        rng: Of this link alone.
        since_s: When it begins, on the run's clock.
    """

    def __init__(self, impairment: Impairment, rng: Random, since_s: float = 0.0) -> None:
        self._rng = rng
        self._link = ImpairedLink(impairment, rng, since_s)
        self._last_s = dict.fromkeys(Direction, -inf)

    def switch(self, impairment: Impairment, now: float) -> None:
        """Let another impairment decide from now on; what is under way arrives as it was."""
        self._link = ImpairedLink(impairment, self._rng, now)

    def send(
        self,
        size_bytes: int,
        direction: Direction,
        now: float,
        *,
        offset_bytes: int = 0,
        age_s: float = 0.0,
    ) -> Passage:
        """Return what becomes of a packet that is sent now; ``now`` never goes back.

        Args:
            size_bytes: Of the packet.
            direction: Which way it goes.
            now: On the run's clock.
            offset_bytes: What its connection carried this way before; for ``cut``.
            age_s: Of its connection; for ``reset``.
        """
        fate = self._link.judge(
            Unit(
                at_s=now,
                size_bytes=size_bytes,
                direction=direction,
                offset_bytes=offset_bytes,
                age_s=age_s,
            )
        )
        if fate.end is not None:
            return Passage(end=fate.end)
        if fate.lost_by or isinf(fate.at_s):
            return Passage(dropped_by=fate.lost_by or fate.held_by)
        at_s = fate.at_s
        if not fate.is_late:
            at_s = self._last_s[direction] = max(at_s, self._last_s[direction])
        deliveries = [Delivery(at_s=at_s, flip_bit=fate.flip_bit)]
        if fate.copy_s is not None:
            deliveries.append(Delivery(at_s=at_s + fate.copy_s, flip_bit=fate.flip_bit))
        return Passage(deliveries=tuple(deliveries))
