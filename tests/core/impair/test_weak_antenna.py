"""A frame from the device is tried until heard or lost; one to it is only slow."""

from random import Random

from scipy import stats

from holdfast.core.impair.unit import Direction, Fate, Unit
from holdfast.core.impair.weak_antenna import WeakAntenna


def fates(spec, direction, count=4_000, at_s=0.0):
    model = spec.model(Random(9), 0.0)
    made = [Fate(at_s=at_s) for _ in range(count)]
    for fate in made:
        model.touch(Unit(at_s=at_s, size_bytes=1, direction=direction), fate)
    return made


def test_the_loss_is_that_of_all_tries():
    low, high = stats.binom.interval(0.99, 4_000, 0.7**7)
    seen = fates(WeakAntenna(frame_loss=0.7), Direction.DOWN)
    assert low <= sum(fate.lost_by == "weak_antenna" for fate in seen) <= high


def test_retries_take_growing_time():
    seen = fates(WeakAntenna(frame_loss=0.5, tries=3, retry_s=0.01), Direction.DOWN)
    heard = sorted({round(fate.at_s, 6) for fate in seen if not fate.lost_by})
    assert heard == [0.0, 0.01, 0.025]
    at_once = sum(fate.at_s == 0.0 for fate in seen)
    low, high = stats.binom.interval(0.99, 4_000, 0.5)
    assert low <= at_once <= high


def test_a_frame_to_the_device_is_never_lost():
    seen = fates(WeakAntenna(ack_loss=1.0, tries=2, retry_s=0.01), Direction.UP)
    assert {fate.lost_by for fate in seen} == {""}
    assert {round(fate.at_s, 9) for fate in seen} == {0.025}


def test_a_fade_is_worse():
    spec = WeakAntenna(frame_loss=0.0, fade_loss=1.0, fade_every_s=10.0, fade_s=6.0, retry_s=0.0)
    assert not any(f.lost_by for f in fates(spec, Direction.DOWN, 10, at_s=9.0))
    # Each fade begins up to half a period late: at 15.5 s the first surely goes on.
    assert all(f.lost_by for f in fates(spec, Direction.DOWN, 10, at_s=15.5))
