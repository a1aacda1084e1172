"""What every model of a bad network decides about: one unit, and its fate.

A unit is an IP packet or a segment of a stream. Models are composed by passing one
``Fate`` through them in turn; the first that loses the unit or ends its connection
is the last that sees it.

Laws:
    - A model draws from its own ``Random`` only, and reads the time from the unit only.
    - Units come in order of ``at_s``; a model never moves an arrival to an earlier time.
"""

from __future__ import annotations

from enum import StrEnum
from random import Random
from typing import Annotated, Protocol, TypeAlias

from msgspec import Meta, Struct

__all__ = [
    "Direction",
    "Duration",
    "End",
    "Fate",
    "Model",
    "Period",
    "Probability",
    "Size",
    "Spec",
    "Unit",
    "Which",
]

Probability: TypeAlias = Annotated[float, Meta(ge=0.0, le=1.0)]
Duration: TypeAlias = Annotated[float, Meta(ge=0.0, le=86_400.0)]
Period: TypeAlias = Annotated[float, Meta(gt=0.0, le=86_400.0)]
Size: TypeAlias = Annotated[int, Meta(ge=1, le=1 << 40)]
Which: TypeAlias = Annotated[str, Meta(pattern=r"^(both|up|down)\Z")]


class Direction(StrEnum):
    """Which way a unit goes."""

    UP = "up"
    """To the target, the device."""
    DOWN = "down"
    """From the target."""


class End(StrEnum):
    """How a model ends a connection."""

    RESET = "reset"
    """By RST, on both sides."""
    CLOSE = "close"
    """By FIN, on both sides."""


class Unit(Struct, frozen=True, kw_only=True):
    """One packet or segment as it is sent.

    Attributes:
        at_s: When, on the run's clock.
        size_bytes: Its size; for a stream the payload, 0 for the end of it.
        direction: Which way it goes.
        offset_bytes: Payload that its connection carried this way before it.
        age_s: How long its connection is open.
        can_wait: Whether the sender waits where a queue is full, as TCP does once its
            window has adapted; else the unit is dropped there.
    """

    at_s: float
    size_bytes: int
    direction: Direction
    offset_bytes: int = 0
    age_s: float = 0.0
    can_wait: bool = False


class Fate(Struct, kw_only=True):
    """What becomes of a unit; each model may change it.

    Attributes:
        at_s: When it arrives; ``inf`` for held until the impairment changes.
        lost_by: Model that lost it; ``""`` for none.
        held_by: Model that makes it wait like a silent peer would; ``""`` for none. While
            a unit is held the sender is not read.
        copy_s: A copy arrives so much later; ``None`` for none.
        flip_bit: Bit of the unit that arrives inverted; ``None`` for none.
        is_late: Whether later units may overtake it.
        end: How its connection ends, after ``keep_bytes`` of it.
        keep_bytes: Bytes of the unit before that end.
    """

    at_s: float
    lost_by: str = ""
    held_by: str = ""
    copy_s: float | None = None
    flip_bit: int | None = None
    is_late: bool = False
    end: End | None = None
    keep_bytes: int = 0

    @property
    def is_decided(self) -> bool:
        """Whether no further model need be asked."""
        return bool(self.lost_by) or self.end is not None


class Model(Protocol):
    """A bad network in operation, shared by all units of one link."""

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Change the fate of a unit."""
        ...


class Spec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one model, as a table of an impairment's file.

    Attributes:
        direction: ``"up"`` (to the target), ``"down"`` (from it) or ``"both"``.
    """

    direction: Which = "both"

    def model(self, rng: Random, since_s: float) -> Model:
        """Return the model in operation.

        Args:
            rng: Of this model alone.
            since_s: When it begins, on the run's clock.
        """
        raise NotImplementedError

    def acts_on(self, direction: Direction) -> bool:
        """Whether units that go this way are this model's concern."""
        return self.direction in ("both", direction)
