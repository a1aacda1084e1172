"""verdict.json and findings.json hold to their schemas, and the schemas to the code."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

import holdfast
from holdfast.core.explain.finding import Evidence, Finding, FindingKind, Severity, Side
from holdfast.core.journal.events import Header, Outcome, Probe
from holdfast.core.judge.criteria import parse_criterion
from holdfast.core.judge.verdict import judge
from holdfast.core.measure.run import RunView
from holdfast.core.report.verdict_json import (
    Findings,
    VerdictFile,
    findings_json,
    schemas,
    verdict_json,
)

FOLDER = Path(holdfast.__file__).parent / "schemas"

RUN = RunView(
    Header(target="192.0.2.7:80", plan="general", warmup_s=0.0, seed=7),
    [Probe(at_s=1.0, method="http", target="ping", outcome=Outcome.RESET, total_s=0.5)],
)
FINDING = Finding(
    code="wifi-dropout",
    kind=FindingKind.CAUSE,
    side=Side.NETWORK,
    severity=Severity.ERROR,
    confidence=0.8,
    title="The device's Wi-Fi dropped.",
    evidence=(Evidence(text="no echo", metric="icmp.ok_ratio", observed=float("nan"), limit=1.0),),
    remedy="Move the device.",
    from_s=0.0,
    to_s=1.5,
)
CRITERIA = [parse_criterion("ping.ok_ratio >= 0.99"), parse_criterion("stream.gap_max_s <= 3s")]


@pytest.mark.parametrize("name", schemas())
def test_the_schema_in_the_package_is_the_one_the_code_makes(name):
    assert (FOLDER / name).read_text() == schemas()[name], "run: make docs"


def test_no_other_schema_lies_in_the_package():
    assert {p.name for p in FOLDER.glob("*.json")} == set(schemas())


@pytest.mark.parametrize("name", schemas())
def test_a_schema_is_one(name):
    jsonschema.Draft202012Validator.check_schema(json.loads(schemas()[name]))


def test_a_verdict_holds_to_its_schema_and_says_what_decided():
    text = verdict_json(RUN, judge(RUN, CRITERIA))
    document = json.loads(text)
    jsonschema.validate(document, json.loads(schemas()["verdict.schema.json"]))
    assert document["format"] == 1
    assert document["ruling"] == "missed"
    assert document["texts"] == [
        "ping.ok_ratio (0) >= 0.99",
        "stream.gap_max_s (no evidence) <= 3",
    ]
    assert document["judgements"][1]["observed"] is None
    assert document["measures"]["http.reset_total"] == 1.0
    assert document["run"]["duration_s"] == 1.5
    assert text.endswith("}\n")


def test_findings_hold_to_their_schema_and_what_is_not_a_number_is_null():
    document = json.loads(findings_json(RUN, [FINDING]))
    jsonschema.validate(document, json.loads(schemas()["findings.schema.json"]))
    assert document["findings"][0]["code"] == "wifi-dropout"
    assert document["findings"][0]["evidence"][0]["observed"] is None


def test_what_is_no_verdict_is_refused_by_the_schema():
    document = json.loads(verdict_json(RUN, judge(RUN, CRITERIA)))
    for change in ({"format": 2}, {"ruling": "perhaps"}, {"judgements": [{}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document | change, json.loads(schemas()["verdict.schema.json"]))


def test_both_files_read_back():
    verdict = judge(RUN, CRITERIA)
    read = msgspec.json.decode(verdict_json(RUN, verdict), type=VerdictFile)
    assert read.judgements == verdict.judgements
    assert msgspec.json.decode(findings_json(RUN, []), type=Findings).findings == ()


def test_equal_runs_give_equal_files():
    assert verdict_json(RUN, judge(RUN, CRITERIA)) == verdict_json(RUN, judge(RUN, CRITERIA))
