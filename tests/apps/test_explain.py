"""Recorded runs are found, read and explained."""

import pytest

from holdfast.adapters.journal_file import JournalWriter
from holdfast.apps.explain import explain_path, explain_paths
from holdfast.errors import UnreadableError
from holdfast.testing.diagnosed import diagnosed


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a healthy run, an ill one and something else."""
    folder = tmp_path_factory.mktemp("runs")
    for name, dialect in (("healthy", "plan"), ("ill", "firmware")):
        run = diagnosed(seed=1, duration_s=120.0, dialect=dialect)
        (folder / name).mkdir()
        with JournalWriter(folder / name / "journal.jsonl.zst", run.header) as journal:
            for event in run.events:
                journal.append(event)
    (folder / "notes").mkdir()
    return folder


def test_a_run_is_explained_as_it_was_live(runs):
    done = explain_path(runs / "ill")
    assert [f.code for f in done.findings] == ["server-blocked-by-stream"]
    assert done.has_likely_cause
    assert not explain_path(runs / "healthy").has_likely_cause


def test_a_folder_of_runs_stands_for_its_runs(runs):
    done, failed = explain_paths([runs])
    assert [one.path.name for one in done] == ["healthy", "ill"]
    assert failed == []


def test_what_is_no_run_is_named_and_the_rest_is_explained(runs):
    done, failed = explain_paths([runs / "notes", runs / "ill", runs / "missing"])
    assert [one.path.name for one in done] == ["ill"]
    assert [type(error) for error in failed] == [UnreadableError, UnreadableError]
    assert "\n" not in str(failed[0])
