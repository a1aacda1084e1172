"""The watchdog: bites a task that is silent for its time, and no other."""

import math

from holdfast.core.device.watchdog import Watchdog


def test_a_task_that_runs_needs_no_timer():
    assert Watchdog().deadline() == math.inf
    assert not Watchdog().has_bitten(1e9)


def test_a_hung_task_is_bitten_after_five_seconds():
    dog = Watchdog()
    dog.hang(10.0)
    dog.hang(12.0)  # it hangs already
    assert dog.is_hung
    assert dog.deadline() == 15.0
    assert not dog.has_bitten(14.999)
    assert dog.has_bitten(15.0)


def test_a_task_that_runs_again_is_not():
    dog = Watchdog(3.0)
    dog.hang(0.0)
    dog.feed()
    assert not dog.has_bitten(100.0)
