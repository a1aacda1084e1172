"""Recorded runs are compared by path and called by names that tell them apart."""

from pathlib import Path

import pytest

from holdfast.adapters.journal_file import JournalWriter
from holdfast.apps.compare import compare_paths, short_names
from holdfast.core.journal.events import Header, Outcome, Probe, Run, RunPhase
from holdfast.core.measure.comparison import Change
from holdfast.errors import ConfigError, UnreadableError


def record(folder, failed):
    folder.mkdir(parents=True)
    with JournalWriter(folder / "journal.jsonl.zst", Header(warmup_s=0.0), lambda: 0.0) as journal:
        for i in range(100):
            outcome = Outcome.RESET if i % 10 < failed else Outcome.OK
            journal.append(
                Probe(at_s=float(i), method="http", target="ping", outcome=outcome, total_s=0.1)
            )
        journal.append(Run(at_s=100.0, phase=RunPhase.ENDED))
    return folder


def test_runs_are_read_and_compared(tmp_path):
    paths = [record(tmp_path / "good", 0), record(tmp_path / "bad", 5)]
    found = compare_paths(paths)
    assert found.change is Change.WORSE
    assert (found.pairs[0].before, found.pairs[0].after) == ("good", "bad")
    assert compare_paths(paths[::-1]).change is Change.BETTER


def test_one_run_is_a_usage_error():
    with pytest.raises(ConfigError, match="runs: compare needs at least 2 runs, got 1"):
        compare_paths([Path("a")])


def test_an_unreadable_run_is_named(tmp_path):
    good = record(tmp_path / "good", 0)
    with pytest.raises(UnreadableError, match="nothing"):
        compare_paths([good, tmp_path / "nothing"])


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["logs/a", "logs/b"], ["a", "b"]),
        (["old/run", "new/run"], ["old/run", "new/run"]),
        (["x/old/run", "y/old/run"], ["x/old/run", "y/old/run"]),
        (["a", "a"], ["a (1)", "a (2)"]),
        ([".", "a"], [".", "a"]),
    ],
)
def test_names_tell_the_runs_apart(paths, names):
    assert short_names([Path(p) for p in paths]) == names
