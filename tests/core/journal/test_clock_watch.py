"""Wall-clock jumps and suspends are told from a quiet clock, to the limit and not below."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.journal.clock_watch import JUMP_LIMIT_S, STALL_LIMIT_S, ClockWatch
from holdfast.core.journal.events import ClockStep


def after(first, second, every_s=1.0):
    watch = ClockWatch(every_s=every_s)
    assert watch.observe(*first) is None
    return watch.observe(*second)


@pytest.mark.parametrize(
    ("by_s", "seen"), [(0.5, True), (0.499, False), (-0.5, True), (-0.499, False)]
)
def test_a_jump_is_reported_from_half_a_second(by_s, seen):
    step = after((1000.0, 5.0), (1001.0 + by_s, 6.0))
    assert step == (
        ClockStep(at_s=6.0, source="clock", what="wall_jump", by_s=by_s) if seen else None
    )


def test_a_day_forward_without_a_boot_clock_is_a_jump():
    assert after((0.0, 0.0), (86401.0, 1.0)).what == "wall_jump"


def test_the_boot_clock_tells_a_sleeping_host():
    step = after((1000.0, 5.0, 5.0), (1031.0, 6.0, 36.0))
    assert step == ClockStep(at_s=5.0, source="clock", what="suspend", by_s=30.0)


def test_the_boot_clock_tells_a_jump_too():
    assert after((1000.0, 5.0, 5.0), (1031.0, 6.0, 6.0)).what == "wall_jump"
    assert after((1000.0, 5.0, 5.0), (1001.0, 6.0, 6.4)) is None


def test_a_process_that_was_not_scheduled_was_suspended():
    """On hosts whose monotonic clock counts sleep, both clocks advance together."""
    long_s = 1.0 + STALL_LIMIT_S
    assert after((0.0, 0.0), (long_s, long_s)) == ClockStep(
        at_s=0.0, source="clock", what="suspend", by_s=STALL_LIMIT_S
    )
    assert after((0.0, 0.0), (long_s - 0.01, long_s - 0.01)) is None


def test_a_step_is_reported_once():
    watch = ClockWatch()
    readings = [(0.0, 0.0), (1.0, 1.0), (101.0, 2.0), (102.0, 3.0), (103.0, 4.0)]
    steps = [watch.observe(*reading) for reading in readings]
    assert [s is not None for s in steps] == [False, False, True, False, False]


@given(st.lists(st.floats(0.001, 10.0), max_size=50), st.floats(-5e-4, 5e-4), st.floats(-1e9, 2e9))
def test_a_slewed_clock_is_never_reported(steps, slew, epoch):
    watch, monotonic = ClockWatch(), 0.0
    for step_s in steps:
        monotonic += step_s
        assert watch.observe(epoch + monotonic * (1 + slew), monotonic) is None


@given(st.floats(0.0, 1e6), st.floats(JUMP_LIMIT_S + 1e-3, 1e6), st.booleans())
def test_every_jump_is_reported_with_its_size(at_s, size_s, is_back):
    by_s = -size_s if is_back else size_s
    step = after((at_s, at_s), (at_s + 1.0 + by_s, at_s + 1.0))
    assert step.by_s == pytest.approx(by_s, abs=1e-5)
