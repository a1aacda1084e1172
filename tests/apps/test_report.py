"""Artifacts are written anew, and a shared copy names nobody."""

import pytest

from holdfast.adapters.journal_file import JournalWriter, read_journal
from holdfast.apps.report import rewrite, share
from holdfast.errors import UnreadableError
from holdfast.testing.diagnosed import diagnosed


@pytest.fixture
def run_folder(tmp_path):
    run = diagnosed(seed=1, duration_s=60.0)
    folder = tmp_path / "20260102-030405-device.test"
    folder.mkdir()
    with JournalWriter(folder / "journal.jsonl.zst", run.header) as journal:
        for event in run.events:
            journal.append(event)
    return folder


@pytest.mark.slow
def test_a_run_folder_is_renewed_in_place(run_folder, tmp_path):
    folder, done = rewrite(run_folder, tmp_path / "out")
    assert folder == run_folder
    assert done.findings == []
    assert (folder / "report.html").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_bare_journal_gets_a_folder_of_its_own(run_folder, tmp_path):
    folder, _ = rewrite(run_folder / "journal.jsonl.zst", tmp_path / "out")
    assert folder.parent == tmp_path / "out"
    assert read_journal(folder / "journal.jsonl.zst").events
    assert [p.name for p in run_folder.iterdir()] == ["journal.jsonl.zst"]


@pytest.mark.slow
def test_the_shared_copy_names_no_host_in_any_file(run_folder, tmp_path):
    folder, copied = share(run_folder, tmp_path / "out")
    assert folder == run_folder
    assert "device.test" not in copied.name
    for path in copied.iterdir():
        if path.suffix != ".zst":
            assert "device.test" not in path.read_text(encoding="utf-8"), path.name
    journal = read_journal(copied / "journal.jsonl.zst")
    assert "device.test" not in repr(journal)
    assert f"../{copied.name}/report.html" in (folder / "report.html").read_text(encoding="utf-8")


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(UnreadableError):
        rewrite(tmp_path, tmp_path / "out")
