"""One bit within the unit is inverted, any with equal chance."""

from random import Random

from scipy import stats

from holdfast.core.impair.corrupt import Corrupt
from holdfast.core.impair.unit import Direction, Fate, Unit


def bits(size_bytes, probability=1.0, count=4_000):
    model = Corrupt(probability=probability).model(Random(2), 0.0)
    fates = [Fate(at_s=1.0) for _ in range(count)]
    for fate in fates:
        model.touch(Unit(at_s=1.0, size_bytes=size_bytes, direction=Direction.UP), fate)
    return [fate.flip_bit for fate in fates]


def test_every_bit_is_as_likely_as_the_others():
    seen = bits(4)
    assert set(seen) == set(range(32))
    assert stats.chisquare([seen.count(bit) for bit in range(32)]).pvalue > 0.01


def test_the_share_is_binomial():
    low, high = stats.binom.interval(0.99, 4_000, 0.05)
    assert low <= sum(bit is not None for bit in bits(100, 0.05)) <= high


def test_an_empty_unit_has_no_bit_to_invert():
    assert set(bits(0, count=10)) == {None}
