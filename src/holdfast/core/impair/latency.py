"""Delay, constant or drawn from a distribution.

Each distribution is set by the same two numbers, so that models can be compared: its
mean, and its standard deviation beyond the part that is constant.
"""

from __future__ import annotations

import math
from random import Random
from typing import Annotated

from msgspec import Meta

from holdfast.core.impair.unit import Duration, Fate, Spec, Unit

__all__ = ["Latency", "LatencyModel"]

_SQRT3 = math.sqrt(3.0)


class Latency(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Delay of each unit, in each direction that it acts on.

    Attributes:
        delay_s: Mean one-way delay.
        jitter_s: Standard deviation; ``constant`` ignores it.
        distribution: ``constant``, ``uniform``, ``normal`` (cut off at 0), ``lognormal``
            or ``pareto``. The last two have their least value at ``floor_s``.
        floor_s: Constant part of ``lognormal`` and ``pareto``, below ``delay_s``.
    """

    delay_s: Duration
    jitter_s: Duration = 0.0
    distribution: Annotated[str, Meta(pattern=r"^(constant|uniform|normal|lognormal|pareto)\Z")] = (
        "constant"
    )
    floor_s: Duration = 0.0

    def __post_init__(self) -> None:
        if self.distribution == "uniform" and self.jitter_s * _SQRT3 > self.delay_s:
            raise ValueError(
                f"latency: jitter_s of uniform must be at most delay_s/sqrt(3) = "
                f"{self.delay_s / _SQRT3:g}, got {self.jitter_s:g}"
            )
        is_skewed = self.distribution in ("lognormal", "pareto")
        if is_skewed and (self.floor_s >= self.delay_s or self.jitter_s == 0.0):
            raise ValueError(
                f"latency: {self.distribution} needs floor_s < delay_s and a jitter_s, "
                f"got {self.floor_s:g}, {self.delay_s:g} and {self.jitter_s:g}"
            )

    def model(self, rng: Random, since_s: float) -> LatencyModel:
        """Return the model in operation."""
        del since_s
        return LatencyModel(self, rng)


class LatencyModel:
    """Draws a delay for each unit."""

    def __init__(self, spec: Latency, rng: Random) -> None:
        self._spec = spec
        self._rng = rng
        mean_s = spec.delay_s - spec.floor_s
        ratio = (spec.jitter_s / mean_s) ** 2 if mean_s > 0.0 else 0.0
        # Lognormal: the parameters of the normal beneath it, by its two moments.
        self._sigma = math.sqrt(math.log1p(ratio))
        self._mu = math.log(mean_s) - self._sigma**2 / 2.0 if mean_s > 0.0 else 0.0
        # Pareto: variance/mean^2 = 1/(a(a-2)), so a = 1 + sqrt(1 + mean^2/variance).
        self._shape = 1.0 + math.sqrt(1.0 + 1.0 / ratio) if ratio else math.inf
        self._least_s = mean_s * (self._shape - 1.0) / self._shape if ratio else mean_s

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Delay the unit."""
        del unit
        fate.at_s += self.draw_s()

    def draw_s(self) -> float:
        """Return one delay in seconds, at least 0."""
        spec, rng = self._spec, self._rng
        if spec.distribution == "constant" or spec.jitter_s == 0.0:
            return spec.delay_s
        if spec.distribution == "uniform":
            half_s = spec.jitter_s * _SQRT3
            return rng.uniform(spec.delay_s - half_s, spec.delay_s + half_s)
        if spec.distribution == "normal":
            return max(0.0, rng.gauss(spec.delay_s, spec.jitter_s))
        if spec.distribution == "lognormal":
            return spec.floor_s + rng.lognormvariate(self._mu, self._sigma)
        return spec.floor_s + self._least_s * rng.paretovariate(self._shape)
