"""A cut lets exactly so many bytes through."""

from math import inf
from random import Random

import pytest

from holdfast.core.impair.cut import Cut
from holdfast.core.impair.unit import Direction, End, Fate, Unit


def fate_of(how, offset_bytes, size_bytes):
    fate = Fate(at_s=1.0)
    unit = Unit(at_s=1.0, size_bytes=size_bytes, direction=Direction.UP, offset_bytes=offset_bytes)
    Cut(after_bytes=100, how=how).model(Random(1), 0.0).touch(unit, fate)
    return fate


@pytest.mark.parametrize("how", ["reset", "close"])
def test_the_limit_itself_passes_and_one_byte_more_does_not(how):
    assert fate_of(how, 60, 40) == Fate(at_s=1.0)
    assert fate_of(how, 60, 41) == Fate(at_s=1.0, end=End(how), keep_bytes=40)
    assert fate_of(how, 200, 5) == Fate(at_s=1.0, end=End(how), keep_bytes=0)


def test_hold_keeps_the_connection_and_tells_nobody():
    assert fate_of("hold", 60, 41) == Fate(at_s=inf, held_by="cut", keep_bytes=40)
    assert fate_of("hold", 100, 0) == Fate(at_s=1.0)
