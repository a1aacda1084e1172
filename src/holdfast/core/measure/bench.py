"""Measures of the bench itself: whether it was fit to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from holdfast.core.measure.gaps import suspended_s

if TYPE_CHECKING:
    from holdfast.core.measure.run import RunView

__all__ = ["bench_values"]

_Values: TypeAlias = "dict[str, float | None]"


def bench_values(run: RunView, from_s: float, to_s: float) -> _Values:
    """Return how long was measured, how long the bench slept, and how late its ticks came."""
    asleep = np.clip(suspended_s(run), from_s, to_s)
    late_s = [t.at_s - t.due_s for t in run.ticks if from_s <= t.at_s <= to_s]
    return {
        "window_s": to_s - from_s,
        "suspended_s": float(np.diff(asleep, axis=1).sum()),
        "tick_late_max_s": max(late_s, default=None),
    }
