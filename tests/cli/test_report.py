"""``holdfast report``: where the report is."""

import json

import pytest

from holdfast.adapters.journal_file import JournalWriter
from holdfast.cli.main import main
from holdfast.testing.diagnosed import diagnosed


@pytest.fixture
def run_folder(tmp_path):
    run = diagnosed(seed=1, duration_s=30.0)
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    with JournalWriter(folder / "journal.jsonl.zst", run.header) as journal:
        for event in run.events:
            journal.append(event)
    return folder


@pytest.mark.slow
def test_it_prints_the_report(run_folder, capsys):
    assert main(["report", str(run_folder)]) == 0
    assert capsys.readouterr().out == f"{run_folder / 'report.html'}\n"


@pytest.mark.slow
def test_the_copy_to_share_is_named(run_folder, capsys):
    assert main(["report", str(run_folder), "--share", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["folder"] == str(run_folder)
    assert "device.test" not in answer["shared"]


def test_no_run_is_exit_code_3(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 3
    assert capsys.readouterr().err.count("\n") == 1
