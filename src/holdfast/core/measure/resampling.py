"""Resampling of series whose neighbours are alike.

Probes a few seconds apart fail together, so a hundred of them tell less than a hundred
independent ones would. ``correlation_time`` says how many probes count for one;
the bootstrap draws whole blocks longer than that, so that what hangs together stays so.

Source: C. Geyer, Stat. Sci. 7 (1992) 473 (initial positive sequence); D. Politis and
J. Romano, in "Exploring the Limits of Bootstrap" (1992) 263 (circular blocks).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["block_length", "block_medians", "bootstrap", "correlation_time", "holm"]

_MIN_BLOCKS: Final = 8
"""Fewer blocks than this leave a bootstrap and a rank test nothing to draw from."""
_MAX_DRAWS: Final = 2_000
"""The error of a 95 % bound from 2,000 draws is about a tenth of its spread."""
_MAX_VALUES: Final = 8_000_000
"""Values drawn in all, so that a 24 h run takes half a second."""


def correlation_time(values: NDArray[np.float64]) -> float:
    """Return how many neighbouring values count for one independent value.

    Args:
        values: A series in order of time, shape ``(n,)``.

    Returns:
        1 for independent (or constant) values, up to ``n``.
    """
    count = len(values)
    centred = values - values.mean() if count else values
    spread = float(centred @ centred)
    if count < _MIN_BLOCKS or spread <= 1e-12 * count:  # constant but for rounding
        return 1.0
    padded = np.fft.rfft(centred, 2 * count)
    rho = np.fft.irfft(np.abs(padded) ** 2)[:count] / spread
    pairs = rho[: 2 * (count // 2)].reshape(-1, 2).sum(axis=1)
    stop = int(np.argmax(pairs <= 0.0)) if (pairs <= 0.0).any() else len(pairs)
    return float(min(max(1.0, 2.0 * pairs[:stop].sum() - 1.0), count))


def block_length(values: NDArray[np.float64]) -> int:
    """Return a block's length: twice the correlation time, but at least eight blocks."""
    count = len(values)
    wanted = math.ceil(max(float(np.cbrt(count)), 2.0 * correlation_time(values)))
    return max(1, min(wanted, count // _MIN_BLOCKS))


def block_medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the medians of consecutive blocks, nearly independent of each other."""
    blocks = max(1, len(values) // block_length(values))
    return np.array([np.median(part) for part in np.array_split(values, blocks)])


def bootstrap(
    values: NDArray[np.float64],
    statistic: Callable[[NDArray[np.float64]], float],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the statistic of series drawn by whole blocks, shape ``(draws,)``.

    Args:
        values: A series in order of time, shape ``(n,)``, n above 0.
        statistic: What to compute of each drawn series.
        rng: Seeded by the caller.
    """
    count, length = len(values), block_length(values)
    draws = max(200, min(_MAX_DRAWS, _MAX_VALUES // count))
    offsets = np.arange(length)
    found = np.empty(draws)
    for draw in range(draws):
        starts = rng.integers(0, count, size=math.ceil(count / length))
        places = ((starts[:, None] + offsets) % count).ravel()[:count]
        found[draw] = statistic(values[places])
    return found


def holm(p_values: list[float]) -> list[float]:
    """Return ``p_values`` corrected for their number (Holm's step-down), in their order."""
    corrected = [1.0] * len(p_values)
    reached = 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        reached = max(reached, min(1.0, p_values[at] * (len(p_values) - rank)))
        corrected[at] = reached
    return corrected
