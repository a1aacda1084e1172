"""Two rules for percentiles, each exactly as its users know it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.measure.latency import latency, original_percentile, percentile

FINITE = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


@given(FINITE, st.floats(0, 1))
def test_the_usual_rule_is_numpys(values, p):
    ordered = np.sort(np.array(values))
    assert percentile(ordered, p) == pytest.approx(np.quantile(ordered, p), rel=1e-9, abs=1e-9)


@given(FINITE, st.floats(0, 1))
def test_the_original_rule_gives_a_measured_value(values, p):
    assert original_percentile(np.sort(np.array(values)), p) in values


def test_the_original_rule_rounds_the_place_down():
    ordered = np.arange(1.0, 21.0)  # places 0 to 19; 19 * 0.95 = 18.05
    assert original_percentile(ordered, 0.95) == 19.0
    assert original_percentile(ordered, 0.50) == 10.0
    assert percentile(ordered, 0.95) == pytest.approx(19.05)
    assert percentile(ordered, 0.50) == 10.5


def test_of_eight_values_the_original_95th_is_the_seventh():
    """Eight successful health requests: floor(7 * 0.95) = 6, not the longest."""
    assert original_percentile(np.arange(8.0), 0.95) == 6.0


def test_what_was_not_measured_is_left_out():
    found = latency([3.0, float("nan"), 1.0, 2.0])
    assert (found.count, found.mean_s, found.p50_s, found.max_s) == (3, 2.0, 2.0, 3.0)


def test_nothing_measured_is_no_evidence():
    assert latency([]) is None
    assert latency([float("nan")]) is None


def test_one_value_is_every_percentile():
    found = latency([0.25], original_percentile)
    assert {found.mean_s, found.p50_s, found.p95_s, found.p99_s, found.max_s} == {0.25}


def test_the_rule_is_the_callers_choice():
    values = np.arange(1.0, 21.0)
    assert latency(values).p95_s == pytest.approx(19.05)
    assert latency(values, original_percentile).p95_s == 19.0
