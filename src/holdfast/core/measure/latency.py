"""Percentiles by two rules: the original harness's, and the usual one.

``summary.txt`` states the original's ``sorted[floor((n - 1) * p)]``, which always is a
value that was measured; measures and criteria use linear interpolation between
neighbours, as NumPy, Prometheus clients and most tools do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Latency", "latency", "original_percentile", "percentile"]


@final
@dataclass(frozen=True, slots=True)
class Latency:
    """How long answers took; all times in seconds.

    Attributes:
        count: Answers measured; above 0.
        mean_s: Arithmetic mean.
        p50_s: Median.
        p95_s: 95th percentile.
        p99_s: 99th percentile.
        max_s: Longest.
    """

    count: int
    mean_s: float
    p50_s: float
    p95_s: float
    p99_s: float
    max_s: float


def percentile(ordered: NDArray[np.float64], p: float) -> float:
    """Return the ``p`` (0 to 1) percentile by linear interpolation.

    Args:
        ordered: Values in ascending order, shape ``(n,)``, n above 0.
        p: Share of values below.
    """
    place = (len(ordered) - 1) * p
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    low, high = float(ordered[below]), float(ordered[above])
    return low + (high - low) * (place - below)


def original_percentile(ordered: NDArray[np.float64], p: float) -> float:
    """Return ``ordered[floor((n - 1) * p)]``, the rule of the original ``summary.txt``.

    Args:
        ordered: Values in ascending order, shape ``(n,)``, n above 0.
        p: Share of values below, 0 to 1.
    """
    return float(ordered[math.floor((len(ordered) - 1) * p)])


def latency(
    values_s: ArrayLike,
    rule: Callable[[NDArray[np.float64], float], float] = percentile,
) -> Latency | None:
    """Summarise round trips, NaN (not measured) left out.

    Args:
        values_s: Round trips in any order, shape ``(n,)``.
        rule: ``percentile`` or ``original_percentile``.

    Returns:
        The summary, or ``None`` where nothing was measured.
    """
    values = np.asarray(values_s, dtype=float)
    ordered = np.sort(values[np.isfinite(values)])
    if not len(ordered):
        return None
    return Latency(
        count=len(ordered),
        mean_s=float(ordered.mean()),
        p50_s=rule(ordered, 0.50),
        p95_s=rule(ordered, 0.95),
        p99_s=rule(ordered, 0.99),
        max_s=float(ordered[-1]),
    )
