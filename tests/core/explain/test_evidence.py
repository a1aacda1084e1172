"""Constructors of evidence, and the growth of confidence."""

import pytest
from tests.core.explain.runs import Bench

from holdfast.core.explain.evidence import grown, of_event, of_row, of_value, spread


def test_a_row_points_at_its_event():
    run = Bench().ticks(0, 10, icmp=None).view()
    seen = of_row(run.http(), 1, "late", "total_s", observed=0.05, limit=0.01)
    assert (seen.seq, seen.at_s, seen.observed, seen.limit) == (2, 5.1, 0.05, 0.01)


def test_an_event_keeps_its_source():
    sample = Bench().told(3.0, uptime_s=1.0).view().samples[0]
    assert (of_event(sample, "up").source, of_event(sample, "up").seq) == ("health", 1)


def test_text_is_bounded():
    assert len(of_value("x" * 1000).text) == 300


@pytest.mark.parametrize(
    ("rows", "most", "kept"),
    [([1, 2, 3], 5, [1, 2, 3]), (range(10), 3, [0, 4, 9]), (range(9), 1, [0]), ([], 4, [])],
)
def test_spread_keeps_first_and_last(rows, most, kept):
    assert spread(rows, most) == kept


def test_confidence_grows_with_evidence_but_never_past_its_bounds():
    values = [grown(0.4, 0.9, n, 2) for n in range(12)]
    assert values[0] == 0.4
    assert values[2] == 0.65
    assert values == sorted(values)
    assert values[-1] <= 0.9
    assert grown(0.4, 0.9, -5, 2) == 0.4
