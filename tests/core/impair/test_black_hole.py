"""A black hole loses everything in its time, and nothing outside of it."""

from random import Random

import pytest

from holdfast.core.impair.black_hole import BlackHole
from holdfast.core.impair.unit import Direction, Fate, Unit


@pytest.mark.parametrize(
    ("for_s", "lost"), [(0.0, [False, True, True, True]), (2.0, [False, True, False, False])]
)
def test_everything_is_lost_in_its_time(for_s, lost):
    model = BlackHole(after_s=1.0, for_s=for_s).model(Random(1), 10.0)
    seen = []
    for at_s in (10.9, 11.0, 13.0, 1e6):
        fate = Fate(at_s=at_s)
        model.touch(Unit(at_s=at_s, size_bytes=1, direction=Direction.DOWN), fate)
        seen.append(fate.lost_by == "black_hole")
    assert seen == lost
