"""Every file of a run's folder is a pure function of its events."""

import xml.etree.ElementTree as ET

import pytest

from holdfast.adapters.run_folder import RunFolder
from holdfast.apps.artifacts import write_artifacts
from holdfast.core.explain.engine import explain
from holdfast.core.judge.recorded import recorded_criteria
from holdfast.core.judge.verdict import judge
from holdfast.errors import OutputError
from holdfast.testing.diagnosed import diagnosed


def written(folder, run, **settings):
    folder.mkdir()
    write_artifacts(
        RunFolder(folder), run, explain(run), judge(run, recorded_criteria(run.header)), **settings
    )
    return {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir()}


@pytest.mark.slow
def test_equal_runs_give_equal_files(tmp_path):
    run = diagnosed(seed=1, duration_s=120.0, dialect="firmware")
    one = written(tmp_path / "one", run)
    two = written(tmp_path / "two", run)
    assert one == two
    assert ET.fromstring(one["junit.xml"]).tag == "testsuites"
    assert "server-blocked-by-stream" in one["report.md"]
    assert one["network.tsv"].startswith("ts\telapsed_s\ticmp_status\t")
    assert "serial.log" not in one


@pytest.mark.slow
def test_the_report_links_to_its_shared_copy(tmp_path):
    run = diagnosed(seed=1, duration_s=60.0)
    files = written(tmp_path / "run", run, shared_link="../copy/report.html")
    assert "../copy/report.html" in files["report.html"]


@pytest.mark.slow
def test_what_cannot_be_written_is_said_and_the_rest_stays(tmp_path):
    run = diagnosed(seed=1, duration_s=60.0)
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "summary.txt").mkdir()
    with pytest.raises(OutputError, match=r"summary\.txt"):
        write_artifacts(RunFolder(folder), run, [], judge(run, ()))
    assert (folder / "network.tsv").exists()
