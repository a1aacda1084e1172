"""Findings against labels."""

import json

import pytest
from tests.core.explain.runs import Bench, blocked

from holdfast.core.explain.registry import CODES
from holdfast.core.journal.events import Outcome
from holdfast.testing.score import CLEAN, FIND, MAY, main, score_probe_runs, score_run


def label(name, start, end):
    return {"label": name, "start": start, "end": end, "confidence": "high", "evidence": ""}


def test_the_mapping_names_known_codes_and_no_label_twice():
    assert {*FIND.values(), *MAY.values()} <= set(CODES)
    assert not {*FIND} & {*MAY, *CLEAN}


def test_found_where_a_cause_of_its_code_overlaps():
    run = blocked().ticks(300.5, 400).view()
    labels = [
        label("server_blocked_by_stream", 200, 250),
        label("recovered_at_stream_cap", 300, 300),
    ]
    score = score_run("one", run, labels)
    assert [i.is_found for i in score.intervals] == [True, None]
    assert score.missed == score.false == []


def test_missed_where_none_does():
    run = blocked().ticks(300.5, 400).view()
    score = score_run("one", run, [label("wifi_dropout", 0, 300)])
    assert [i.label for i in score.missed] == ["wifi_dropout"]
    assert [c.code for c in score.false] == ["server-blocked-by-stream", "stream-lifetime-cap"]


def test_false_in_time_labelled_clean_is_told_apart():
    bench = Bench().ticks(0, 80).ticks(80, 95, Outcome.CONNECT_TIMEOUT, icmp=False)
    run = bench.ticks(95, 200).view()
    (claim,) = score_run("one", run, [label("clean", 0, None)]).claims
    assert (claim.is_false, claim.is_in_clean) == (True, True)
    (claim,) = score_run("one", run, [label("wifi_loss_minor", 70, 90)]).claims
    assert not claim.is_false
    (claim,) = score_run("one", run, [label("clean", 120, None)]).claims
    assert (claim.is_false, claim.is_in_clean) == (True, False)


def test_observations_are_never_false():
    bench = Bench().ticks(0, 300).uptimes(10, 300, -900.0, rssi_dbm=-71.0)
    assert score_run("one", bench.view(), [label("clean", 0, None)]).claims == []


def test_times_of_day_are_put_on_the_runs_clock():
    bench = Bench(wall_at="2025-08-08T23:59:50-00:00").ticks(0, 60)
    marks = [label("rssi_step", "23:59:55", "00:00:10"), label("clean", 5, None)]
    score = score_run("one", bench.view(), marks)
    assert [(i.from_s, round(i.to_s)) for i in score.intervals] == [(5, 20), (5, 55)]


@pytest.fixture
def corpus(tmp_path):
    """A corpus of one run: ten answered pings, a tick each."""
    run = tmp_path / "s3-dashboard" / "20250808-183644-192.0.2.201"
    run.mkdir(parents=True)
    rows = [f"18:36:{44 + i}\t200\t0.012\t0.050" for i in range(10)]
    (run / "http_ping.tsv").write_text("\n".join(["ts\tcode\tconnect_ms\ttotal_ms", *rows, ""]))
    labels = {"runs": {run.name: {"intervals": [label("clean", 0, None)]}}}
    (tmp_path / "s3-dashboard" / "labels.json").write_text(json.dumps(labels))
    return tmp_path


def test_a_corpus_or_its_folder(corpus, capsys):
    assert score_probe_runs(corpus) == score_probe_runs(corpus / "s3-dashboard")
    assert main([str(corpus)]) == 0
    assert "causes without a label: 0, in clean time: 0" in capsys.readouterr().out


def test_json_is_one_object(corpus, capsys):
    assert main([str(corpus), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["recall"] == {name: [0, 0] for name in FIND}


def test_a_miss_is_printed_and_returned(corpus, capsys):
    path = corpus / "s3-dashboard" / "labels.json"
    labels = json.loads(path.read_text())
    (run,) = labels["runs"].values()
    run["intervals"] = [label("wifi_dropout", 0, 9)]
    path.write_text(json.dumps(labels))
    assert main([str(corpus)]) == 1
    out = capsys.readouterr().out
    assert "wifi_dropout                         0 of 1 found" in out
    assert "missed wifi_dropout 0-9 s" in out


def test_a_folder_without_labels_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path)]) == 3
    assert capsys.readouterr().err.count("\n") == 1
