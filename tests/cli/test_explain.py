"""``holdfast explain``: exit codes and output for recorded runs."""

import json

import pytest

from holdfast.adapters.journal_file import JournalWriter
from holdfast.cli.main import main
from holdfast.testing.diagnosed import diagnosed


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, dialect in (("healthy", "plan"), ("ill", "firmware")):
        run = diagnosed(seed=1, duration_s=120.0, dialect=dialect)
        (folder / name).mkdir()
        with JournalWriter(folder / name / "journal.jsonl.zst", run.header) as journal:
            for event in run.events:
                journal.append(event)
    return folder


def test_a_likely_cause_is_exit_code_1(runs, capsys):
    assert main(["explain", str(runs / "ill")]) == 1
    shown = capsys.readouterr()
    assert "server-blocked-by-stream" in shown.out
    assert shown.err == ""


def test_no_cause_is_exit_code_0(runs, capsys):
    assert main(["explain", str(runs / "healthy")]) == 0
    assert "No cause of trouble was found" in capsys.readouterr().out


def test_json_is_one_object(runs, capsys):
    assert main(["explain", str(runs), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert [run["path"].rpartition("/")[2] for run in answer["runs"]] == ["healthy", "ill"]
    assert answer["runs"][1]["findings"][0]["code"] == "server-blocked-by-stream"


def test_what_cannot_be_read_is_one_line_and_exit_code_3(runs, capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("hello\n")
    assert main(["explain", str(tmp_path / "notes.txt"), str(tmp_path / "none")]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 2
    assert "Traceback" not in shown.err
