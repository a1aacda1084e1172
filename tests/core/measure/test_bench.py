"""The bench says how long it measured and how fit it was."""

import pytest

from holdfast.core.journal.events import ClockStep, Header, Tick
from holdfast.core.measure.bench import bench_values
from holdfast.core.measure.run import RunView


def test_the_window_the_latest_tick_and_no_suspend():
    ticks = [Tick(at_s=t + late, n=n, due_s=t) for n, (t, late) in enumerate([(0, 0.5), (5, 0.25)])]
    run = RunView(Header(), ticks)
    assert bench_values(run, 0, 10) == {
        "window_s": 10,
        "suspended_s": 0.0,
        "tick_late_max_s": 0.5,
    }
    assert bench_values(run, 1, 10)["tick_late_max_s"] == 0.25
    assert bench_values(run, 6, 10)["tick_late_max_s"] is None


def test_a_suspend_counts_only_within_the_window():
    run = RunView(Header(), [ClockStep(at_s=20, what="suspend", by_s=60)])
    assert bench_values(run, 0, 100)["suspended_s"] == pytest.approx(60)
    assert bench_values(run, 50, 70)["suspended_s"] == pytest.approx(20)
    assert bench_values(run, 90, 100)["suspended_s"] == 0.0
