"""An impairment: some models by name, and the link on which they work together.

Laws:
    - Equal settings, seed and units give equal fates.
    - Models act in the order of the fields of ``Impairment``: what ends a connection,
      what the radio loses, what the way loses, what delays.
    - Each model has a ``Random`` of its own: another model beside it changes nothing
      about what it draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from random import Random
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct, structs

from holdfast.core.impair.black_hole import BlackHole
from holdfast.core.impair.corrupt import Corrupt
from holdfast.core.impair.cut import Cut
from holdfast.core.impair.dropout import Dropout
from holdfast.core.impair.duplicate import Duplicate
from holdfast.core.impair.gilbert_elliott import GilbertElliott
from holdfast.core.impair.latency import Latency
from holdfast.core.impair.loss import Loss
from holdfast.core.impair.modem_sleep import ModemSleep
from holdfast.core.impair.rate import Rate
from holdfast.core.impair.reorder import Reorder
from holdfast.core.impair.reset import Reset
from holdfast.core.impair.roam import Roam
from holdfast.core.impair.segments import SEGMENT_BYTES, Segments
from holdfast.core.impair.stall import Stall
from holdfast.core.impair.unit import Direction, Fate, Unit
from holdfast.core.impair.weak_antenna import WeakAntenna
from holdfast.core.impair.websocket_faults import WebSocketFaults

_Touch: TypeAlias = Callable[[Unit, Fate], None]

__all__ = ["NOTHING", "ImpairedLink", "Impairment", "combined"]


class Impairment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bad network, as a TOML file says it; each field is a list of tables.

    Attributes:
        title: What it stands for, in one line.
        cut: Connections that end after so many bytes.
        reset: Connections that are reset.
        black_hole: From when everything is lost.
        dropout: Times without Wi-Fi.
        roam: Moves between access points.
        weak_antenna: A device that is hardly heard.
        loss: Independent loss.
        gilbert_elliott: Loss in bursts.
        corrupt: Inverted bits.
        duplicate: Copies.
        modem_sleep: A device that wakes for beacons only.
        stall: Times in which nothing moves.
        rate: Limited rate.
        latency: Delay.
        reorder: Units that are overtaken.
        segments: Streams in small pieces.
        websocket: Faults of WebSocket frames; streams only.
    """

    title: Annotated[
        str, Meta(pattern=r"^[^\x00-\x1f\x7f]{0,200}\Z", description="one line of text")
    ] = ""
    cut: tuple[Cut, ...] = ()
    reset: tuple[Reset, ...] = ()
    black_hole: tuple[BlackHole, ...] = ()
    dropout: tuple[Dropout, ...] = ()
    roam: tuple[Roam, ...] = ()
    weak_antenna: tuple[WeakAntenna, ...] = ()
    loss: tuple[Loss, ...] = ()
    gilbert_elliott: tuple[GilbertElliott, ...] = ()
    corrupt: tuple[Corrupt, ...] = ()
    duplicate: tuple[Duplicate, ...] = ()
    modem_sleep: tuple[ModemSleep, ...] = ()
    stall: tuple[Stall, ...] = ()
    rate: tuple[Rate, ...] = ()
    latency: tuple[Latency, ...] = ()
    reorder: tuple[Reorder, ...] = ()
    segments: tuple[Segments, ...] = ()
    websocket: tuple[WebSocketFaults, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether everything passes untouched."""
        return not any(getattr(self, field) for field in _TABLES)


_MODELS: Final = Impairment.__struct_fields__[1:-2]
_TABLES: Final = Impairment.__struct_fields__[1:]

NOTHING: Final = Impairment(title="no impairment")
"""Leaves everything as it is."""


def combined(impairments: Sequence[Impairment]) -> Impairment:
    """Return one impairment that does what all of them do."""
    if len(impairments) == 1:
        return impairments[0]
    changes = {f: tuple(t for i in impairments for t in getattr(i, f)) for f in _TABLES}
    title = "; ".join(i.title for i in impairments if i.title)
    return structs.replace(NOTHING, title=title[:200] or NOTHING.title, **changes)


class ImpairedLink:
    """One impairment in operation on one link, shared by its connections.

    Args:
        impairment: Its settings.
        rng: Source of the models' own.
        since_s: When it begins, on the run's clock.
    """

    def __init__(self, impairment: Impairment, rng: Random, since_s: float = 0.0) -> None:
        self.impairment = impairment
        self._chains: dict[Direction, list[_Touch]] = {way: [] for way in Direction}
        seed = rng.getrandbits(64)
        for field in _MODELS:
            for number, spec in enumerate(getattr(impairment, field)):
                own = Random(f"{seed} {field} {number}")
                touch = spec.model(own, since_s).touch
                for way in Direction:
                    if spec.acts_on(way):
                        self._chains[way].append(touch)

    def judge(self, unit: Unit) -> Fate:
        """Return what becomes of a unit. Units must come in order of time."""
        fate = Fate(at_s=unit.at_s)
        for touch in self._chains[unit.direction]:
            touch(unit, fate)
            if fate.is_decided:
                break
        return fate

    def lifetime_s(self, direction: Direction) -> float:
        """Return the age at which a connection is reset, in use or not; ``inf`` for never."""
        ages = [r.after_s for r in self.impairment.reset if r.after_s and r.acts_on(direction)]
        return min(ages, default=inf)

    def piece(self, direction: Direction) -> Segments:
        """Return how a stream is cut up: as the smallest asked for, else in full segments."""
        sizes = [s for s in self.impairment.segments if s.acts_on(direction)]
        return min(sizes, key=lambda s: s.size_bytes, default=_FULL)


_FULL: Final = Segments(size_bytes=SEGMENT_BYTES)
