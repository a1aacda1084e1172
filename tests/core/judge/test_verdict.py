"""A verdict prints the values that decided it, and is never passed without evidence."""

import pytest

from holdfast.core.journal.events import Header, Outcome, Probe, Run, RunPhase
from holdfast.core.judge.criteria import Criterion, parse_criterion
from holdfast.core.judge.verdict import Judgement, Ruling, first_missed_abort, judge
from holdfast.core.measure.run import RunView


def run(*outcomes, warmup_s=0.0, every_s=10.0):
    """Pings every ten seconds, from 0; the run ends where the next would be."""
    pings = [
        Probe(at_s=i * every_s, method="http", target="ping", outcome=o, total_s=0.1)
        for i, o in enumerate(outcomes)
    ]
    end = Run(at_s=len(outcomes) * every_s, phase=RunPhase.ENDED)
    return RunView(Header(warmup_s=warmup_s), [*pings, end])


OK, BAD = Outcome.OK, Outcome.RESET


def judged(view, *texts):
    return judge(view, [parse_criterion(text) for text in texts])


def test_a_criterion_met_and_one_missed():
    found = judged(run(OK, OK, BAD, OK), "ping.ok_ratio >= 0.75", "ping.ok_ratio > 0.75")
    assert [j.ruling for j in found.judgements] == [Ruling.PASSED, Ruling.MISSED]
    assert found.ruling is Ruling.MISSED
    assert not found.has_passed
    assert [str(j) for j in found.of(Ruling.MISSED)] == ["ping.ok_ratio (0.75) > 0.75"]


@pytest.mark.parametrize(
    ("operator", "ruling"),
    [("<", "missed"), ("<=", "passed"), (">", "missed"), (">=", "passed"), ("==", "passed")],
)
def test_every_operator_at_its_boundary(operator, ruling):
    assert judged(run(OK, BAD), f"ping.ok_ratio {operator} 0.5").ruling == ruling


def test_without_evidence_nothing_is_passed():
    found = judged(run(OK), "ping.ok_ratio >= 0.5", "stream.continuity >= 0.99")
    assert found.ruling is Ruling.NO_EVIDENCE
    assert str(found.judgements[1]) == "stream.continuity (no evidence) >= 0.99"
    assert found.judgements[1].observed is None


def test_a_miss_weighs_more_than_missing_evidence():
    found = judged(run(BAD), "stream.continuity >= 0.99", "ping.ok_ratio >= 0.5")
    assert found.ruling is Ruling.MISSED


def test_no_criteria_no_verdict():
    assert judged(run(OK)).ruling is Ruling.NO_EVIDENCE


def test_all_met_is_passed():
    assert judged(run(OK), "ping.ok_ratio == 1", "ping.failed_total < 1").has_passed


def test_warm_up_is_left_out_unless_asked_for():
    view = run(BAD, BAD, OK, OK, warmup_s=20.0)
    found = judged(view, "ping.ok_ratio == 1", "all.ping.ok_ratio == 1")
    assert [j.ruling for j in found.judgements] == [Ruling.PASSED, Ruling.MISSED]
    assert [(j.from_s, j.to_s) for j in found.judgements] == [(20.0, 40.0), (0.0, 40.0)]


def test_a_window_is_the_end_of_the_run_but_never_its_warm_up():
    view = run(BAD, OK, BAD, OK, warmup_s=20.0)
    found = judged(view, "ping.ok_ratio == 1 over 15s", "ping.ok_ratio == 1 over 10m")
    assert [j.ruling for j in found.judgements] == [Ruling.PASSED, Ruling.MISSED]
    assert [j.from_s for j in found.judgements] == [25.0, 20.0]
    assert str(found.judgements[0]) == "ping.ok_ratio (1) == 1 over 15 s"


@pytest.mark.parametrize(
    ("observed", "limit", "operator", "ruling", "text"),
    [
        (0.962, 0.99, ">=", "missed", "m (0.962) >= 0.99"),
        (0.98996, 0.99, ">=", "missed", "m (0.98996) >= 0.99"),
        (0.9899999, 0.99, ">=", "missed", "m (0.9899999) >= 0.99"),
        (0.99 - 1e-15, 0.99, ">=", "missed", "m (0.98999999999999899) >= 0.99"),
        (1234.5, 2000.0, "<", "passed", "m (1234) < 2000"),
        (0.25, 0.2, "<", "missed", "m (0.25) < 0.2"),
        (-71.0, -75.0, ">", "passed", "m (-71) > -75"),
        (0.0, 0.0, "==", "passed", "m (0) == 0"),
    ],
)  # fmt: skip
def test_the_number_shown_is_as_short_as_still_explains(observed, limit, operator, ruling, text):
    found = Judgement(
        measure="m", operator=operator, limit=limit, observed=observed, ruling=Ruling(ruling),
        from_s=0.0, to_s=1.0,
    )  # fmt: skip
    assert str(found) == text


ABORT = Criterion(measure="ping.ok_ratio", operator=">=", limit=0.5, abort=True)


def test_an_abort_criterion_that_is_missed_is_found_first_of_all():
    calm = Criterion(measure="ping.failed_total", operator="==", limit=0.0)
    found = first_missed_abort(run(BAD, BAD), [calm, ABORT])
    assert str(found) == "ping.ok_ratio (0) >= 0.5"


def test_an_abort_criterion_that_holds_or_knows_nothing_does_not_stop_the_run():
    assert first_missed_abort(run(OK, BAD), [ABORT]) is None
    unknown = Criterion(measure="stream.continuity", operator=">=", limit=0.5, abort=True)
    assert first_missed_abort(run(BAD), [unknown]) is None
    assert first_missed_abort(run(BAD), []) is None


def test_nothing_is_missed_during_warm_up():
    assert first_missed_abort(run(BAD, BAD, warmup_s=20.0), [ABORT]) is None
    assert first_missed_abort(run(BAD, BAD, BAD, warmup_s=20.0), [ABORT]) is not None


def test_a_windowed_abort_waits_for_its_whole_window_after_warm_up():
    window = Criterion(measure="ping.ok_ratio", operator=">=", limit=0.5, abort=True, window_s=30.0)
    assert first_missed_abort(run(*[BAD] * 4, warmup_s=20.0), [window]) is None
    assert first_missed_abort(run(*[BAD] * 5, warmup_s=20.0), [window]) is not None
