"""Weak transmit antenna: the device hears well and is hardly heard.

A frame from the device is sent again by its radio until the access point hears it, with
growing back-off, and lost after the last try. A frame to the device arrives, but its
acknowledgement has the same weak way: the access point sends it again, which only takes
time, as the device drops the copies.

Source: IEEE 802.11 (retry limits, back-off doubling from CWmin 15 slots of 9 us; a frame
of 1500 bytes takes about 2 ms at the low rates that a bad link falls back to).
"""

from __future__ import annotations

from random import Random
from typing import Annotated

from msgspec import Meta, Struct

from holdfast.core.impair.unit import Direction, Duration, Fate, Probability, Unit
from holdfast.core.impair.windows import Windows

__all__ = ["WeakAntenna", "WeakAntennaModel"]


class WeakAntenna(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How badly the device is heard.

    Attributes:
        frame_loss: Of one try to send a frame from the device.
        ack_loss: Of the acknowledgement of a frame to the device; short, at a robust
            rate, so lost less often.
        tries: Of each frame; 7 is the short retry limit of 802.11.
        retry_s: Time of the first retry; each further one takes half as long again.
        fade_every_s: From one fade to the next; 0 for none.
        fade_s: How long a fade lasts: a hand, a door, a person in the way.
        fade_loss: ``frame_loss`` in a fade.
    """

    frame_loss: Probability = 0.5
    ack_loss: Probability = 0.2
    tries: Annotated[int, Meta(ge=1, le=32)] = 7
    retry_s: Duration = 0.002
    fade_every_s: Duration = 0.0
    fade_s: Duration = 0.0
    fade_loss: Probability = 0.9

    def model(self, rng: Random, since_s: float) -> WeakAntennaModel:
        """Return the model in operation."""
        return WeakAntennaModel(self, rng, since_s)

    def acts_on(self, direction: Direction) -> bool:
        """Both ways: a frame to the device needs its acknowledgement."""
        del direction
        return True


class WeakAntennaModel:
    """Plays the tries of each frame."""

    def __init__(self, spec: WeakAntenna, rng: Random, since_s: float) -> None:
        self._spec = spec
        self._rng = rng
        self._fades = Windows(
            first_s=since_s + spec.fade_every_s,
            every_s=spec.fade_every_s,
            for_s=spec.fade_s if spec.fade_every_s else 0.0,
            jitter=0.5,  # people do not move by the clock
            rng=rng,
        )

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Send the frame until it is heard, or lose it."""
        spec = self._spec
        is_faded = self._fades.end_of(unit.at_s) is not None
        is_down = unit.direction is Direction.DOWN
        loss = (spec.fade_loss if is_faded else spec.frame_loss) if is_down else spec.ack_loss
        for number in range(spec.tries):
            if self._rng.random() >= loss:
                return
            fate.at_s += spec.retry_s * 1.5**number
        if is_down:
            fate.lost_by = "weak_antenna"
