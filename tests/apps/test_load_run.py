"""Anything recorded is read by one function, and what is no run is refused in one line."""

import msgspec
import pytest

from holdfast.adapters.journal_file import JournalWriter
from holdfast.apps.load_run import load_run
from holdfast.core.journal.events import Header, Outcome, Probe, Run, RunPhase, Truth
from holdfast.core.measure.comparability import TRUNCATED
from holdfast.errors import UnreadableError

PING = Probe(at_s=1.0, method="http", target="ping", outcome=Outcome.OK, total_s=0.1)
END = Run(at_s=2.0, phase=RunPhase.ENDED)


def write(path, *events):
    with JournalWriter(path, Header(plan="b", seed=7), lambda: 0.0) as journal:
        for event in events:
            journal.append(event)
    return path


def test_a_run_folder_and_its_journal_are_the_same_run(tmp_path):
    path = write(tmp_path / "journal.jsonl.zst", PING, END)
    for at in (tmp_path, path):
        run = load_run(at)
        assert run.header.plan == "b"
        assert [e.seq for e in run.events] == [1, 2]
        assert run.notes == []


def test_a_plain_journal_is_read_too(tmp_path):
    lines = [{"format": 1}, {"kind": "run", "at_s": 0.0, "phase": "started"}]
    (tmp_path / "journal.jsonl").write_bytes(
        b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    )
    assert load_run(tmp_path).milestones[0].phase is RunPhase.STARTED


def test_a_diag_logs_folder_is_imported(tmp_path):
    folder = tmp_path / "20250808-203840-192.0.2.201"
    folder.mkdir()
    (folder / "http_ping.tsv").write_text(
        "ts\thttp_code\tconnect_ms\ttotal_ms\n20:38:40\t200\t20.1\\t61.3\n"
    )
    run = load_run(folder)
    assert run.header.imported_from == "diag-logs"
    assert run.probes("ping").total_s.tolist() == [0.0613]


def test_a_journal_cut_off_in_a_line_is_read_up_to_there_and_says_so(tmp_path):
    path = write(tmp_path / "journal.jsonl.zst", PING)
    run = load_run(path)
    assert run.notes == []
    (tmp_path / "cut.jsonl").write_bytes(
        b'{"format":1}\n{"kind":"run","at_s":0.5,"phase":"started"}\n{"kind":"ru'
    )
    run = load_run(tmp_path / "cut.jsonl")
    assert len(run.milestones) == 1
    assert [n.about for n in run.notes] == [TRUNCATED]
    assert run.notes[0].text.startswith("the journal is cut off after line 2: ")


def test_a_cut_after_the_end_of_the_run_lost_nothing(tmp_path):
    (tmp_path / "cut.jsonl").write_bytes(
        b'{"format":1}\n{"kind":"run","at_s":0.5,"phase":"ended"}\n{"kind":"ru'
    )
    assert load_run(tmp_path / "cut.jsonl").notes == []


def test_a_twins_own_journal_is_no_run(tmp_path):
    path = write(tmp_path / "journal.jsonl.zst", Truth(at_s=0.0, what="boot"))
    with pytest.raises(UnreadableError, match="truth event has no place"):
        load_run(path)


@pytest.mark.parametrize("name", ["nothing", "empty", "file.txt"])
def test_what_is_no_run_is_refused(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_bytes(b"\x00\xff hello\n")
    with pytest.raises(UnreadableError) as caught:
        load_run(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)
