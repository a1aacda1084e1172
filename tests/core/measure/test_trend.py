"""The slope is that of most points, and its interval says whether it is one."""

from random import Random

import numpy as np
import pytest

from holdfast.core.measure.trend import MAX_POINTS, trend


def test_a_straight_line_has_its_slope():
    at = np.arange(0.0, 100.0, 10.0)
    found = trend(at, 8000.0 - 5.0 * at)
    assert found.slope_per_s == pytest.approx(-5.0)
    assert found.low_per_s == pytest.approx(-5.0)
    assert found.high_per_s == pytest.approx(-5.0)
    assert found.is_falling
    assert not found.is_rising
    assert (found.from_s, found.to_s, found.count) == (0.0, 90.0, 10)


def test_a_quarter_of_wild_points_do_not_move_it():
    at = np.arange(0.0, 400.0, 10.0)
    value = 2.0 * at
    value[::4] = -1e6
    assert trend(at, value).slope_per_s == pytest.approx(2.0, abs=0.5)


def test_noise_without_a_slope_is_called_a_slope_about_one_time_in_twenty():
    at = np.arange(0.0, 600.0, 30.0)
    wrong = 0
    for seed in range(200):
        rng = Random(seed)
        found = trend(at, np.array([rng.gauss(100, 5) for _ in at]))
        wrong += found.is_falling or found.is_rising
    assert 2 <= wrong <= 20


def test_a_constant_is_no_trend():
    found = trend(np.arange(5.0), np.full(5, 7.0))
    assert (found.slope_per_s, found.is_falling, found.is_rising) == (0.0, False, False)


def test_too_little_is_no_evidence():
    assert trend(np.array([]), np.array([])) is None
    assert trend(np.arange(3.0), np.arange(3.0)) is None
    assert trend(np.full(9, 2.0), np.arange(9.0)) is None
    assert trend(np.arange(4.0), np.array([1.0, np.nan, 2.0, np.inf])) is None


def test_a_long_series_is_reduced_to_blocks_and_keeps_its_slope():
    rng = Random(1)
    at = np.arange(0.0, 86_400.0, 1.0)
    value = np.array([1e6 - 0.5 * t + rng.gauss(0, 1000) for t in at])
    found = trend(at, value)
    assert found.count == 86_400 > MAX_POINTS
    assert found.slope_per_s == pytest.approx(-0.5, abs=0.01)
    assert found.is_falling
