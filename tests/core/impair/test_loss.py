"""Loss is as frequent as asked for, and has no memory."""

from random import Random

import numpy as np
import pytest
from scipy import stats

from holdfast.core.impair.loss import Loss
from holdfast.core.impair.unit import Direction, Fate, Unit

COUNT = 10_000
UNIT = Unit(at_s=0.0, size_bytes=100, direction=Direction.UP)


def lost(probability, seed=1):
    model = Loss(probability=probability).model(Random(seed), 0.0)
    fates = [Fate(at_s=0.0) for _ in range(COUNT)]
    for fate in fates:
        model.touch(UNIT, fate)
    assert {fate.lost_by for fate in fates} <= {"", "loss"}
    return np.array([fate.lost_by == "loss" for fate in fates])


@pytest.mark.parametrize("probability", [0.01, 0.1, 0.3])
def test_the_share_lies_in_the_binomial_interval(probability):
    low, high = stats.binom.interval(0.99, COUNT, probability)
    assert low <= lost(probability).sum() <= high


def test_nothing_and_everything_are_exact():
    assert lost(0.0).sum() == 0
    assert lost(1.0).sum() == COUNT


def test_one_loss_says_nothing_about_the_next():
    seen = lost(0.3)
    after = seen[1:][seen[:-1]]
    assert stats.binomtest(int(after.sum()), len(after), 0.3).pvalue > 0.01


def test_equal_seeds_lose_the_same():
    assert (lost(0.2, seed=4) == lost(0.2, seed=4)).all()
    assert (lost(0.2, seed=4) != lost(0.2, seed=5)).any()
