"""Cut: a connection carries so many bytes one way, exactly, and no more."""

from __future__ import annotations

from math import inf
from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.impair.unit import End, Fate, Spec, Unit

__all__ = ["Cut", "CutModel"]


class Cut(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Connections that break off.

    Attributes:
        after_bytes: Payload that each direction of a connection still carries.
        how: ``"reset"`` (RST), ``"close"`` (FIN), or ``"hold"``: nothing more arrives, and
            nobody is told.
    """

    after_bytes: Annotated[int, Meta(ge=0, le=1 << 40)]
    how: Annotated[str, Meta(pattern=r"^(reset|close|hold)\Z")] = "reset"

    def model(self, rng: Random, since_s: float) -> CutModel:
        """Return the model in operation."""
        del rng, since_s
        return CutModel(self)


class CutModel:
    """Counts by the unit's own offset, so that it needs no state."""

    def __init__(self, spec: Cut) -> None:
        self._spec = spec

    def touch(self, unit: Unit, fate: Fate) -> None:
        """End the connection within the unit that passes the limit."""
        room_bytes = self._spec.after_bytes - unit.offset_bytes
        if unit.size_bytes <= room_bytes:
            return
        fate.keep_bytes = max(0, room_bytes)
        if self._spec.how == "hold":
            fate.held_by = "cut"
            fate.at_s = inf
        else:
            fate.end = End(self._spec.how)
