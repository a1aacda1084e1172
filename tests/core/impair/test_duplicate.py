"""A copy comes after the first, in the share that was asked for."""

from random import Random

from scipy import stats

from holdfast.core.impair.duplicate import Duplicate
from holdfast.core.impair.unit import Direction, Fate, Unit


def test_the_share_is_binomial_and_the_first_is_not_delayed():
    model = Duplicate(probability=0.1, after_s=0.02).model(Random(2), 0.0)
    fates = [Fate(at_s=1.0) for _ in range(4_000)]
    for fate in fates:
        model.touch(Unit(at_s=1.0, size_bytes=1, direction=Direction.UP), fate)
    copied = [fate for fate in fates if fate.copy_s is not None]
    low, high = stats.binom.interval(0.99, 4_000, 0.1)
    assert low <= len(copied) <= high
    assert {fate.copy_s for fate in copied} == {0.02}
    assert {fate.at_s for fate in fates} == {1.0}
