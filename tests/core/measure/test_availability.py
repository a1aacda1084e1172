"""Availability counts what was sent, and says how sure it is."""

import numpy as np
import pytest
from scipy import stats

from holdfast.core.journal.events import Outcome, Probe
from holdfast.core.measure.availability import availability, outcome_counts, wilson
from holdfast.core.measure.run import ProbeTable


def table(*outcomes):
    return ProbeTable.of(
        Probe(at_s=float(i), method="http", target="ping", outcome=o, total_s=0.1)
        for i, o in enumerate(outcomes)
    )


@pytest.mark.parametrize(("ok", "sent"), [(0, 1), (1, 1), (48, 106), (90, 93), (0, 363), (5, 5)])
def test_wilson_is_the_score_interval(ok, sent):
    exact = stats.binomtest(ok, sent).proportion_ci(0.95, method="wilson")
    low, high = wilson(ok, sent)
    assert low == pytest.approx(exact.low, abs=1e-12)
    assert high == pytest.approx(exact.high, abs=1e-12)


def test_wilson_is_exact_at_its_ends():
    assert wilson(0, 7)[0] == 0.0
    assert wilson(7, 7)[1] == 1.0
    assert wilson(0, 7)[1] == pytest.approx(0.354, abs=5e-4)


def test_late_answers_count_and_wrong_ones_do_not():
    rows = table(Outcome.OK, Outcome.OK_LATE, Outcome.BAD_STATUS, Outcome.TOO_SLOW)
    found = availability(rows)
    assert (found.ok, found.sent, found.ratio) == (2, 4, 0.5)
    assert found.low < 0.5 < found.high


def test_probes_that_were_not_permitted_are_no_evidence():
    assert availability(table(Outcome.NOT_PERMITTED)) is None
    found = availability(table(Outcome.NOT_PERMITTED, Outcome.OK))
    assert (found.ok, found.sent) == (1, 1)


def test_nothing_sent_is_no_evidence():
    assert availability(table()) is None
    assert availability(table(Outcome.OK), np.array([False])) is None


def test_outcomes_are_counted_under_the_mask_zeros_included():
    rows = table(Outcome.OK, Outcome.RESET, Outcome.RESET)
    counts = outcome_counts(rows)
    assert counts[Outcome.RESET] == 2
    assert counts[Outcome.EARLY_CLOSE] == 0
    assert set(counts) == set(Outcome)
    assert outcome_counts(rows, np.array([True, True, False]))[Outcome.RESET] == 1
