"""Neighbours that are alike count for less, and are drawn together."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.measure.resampling import (
    block_length,
    block_medians,
    bootstrap,
    correlation_time,
    holm,
)


def alike(count, keep, seed=1):
    """A first-order process: its correlation time is (1 + keep) / (1 - keep)."""
    rng = Random(seed)
    value, row = 0.0, []
    for _ in range(count):
        value = keep * value + rng.gauss(0, 1)
        row.append(value)
    return np.array(row)


@pytest.mark.parametrize(("keep", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.8, 9.0), (0.9, 19.0)])
def test_the_correlation_time_of_a_known_process(keep, expected):
    assert correlation_time(alike(20_000, keep)) == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize(
    "values", [[], [1.0], [1.0] * 100, [0.1] * 100, [0.0, 1.0] * 3, [0.0, 1.0] * 50]
)
def test_constant_short_and_alternating_series_count_in_full(values):
    assert correlation_time(np.array(values)) == 1.0


@given(st.lists(st.sampled_from([0.0, 1.0]), max_size=80))
def test_the_correlation_time_lies_between_one_and_all(values):
    found = correlation_time(np.array(values))
    assert 1.0 <= found <= max(1, len(values))


def test_blocks_are_twice_the_correlation_but_at_least_eight():
    assert block_length(np.zeros(1000)) == 10
    assert block_length(np.zeros(7)) == 1
    values = alike(2000, 0.8)
    assert block_length(values) == int(np.ceil(2 * correlation_time(values))) > 12
    assert block_length(np.repeat([0.0, 1.0], 50)) == 12


def test_block_medians():
    assert block_medians(np.arange(16.0)).tolist() == [0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5, 14.5]
    assert block_medians(np.array([3.0])).tolist() == [3.0]


def test_the_bootstrap_knows_that_neighbours_are_alike():
    """The mean of n correlated values spreads by sqrt(correlation time) more."""
    values = alike(2000, 0.8)
    spread = bootstrap(values, lambda v: float(v.mean()), np.random.default_rng(1)).std()
    naive = values.std() / np.sqrt(len(values))
    assert spread / naive == pytest.approx(3.0, rel=0.25)


def test_equal_seeds_draw_alike():
    draws = [
        bootstrap(np.arange(50.0), lambda v: float(v.mean()), np.random.default_rng(s))
        for s in (1, 1, 2)
    ]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
    assert len(draws[0]) == 2000


@pytest.mark.slow
def test_a_long_series_is_drawn_less_often():
    assert len(bootstrap(np.zeros(20_000), lambda _: 0.0, np.random.default_rng(1))) == 400
    assert len(bootstrap(np.zeros(100_000), lambda _: 0.0, np.random.default_rng(1))) == 200


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        ([0.04], [0.04]),
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5, 0.9], [1.0, 1.0]),
        ([0.02, 0.02], [0.04, 0.04]),
    ],
)
def test_holm(given, expected):
    assert holm(given) == pytest.approx(expected)
