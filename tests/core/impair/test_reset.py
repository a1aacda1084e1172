"""A connection is reset at its age or by chance."""

from random import Random

import pytest
from scipy import stats

from holdfast.core.impair.reset import Reset
from holdfast.core.impair.unit import Direction, End, Fate, Unit


def ends(spec, age_s, count=1):
    model = spec.model(Random(5), 0.0)
    fates = [Fate(at_s=0.0) for _ in range(count)]
    for fate in fates:
        model.touch(Unit(at_s=0.0, size_bytes=1, direction=Direction.UP, age_s=age_s), fate)
    return [fate.end for fate in fates]


def test_the_age_is_exact():
    assert ends(Reset(after_s=10.0), 9.999) == [None]
    assert ends(Reset(after_s=10.0), 10.0) == [End.RESET]


def test_the_chance_is_binomial():
    low, high = stats.binom.interval(0.99, 4_000, 0.02)
    assert low <= ends(Reset(probability=0.02), 0.0, 4_000).count(End.RESET) <= high


def test_a_reset_that_never_comes_is_refused():
    with pytest.raises(ValueError, match="needs after_s or probability"):
        Reset()
