"""Delays have the distribution, the mean and the deviation that were asked for."""

import math
from random import Random

import numpy as np
import pytest
from scipy import stats

from holdfast.core.impair.latency import Latency
from holdfast.core.impair.unit import Direction, Fate, Unit

COUNT = 4_000


def draws(seed=1, **settings):
    model = Latency(**settings).model(Random(seed), 0.0)
    return np.array([model.draw_s() for _ in range(COUNT)])


def expected(kind):
    """The distribution with mean 100 ms, deviation 20 ms, from the textbook's parameters."""
    mean, sigma, floor = 0.1, 0.02, 0.06
    if kind == "uniform":
        return stats.uniform(mean - sigma * 3**0.5, 2 * sigma * 3**0.5)
    if kind == "normal":
        return stats.norm(mean, sigma)
    if kind == "lognormal":
        shape = math.sqrt(math.log(1 + (sigma / (mean - floor)) ** 2))
        scale = (mean - floor) / math.exp(shape**2 / 2)
        return stats.lognorm(shape, floor, scale)
    shape = 1 + math.sqrt(1 + ((mean - floor) / sigma) ** 2)
    least = (mean - floor) * (shape - 1) / shape
    return stats.pareto(shape, floor, least)


@pytest.mark.parametrize("kind", ["uniform", "normal", "lognormal", "pareto"])
def test_each_distribution_passes_kolmogorov_smirnov(kind):
    wanted = expected(kind)
    assert wanted.mean() == pytest.approx(0.1)
    assert wanted.std() == pytest.approx(0.02)
    floor_s = 0.06 if kind in ("lognormal", "pareto") else 0.0
    seen = draws(delay_s=0.1, jitter_s=0.02, distribution=kind, floor_s=floor_s)
    assert stats.kstest(seen, wanted.cdf).pvalue > 0.01
    other = draws(delay_s=0.103, jitter_s=0.02, distribution=kind, floor_s=floor_s)
    assert stats.kstest(other, wanted.cdf).pvalue < 0.01  # 3 ms off are noticed


def test_a_constant_delay_is_added_to_what_is_there():
    fate = Fate(at_s=5.0)
    unit = Unit(at_s=4.0, size_bytes=1, direction=Direction.UP)
    Latency(delay_s=0.25, jitter_s=9.0).model(Random(1), 0.0).touch(unit, fate)
    assert fate.at_s == 5.25


def test_no_delay_is_negative():
    seen = draws(delay_s=0.01, jitter_s=0.02, distribution="normal")
    assert seen.min() == 0.0
    assert (seen == 0.0).mean() == pytest.approx(stats.norm.cdf(-0.5), abs=0.03)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"delay_s": 0.1, "jitter_s": 0.06, "distribution": "uniform"}, "at most delay_s/sqrt"),
        ({"delay_s": 0.1, "jitter_s": 0.0, "distribution": "pareto"}, "needs floor_s < delay_s"),
        (
            {"delay_s": 0.1, "jitter_s": 0.1, "floor_s": 0.1, "distribution": "lognormal"},
            "needs floor_s < delay_s",
        ),
    ],
)
def test_what_no_distribution_can_do_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Latency(**settings)


def test_the_limit_of_uniform_is_allowed():
    assert draws(delay_s=0.1, jitter_s=0.1 / 3**0.5 - 1e-9, distribution="uniform").min() >= 0.0
