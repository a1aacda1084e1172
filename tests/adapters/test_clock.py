import time

from holdfast.adapters.clock import RunClock, host_clocks


def test_it_starts_at_zero_and_never_goes_back():
    clock = RunClock()
    times = [clock.now() for _ in range(100)]
    assert 0.0 <= times[0] < 1.0
    assert times == sorted(times)


def test_it_counts_from_its_anchor():
    clock = RunClock(time.monotonic() - 100.0)
    assert 100.0 <= clock.now() < 101.0


def test_before_its_anchor_it_stands_still():
    assert RunClock(time.monotonic() + 100.0).now() == 0.0


def test_the_clock_that_counts_sleep_never_goes_back():
    (_, before), (_, after) = host_clocks(), host_clocks()
    assert (before is None and after is None) or before <= after
