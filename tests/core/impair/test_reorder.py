"""A late unit arrives later by what was asked for, in the share that was asked for."""

from random import Random

from scipy import stats

from holdfast.core.impair.reorder import Reorder
from holdfast.core.impair.unit import Direction, Fate, Unit


def test_the_share_is_binomial_and_the_delay_exact():
    model = Reorder(probability=0.25, by_s=0.05).model(Random(2), 0.0)
    fates = [Fate(at_s=1.0) for _ in range(4_000)]
    for fate in fates:
        model.touch(Unit(at_s=1.0, size_bytes=1, direction=Direction.UP), fate)
    late = [fate for fate in fates if fate.is_late]
    low, high = stats.binom.interval(0.99, 4_000, 0.25)
    assert low <= len(late) <= high
    assert {fate.at_s for fate in late} == {1.05}
    assert {fate.at_s for fate in fates if not fate.is_late} == {1.0}
