"""Nothing gets through on the move; the far access point is slower and loses some."""

from random import Random

import pytest
from scipy import stats

from holdfast.core.impair.roam import Roam
from holdfast.core.impair.unit import Direction, Fate, Unit


def send(model, at_s):
    fate = Fate(at_s=at_s)
    model.touch(Unit(at_s=at_s, size_bytes=1, direction=Direction.DOWN), fate)
    return fate


def test_near_far_and_near_again():
    spec = Roam(every_s=10.0, gap_s=0.5, after_s=5.0, jitter=0.0, far_delay_s=0.02, far_loss=0.0)
    model = spec.model(Random(1), 0.0)
    assert send(model, 4.9) == Fate(at_s=4.9)
    assert send(model, 5.2).lost_by == "roam"
    assert send(model, 5.5).at_s == pytest.approx(5.52)
    assert send(model, 15.2).lost_by == "roam"
    assert send(model, 15.5) == Fate(at_s=15.5)


def test_the_far_access_point_loses_its_share():
    model = Roam(every_s=0.0, after_s=0.0, far_loss=0.1).model(Random(1), 0.0)
    low, high = stats.binom.interval(0.99, 3_000, 0.1)
    assert low <= sum(send(model, 1.0 + n).lost_by == "roam" for n in range(3_000)) <= high
