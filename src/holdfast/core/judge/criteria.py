"""Criteria: when a link is good enough, as data.

A criterion compares one measure (``core.measure.summary`` lists them) with a limit.
"""

from __future__ import annotations

from msgspec import Struct

__all__ = ["OPERATORS", "Criterion"]

OPERATORS = ("<", "<=", ">", ">=", "==")
"""Comparisons that a criterion may use."""


class Criterion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that must hold.

    Attributes:
        measure: Name of a measure, e.g. ``"stream.continuity"``.
        operator: One of ``OPERATORS``: measure operator limit must be true.
        limit: SI units.
        window_s: Judge only the last so many seconds; ``None`` for the whole run
            after warm-up.
        abort: Stop the run early as soon as it is missed (judged after warm-up).
        why: Where the number comes from.
    """

    measure: str
    operator: str
    limit: float
    window_s: float | None = None
    abort: bool = False
    why: str = ""
