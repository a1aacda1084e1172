"""A signal strength that never changes."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.finding import FindingKind
from holdfast.core.explain.rules.device.rssi_frozen import check


def readings(values, step_s=30.0):
    bench = Bench()
    for i, value in enumerate(values):
        bench.told(step_s * i, rssi_dbm=value)
    return bench.view()


def test_the_same_value_over_minutes():
    (found,) = check(readings([-71.0] * 8))
    assert found.kind is FindingKind.OBSERVATION
    assert found.evidence[0].text == "8 samples over 210 s all say -71 dBm"


def test_one_decibel_of_life_is_enough():
    assert not check(readings([-71.0] * 7 + [-70.0]))


def test_one_that_freezes_in_the_run_needs_more():
    (found,) = check(readings([-60.0, -61.0, *[-59.0] * 9]))
    assert found.from_s == 60.0
    assert not check(readings([-60.0, -61.0, *[-59.0] * 6]))


def test_few_or_hasty_samples_tell_nothing():
    assert not check(readings([-71.0] * 5))
    assert not check(readings([-71.0] * 10, step_s=5.0))
    assert not check(Bench().told(0, heap_free_bytes=1.0).view())
