"""The real recordings, written again: the original's own cells and lines, byte for byte.

They may differ in one thing only: ``sse_bytes`` (and the summary's SSE line) counts the
stream's bytes, where the original also counted its tools' text (38, 50, 94 or 95 bytes).
"""

import os
from functools import cache
from pathlib import Path

import pytest

from holdfast.adapters.importers.diag_logs import import_folder
from holdfast.core.measure.run import RunView
from holdfast.core.report.aligned import aligned
from holdfast.core.report.network_tsv import DOCUMENTED_COLUMNS, OUR_COLUMNS, network_tsv
from holdfast.core.report.summary_text import summary_text

pytestmark = pytest.mark.corpus

WIDE = [
    "20250808-203408-192.0.2.201",
    "20250808-203840-192.0.2.201",
    "20250808-204601-192.0.2.201",
    "20250808-212858-192.0.2.201",
    "20250808-220628-192.0.2.201",
    "20250809-073815-192.0.2.201",
    "20250809-095558-192.0.2.201",
]
OLDER = [
    "20250808-183644-192.0.2.201",
    "20250808-184436-192.0.2.201",
    "20250808-202648-192.0.2.201",
]
TOOL_BYTES = {38, 50, 88, 94, 95}
BYTES = DOCUMENTED_COLUMNS.index("sse_bytes")


@cache
def folder() -> Path:
    root = os.environ.get("HOLDFAST_CORPUS")
    if not root or not (Path(root) / "s3-dashboard").is_dir():
        pytest.skip("no recordings: set HOLDFAST_CORPUS to their folder")
    return Path(root) / "s3-dashboard"


@cache
def run(name):
    journal = import_folder(folder() / name)
    return RunView(journal.header, journal.events)


@pytest.mark.parametrize("name", WIDE)
def test_the_documented_columns_come_out_as_they_went_in(name):
    original = [r.split("\t") for r in (folder() / name / "network.tsv").read_text().splitlines()]
    ours = [r.split("\t")[:19] for r in network_tsv(run(name)).splitlines()]
    assert original[0] == list(DOCUMENTED_COLUMNS) == ours[0]
    assert len(original) == len(ours)
    texts = 0
    for theirs, mine in zip(original[1:], ours[1:], strict=True):
        extra = int(theirs[BYTES]) - int(mine[BYTES])
        assert extra in {0, *TOOL_BYTES}
        texts += extra > 0
        theirs[BYTES] = mine[BYTES]
        assert mine == theirs
    assert texts == (2 if name == WIDE[-1] else 1)


@pytest.mark.parametrize("name", WIDE[1:])
def test_the_aligned_view_is_the_original_s(name):
    original = (folder() / name / "network_aligned.txt").read_text().splitlines()
    ours = aligned(run(name)).splitlines()
    assert original[:2] == ours[:2]
    differing = [a for a, b in zip(original, ours, strict=True) if a != b]
    assert len(differing) == (2 if name == WIDE[-1] else 1)
    assert [(len(a), a.count("|")) for a in original] == [(len(b), b.count("|")) for b in ours]


@pytest.mark.parametrize("name", WIDE[1:])
def test_the_summary_holds_the_original_s_lines(name):
    original = (folder() / name / "summary.txt").read_text().splitlines()
    ours = summary_text(run(name)).splitlines()
    missing = [line for line in original if line not in ours]
    assert missing[0] == f"Logs: diag-logs/{name}"
    assert all(line.startswith("SSE: ") for line in missing[1:])
    assert len(missing) == (1 if name == WIDE[1] else 2)


@pytest.mark.parametrize("name", WIDE + OLDER)
def test_our_own_table_comes_out_of_our_own_table(name, tmp_path):
    """Of our columns only the count of messages is not known to a table of ours."""
    text = network_tsv(run(name))
    copy = tmp_path / name
    copy.mkdir()
    (copy / "network.tsv").write_text(text)
    journal = import_folder(copy)
    again = network_tsv(RunView(journal.header, journal.events))
    assert journal.header.settings["shape"] == "own"
    for before, after in zip(text.splitlines(), again.splitlines(), strict=True):
        one = dict(zip(DOCUMENTED_COLUMNS + OUR_COLUMNS, before.split("\t"), strict=True))
        two = dict(zip(DOCUMENTED_COLUMNS + OUR_COLUMNS, after.split("\t"), strict=True))
        del one["stream_gap_s"], two["stream_gap_s"]
        assert one == two
