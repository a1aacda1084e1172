"""Tiny segments: a stream arrives in small pieces, as from a sender that writes byte by byte.

A packet link leaves packets whole: what they carry was cut before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct

from holdfast.core.impair.unit import Direction, Which

__all__ = ["SEGMENT_BYTES", "Segments", "pieces"]

SEGMENT_BYTES: Final = 1_460
"""Payload of a full TCP segment over Ethernet and Wi-Fi: 1500 less two headers of 20."""


class Segments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Size and spacing of the pieces of each connection.

    Attributes:
        size_bytes: Of each piece.
        gap_s: From one piece of a connection to the next, at least.
        direction: ``"up"`` (to the target), ``"down"`` (from it) or ``"both"``.
    """

    size_bytes: Annotated[int, Meta(ge=1, le=65_536)]
    gap_s: Annotated[float, Meta(ge=0.0, le=60.0)] = 0.0
    direction: Which = "both"

    def acts_on(self, direction: Direction) -> bool:
        """Whether streams that go this way are cut up."""
        return self.direction in ("both", direction)


def pieces(data: bytes, size_bytes: int) -> Iterator[bytes]:
    """Yield ``data`` in pieces of ``size_bytes``; the last may be shorter."""
    for begin in range(0, len(data), size_bytes):
        yield data[begin : begin + size_bytes]
