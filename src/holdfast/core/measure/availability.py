"""Availability: how many probes were answered as expected, and how the rest ended.

Probes that the bench was not permitted to send are no evidence and are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.journal.events import Outcome
from holdfast.core.measure.run import OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import ProbeTable

__all__ = ["Z_95", "Availability", "availability", "outcome_counts", "wilson"]

Z_95: Final = 1.959963984540054
"""Normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Answered probes among those sent.

    Attributes:
        ok: Answered as expected, in time or late.
        sent: All that were sent; above 0.
        low: Lower end of the 95 % Wilson interval of the ratio.
        high: Its upper end.
    """

    ok: int
    sent: int
    low: float
    high: float

    @property
    def ratio(self) -> float:
        """Share answered, 0 to 1."""
        return self.ok / self.sent


def wilson(ok: float, sent: float, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a ratio.

    Args:
        ok: Successes, 0 to ``sent``; need not be whole (effective sample sizes).
        sent: Trials, above 0.
        z: Normal quantile.
    """
    ratio, z2 = ok / sent, z * z
    middle = (ratio + z2 / (2 * sent)) / (1 + z2 / sent)
    spread = ratio * (1 - ratio) / sent + z2 / (4 * sent * sent)
    half = z / (1 + z2 / sent) * math.sqrt(max(0.0, spread))
    # The ends are exactly 0 and 1 for none and all; floats miss that by a rounding.
    low = 0.0 if ok <= 0 else max(0.0, middle - half)
    return low, 1.0 if ok >= sent else min(1.0, middle + half)


def availability(table: ProbeTable, mask: NDArray[np.bool_] | None = None) -> Availability | None:
    """Return the availability of the probes under ``mask``, or ``None`` where none was sent."""
    sent = ~table.has(Outcome.NOT_PERMITTED)
    if mask is not None:
        sent &= mask
    total = int(sent.sum())
    if total == 0:
        return None
    ok = int((table.is_ok & sent).sum())
    return Availability(ok, total, *wilson(ok, total))


def outcome_counts(table: ProbeTable, mask: NDArray[np.bool_] | None = None) -> dict[Outcome, int]:
    """Return how many probes under ``mask`` ended in each outcome, zeros included."""
    codes = table.outcome if mask is None else table.outcome[mask]
    counts = np.bincount(codes, minlength=len(OUTCOMES))
    return {outcome: int(counts[code]) for code, outcome in enumerate(OUTCOMES)}
