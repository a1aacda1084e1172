import math

from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.link.gap import Gap, GapMeter, SequenceMeter


def test_silence_of_exactly_the_limit_is_no_gap():
    meter = GapMeter(3.0, now=0.0)
    assert meter.message(3.0) is None
    assert meter.message(6.5) == Gap(3.0, 3.5)
    assert meter.message(7.0) is None


def test_the_opening_begins_and_the_end_ends_a_silence():
    assert GapMeter(3.0, now=10.0).message(13.5) == Gap(10.0, 3.5)
    meter = GapMeter(3.0, now=10.0)
    meter.message(11.0)
    assert meter.ended(14.0) is None
    assert GapMeter(3.0, now=10.0).ended(13.25) == Gap(10.0, 3.25)


def test_a_stream_that_may_be_silent_has_no_gaps():
    assert GapMeter(math.inf, now=0.0).message(1e9) is None


def test_skipped_numbers_are_missing():
    meter = SequenceMeter()
    assert [meter.take(n) for n in (5, 6, 9, 10)] == [0, 0, 2, 0]
    assert (meter.missing, meter.duplicates, meter.late, meter.restarts) == (2, 0, 0, 0)


def test_a_number_skipped_shortly_before_is_late_not_missing():
    meter = SequenceMeter()
    for number in (1, 4, 2, 5):
        meter.take(number)
    assert (meter.missing, meter.late, meter.restarts) == (1, 1, 0)


def test_a_step_back_to_a_number_never_skipped_is_a_restart():
    meter = SequenceMeter()
    for number in (100, 101, 0, 1):
        meter.take(number)
    assert (meter.missing, meter.late, meter.restarts) == (0, 0, 1)


def test_the_same_number_twice_is_a_duplicate():
    meter = SequenceMeter()
    for number in (1, 1, 2):
        meter.take(number)
    assert (meter.duplicates, meter.missing) == (1, 0)


def test_a_huge_step_costs_no_memory():
    meter = SequenceMeter()
    meter.take(0)
    assert meter.take(10**18) == 10**18 - 1
    assert len(meter._skipped) == 64


@given(st.permutations(range(30)))
def test_numbers_that_all_arrive_are_not_missing(order):
    """Whatever the order, as long as it begins with the lowest."""
    meter = SequenceMeter()
    meter.take(-1)
    for number in order:
        meter.take(number)
    assert meter.missing == 0
    assert meter.restarts == 0
