"""Spans come when they were planned, and end when they should."""

from math import inf
from random import Random

import pytest

from holdfast.core.impair.windows import Windows


def windows(**changes):
    return Windows(
        **{"first_s": 10.0, "every_s": 5.0, "for_s": 2.0, "jitter": 0.0, "rng": Random(1)} | changes
    )


def test_a_span_holds_its_begin_and_not_its_end():
    spans = windows()
    seen = [(t, spans.end_of(t)) for t in (9.999, 10.0, 11.999, 12.0, 14.9, 15.0, 17.0)]
    assert [end for _, end in seen] == [None, 12.0, 12.0, None, None, 17.0, None]
    assert spans.number == 2


def test_a_single_span_never_comes_again_and_may_last_for_ever():
    assert windows(every_s=0.0).end_of(1e6) is None
    assert windows(every_s=0.0, for_s=inf).end_of(1e6) == inf


def test_spans_that_nobody_looked_at_are_counted():
    spans = windows()
    assert spans.end_of(26.0) == 27.0
    assert spans.number == 4


@pytest.mark.parametrize("seed", range(5))
def test_a_begin_is_late_by_at_most_the_jitter_and_the_row_does_not_drift(seed):
    spans = windows(jitter=0.4, rng=Random(seed), for_s=0.5)
    begins, last = [], None
    for step in range(100_000):
        end = spans.end_of(step * 0.001)
        if end is not None and end != last:
            begins.append(end - 0.5)
            last = end
    assert len(begins) == 18
    late = [begin - (10.0 + 5.0 * number) for number, begin in enumerate(begins)]
    assert all(0.0 <= x < 2.0 for x in late)
    assert max(late) - min(late) > 0.5
