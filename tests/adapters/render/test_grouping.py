import msgspec
import pytest
from tests.adapters.render.examples import blocked_findings, blocked_run, healthy_run

from holdfast.adapters.render.grouping import answer, cause_spans, grouped, period
from holdfast.core.judge.criteria import parse_criterion
from holdfast.core.judge.verdict import Verdict, judge


def moved(finding, from_s, to_s, **more):
    return msgspec.structs.replace(finding, from_s=from_s, to_s=to_s, **more)


def test_findings_of_one_code_stand_together_in_the_order_of_the_weightiest():
    blocked, wifi, heap = blocked_findings()
    late, early = moved(wifi, 500.0, 501.0), moved(wifi, 10.0, 11.0)
    groups = grouped([blocked, wifi, heap, late, early])
    assert [(g.number, g.chief, g.others) for g in groups] == [
        (1, blocked, ()),
        (2, wifi, (early, late)),
        (3, heap, ()),
    ]
    assert [g.is_cause for g in groups] == [True, True, False]


def test_shading_is_the_union_of_causes_and_leaves_out_what_holds_throughout():
    _, wifi, heap = blocked_findings()
    rows = [moved(wifi, 20, 40), moved(wifi, 10, 25), moved(wifi, 60, 60), heap]
    assert cause_spans(rows, 100.0) == [(10, 40), (60, 60)]
    assert cause_spans([moved(wifi, 0, 75)], 100.0) == [(0, 75)]
    assert cause_spans([moved(wifi, 0, 76)], 100.0) == []


def test_a_period_of_one_second_is_a_moment():
    assert period(182.0, 182.9) == "at 3:02"
    assert period(40.0, 340.0) == "0:40 to 5:40"


@pytest.mark.parametrize(
    ("criteria", "state", "headline"),
    [
        ((), "unsure", "No criteria were set"),
        (("ping.ok_ratio >= 0.99",), "good", "The criterion is met"),
        (("ping.ok_ratio >= 0.99", "icmp.ok_ratio >= 0.9"), "good", "All 2 criteria met"),
        (("ping.ok_ratio > 1",), "bad", "1 of 1 criterion missed"),
        (("ping.ok_ratio > 1", "icmp.ok_ratio >= 0.9"), "bad", "1 of 2 criteria missed"),
        (("control.ok_ratio > 0",), "unsure", "1 of 1 criterion could not be judged"),
    ],
)
def test_the_headline_says_how_the_criteria_came_out(criteria, state, headline):
    verdict = judge(healthy_run(), [parse_criterion(text) for text in criteria])
    found = answer([], verdict)
    assert (found.state, found.headline) == (state, headline)
    assert found.reason == "No cause of trouble was found."


def test_a_cause_is_in_the_headline_and_takes_the_all_clear_away():
    verdict = judge(blocked_run(), [parse_criterion("icmp.ok_ratio > 0.5")])
    one = answer(grouped(blocked_findings()[:1]), verdict)
    assert one.state == "unsure"
    assert one.reason.startswith("Almost certain: While a stream is open")
    two = answer(grouped(blocked_findings()), verdict)
    assert two.reason == "2 causes were found, the weightiest first:"


def test_a_hostile_title_is_made_printable():
    bad = msgspec.structs.replace(blocked_findings()[0], title="a\x1b]0;b\x07")
    empty = Verdict(ruling="no_evidence", judgements=())
    assert answer(grouped([bad]), empty).reason == "Almost certain: a\\x1b]0;b\\x07"
