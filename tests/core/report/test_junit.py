"""junit.xml is valid whatever the target is called, and counts what it holds."""

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.explain.finding import Evidence, Finding, FindingKind, Severity, Side
from holdfast.core.journal.events import Header, Outcome, Probe
from holdfast.core.judge.criteria import parse_criterion
from holdfast.core.judge.verdict import judge
from holdfast.core.measure.run import RunView
from holdfast.core.report.junit import junit_xml


def finding(title, kind=FindingKind.CAUSE):
    return Finding(
        code="wifi-dropout", kind=kind, side=Side.NETWORK, severity=Severity.ERROR,
        confidence=0.8, title=title, evidence=(Evidence(text="no echo"),),
        remedy="Move the device.", from_s=0.0, to_s=1.0,
    )  # fmt: skip


def run(target="192.0.2.7:80", **header):
    ping = Probe(at_s=0.0, method="http", target="ping", outcome=Outcome.OK, total_s=0.5)
    return RunView(Header(target=target, warmup_s=0.0, **header), [ping])


CRITERIA = [
    parse_criterion("ping.ok_ratio >= 0.99"),
    parse_criterion("ping.p95_s < 200ms", why="tried <this> & that"),
    parse_criterion("stream.continuity >= 0.99"),
]


def parsed(view, *findings, criteria=CRITERIA):
    return ElementTree.fromstring(junit_xml(view, judge(view, criteria), findings))


def test_one_case_a_criterion_and_the_counts_agree():
    view = run(plan="b", profile="generic", wall_at="2025-08-08T20:46:01-07:00", seed=7)
    root = parsed(view)
    suite = root.find("testsuite")
    expected = {"tests": "3", "failures": "1", "errors": "1", "skipped": "0", "time": "0.500"}
    assert {k: root.get(k) for k in expected} == expected
    assert {k: suite.get(k) for k in expected} == expected
    assert suite.get("name") == "holdfast.b.generic"
    assert suite.get("timestamp") == "2025-08-08T20:46:01-07:00"
    assert [c.get("name") for c in suite.iter("testcase")] == [
        "ping.ok_ratio >= 0.99", "ping.p95_s < 0.2", "stream.continuity >= 0.99",
    ]  # fmt: skip
    assert {p.get("name"): p.get("value") for p in suite.iter("property")}["seed"] == "7"


def test_a_miss_is_a_failure_and_missing_evidence_an_error():
    passed, missed, unknown = parsed(run()).iter("testcase")
    assert len(passed) == 0
    assert missed.find("failure").get("message") == "ping.p95_s (0.5) < 0.2"
    assert missed.find("failure").get("type") == "missed"
    assert missed.find("failure").text == "tried <this> & that"
    assert unknown.find("error").get("message") == "stream.continuity (no evidence) >= 0.99"
    assert unknown.find("error").get("type") == "no_evidence"


def test_causes_stand_in_the_failure_and_observations_do_not():
    root = parsed(run(), finding("Dropped."), finding("Seen.", FindingKind.OBSERVATION))
    text = "wifi-dropout (0.80): Dropped. Move the device."
    assert root.find(".//failure").text == f"tried <this> & that\n{text}"
    assert root.find(".//system-out").text == text


def test_without_criteria_there_is_an_empty_suite():
    root = parsed(run(), criteria=[])
    assert root.get("tests") == "0"
    assert list(root.iter("testcase")) == []


@given(st.text(), st.text())
def test_hostile_text_stays_text(target, title):
    root = parsed(run(target), finding(title))
    shown = {p.get("name"): p.get("value") for p in root.iter("property")}["target"]
    # XML readers turn line ends in attributes into spaces only where they are not escaped.
    assert len(shown) == len(target)
    assert "<" not in target or "<" in shown
    assert {e.tag for e in root.iter()} <= {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error",
        "system-out",
    }  # fmt: skip


def test_what_xml_cannot_hold_is_replaced():
    root = parsed(run("a\x00b\x1b[31m\ufffe]]>"))
    shown = {p.get("name"): p.get("value") for p in root.iter("property")}["target"]
    assert shown == "a\ufffdb\ufffd[31m\ufffd]]>"
