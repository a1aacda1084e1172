"""A kept run: its folder holds a journal and every artifact, whatever happens."""

import asyncio
import json

import pytest

from holdfast.adapters.journal_file import read_journal
from holdfast.apps.kept_run import JOURNAL, diagnose_and_keep
from holdfast.core.link.target import Target
from holdfast.errors import OutputError
from holdfast.testing.link_run import find_profile, short_settings
from holdfast.testing.running_twin import RunningTwin

ARTIFACTS = {
    JOURNAL, "network.tsv", "network_aligned.txt", "summary.txt", "sse.log", "verdict.json",
    "findings.json", "junit.xml", "report.html", "report.md",
}  # fmt: skip


def kept(out, port, for_s=4.0, **changes):
    target = Target("127.0.0.1", port)
    plan = short_settings(
        target, find_profile("esp32-s3-dashboard", target), for_s=for_s, **changes
    )

    async def main():
        return await diagnose_and_keep(
            plan, seed=5, out=out, argv=("diagnose", "http://u:pw@x"), stop=asyncio.Event()
        )

    return asyncio.run(main())


@pytest.mark.slow
@pytest.mark.net
def test_every_artifact_is_there_and_agrees(tmp_path):
    with RunningTwin() as twin:
        run = kept(tmp_path, twin.port)
    assert {p.name for p in run.folder.iterdir()} == ARTIFACTS
    journal = read_journal(run.folder / JOURNAL)
    assert journal.cut is None
    assert journal.header.seed == 5
    assert "pw" not in " ".join(journal.header.argv)
    assert journal.events == sorted(run.run.events, key=lambda e: e.seq)
    assert json.loads((run.folder / "verdict.json").read_text())["format"] == 1
    assert json.loads((run.folder / "findings.json").read_text())["findings"] == []
    assert run.as_dict()["verdict"]["ruling"] == "passed"


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught:
        kept(tmp_path / "file" / "runs", 9)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.net
def test_two_runs_of_one_second_have_folders_of_their_own(tmp_path):
    with RunningTwin() as twin:
        runs = [kept(tmp_path, twin.port, for_s=1.0, link="board") for _ in range(2)]
    assert runs[0].folder != runs[1].folder
    assert runs[0].folder.name.endswith("-board")
