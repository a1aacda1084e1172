"""In a stall units wait for its end; before and after they do not."""

from random import Random

from holdfast.core.impair.stall import Stall
from holdfast.core.impair.unit import Direction, Fate, Unit


def test_units_wait_for_the_end_and_not_longer():
    model = Stall(for_s=2.0, after_s=1.0, every_s=10.0).model(Random(1), 100.0)
    seen = []
    for at_s in (100.9, 101.0, 102.5, 103.0, 112.0):
        fate = Fate(at_s=at_s)
        model.touch(Unit(at_s=at_s, size_bytes=1, direction=Direction.UP), fate)
        seen.append((fate.at_s, fate.held_by))
    assert seen == [
        (100.9, ""), (103.0, "stall"), (103.0, "stall"), (103.0, ""), (113.0, "stall"),
    ]  # fmt: skip


def test_what_comes_later_anyway_is_not_moved_back():
    model = Stall(for_s=2.0).model(Random(1), 0.0)
    fate = Fate(at_s=5.0)
    model.touch(Unit(at_s=1.0, size_bytes=1, direction=Direction.UP), fate)
    assert fate.at_s == 5.0
