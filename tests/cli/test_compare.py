"""``holdfast compare``: sentence, table or JSON, and the exit codes."""

import json

import pytest

from holdfast.adapters.journal_file import JournalWriter
from holdfast.cli.main import main
from holdfast.core.journal.events import Header, Outcome, Probe, Run, RunPhase


def record(folder, failed, plan="b"):
    folder.mkdir()
    header = Header(warmup_s=0.0, plan=plan)
    with JournalWriter(folder / "journal.jsonl.zst", header, lambda: 0.0) as journal:
        for i in range(100):
            outcome = Outcome.RESET if i % 10 < failed else Outcome.OK
            journal.append(
                Probe(at_s=float(i), method="http", target="ping", outcome=outcome, total_s=0.1)
            )
        journal.append(Run(at_s=100.0, phase=RunPhase.ENDED))
    return str(folder)


@pytest.mark.slow
def test_worse_is_one_and_better_or_equal_zero(tmp_path, capsys):
    good, bad = record(tmp_path / "good", 0), record(tmp_path / "bad", 5)
    assert main(["compare", good, bad]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("bad is certainly worse than good: ping.ok_ratio 1 -> 0.5 (-0.5, ")
    assert any(line.startswith("ping.ok_ratio") and "worse" in line for line in lines[1:])
    assert main(["compare", bad, good]) == 0
    assert capsys.readouterr().out.startswith("good is certainly better than bad: ")
    assert main(["compare", good, good]) == 0
    assert capsys.readouterr().out.startswith("No certain difference between ")


def test_not_comparable_is_three_and_says_why(tmp_path, capsys):
    a, b = record(tmp_path / "a", 0), record(tmp_path / "b", 5, plan="general")
    assert main(["compare", a, b]) == 3
    out = capsys.readouterr().out
    assert "b cannot be compared with a: they followed different plans: b and general." in out


def test_json_is_one_object(tmp_path, capsys):
    good, bad = record(tmp_path / "good", 0), record(tmp_path / "bad", 5)
    assert main(["compare", good, bad, "--json", "--seed", "9"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["format"], document["seed"], document["change"]) == (1, 9, "worse")
    row = document["pairs"][0]["differences"][0]
    assert (row["measure"], row["before"], row["after"]) == ("ping.ok_ratio", 1.0, 0.5)


@pytest.mark.parametrize(
    ("args", "code", "line"),
    [
        (["a"], 2, "holdfast: runs: compare needs at least 2 runs, got 1"),
        ([], 2, "holdfast: missing argument 'runs'"),
        (["a", "nothing"], 3, "holdfast: nothing: no such file or directory"),
    ],
)
def test_what_cannot_be_compared_is_one_line(tmp_path, monkeypatch, capsys, args, code, line):
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "a", 0)
    assert main(["compare", *args]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(line)
    assert captured.err.count("\n") == 1


def test_a_name_with_control_characters_or_markup_does_nothing(tmp_path, capsys):
    names = ["\x1b[31mred", "[bold]b[red]"]
    runs = [record(tmp_path / name, 0) for name in names]
    assert main(["compare", *runs]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "between \ufffd[31mred and [bold]b[red] in" in out
