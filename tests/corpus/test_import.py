"""The real recordings come in with exactly the numbers that their labels state."""

import itertools
import json
import math
import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from holdfast.adapters.importers.diag_logs import import_folder, is_diag_logs
from holdfast.core.journal.events import Note, Outcome, Run, RunPhase, Sample, Stream, StreamWhat
from holdfast.core.measure.run import RunView

pytestmark = pytest.mark.corpus

RUNS = [
    "20250808-183644-192.0.2.201",
    "20250808-184436-192.0.2.201",
    "20250808-202648-192.0.2.201",
    "20250808-203408-192.0.2.201",
    "20250808-203840-192.0.2.201",
    "20250808-204601-192.0.2.201",
    "20250808-212858-192.0.2.201",
    "20250808-220628-192.0.2.201",
    "20250809-073815-192.0.2.201",
    "20250809-095558-192.0.2.201",
]
CLASSES = {
    "ok": Outcome.OK,
    "ok_code_but_hit_max_time": Outcome.TOO_SLOW,
    "connect_timeout": Outcome.CONNECT_TIMEOUT,
    "connect_fail_fast": Outcome.CONNECT_FAIL_FAST,
    "no_response": Outcome.NO_RESPONSE,
    "early_close": Outcome.EARLY_CLOSE,
}
DAY_S = 86_400


@cache
def folder() -> Path:
    root = Path(os.environ.get("HOLDFAST_CORPUS") or "")
    found = root / "s3-dashboard"
    if not os.environ.get("HOLDFAST_CORPUS") or not found.is_dir():
        pytest.skip("no recordings: set HOLDFAST_CORPUS to their folder")
    return found


@cache
def labels():
    return json.loads((folder() / "labels.json").read_text())["runs"]


@cache
def journal(name):
    return import_folder(folder() / name)


@cache
def run(name):
    return RunView(journal(name).header, journal(name).events)


def samples_at_ticks(name):
    """Each new health answer with the second of the day its tick began."""
    view = run(name)
    hours, minutes, seconds = name[9:11], name[11:13], name[13:15]
    start_s = 3600 * int(hours) + 60 * int(minutes) + int(seconds)
    found = []
    for sample in view.samples:
        if view.header.settings["shape"] == "long":
            # One row a probe: its own time of completion.
            at_s = sample.at_s
        else:
            at_s = max(tick.at_s for tick in view.ticks if tick.at_s <= sample.at_s)
        found.append((start_s + int(at_s), sample.values))
    return found


def percentile(values, p):
    return sorted(values)[math.floor((len(values) - 1) * p)] if values else None


def test_every_folder_of_the_corpus_is_known_here():
    assert sorted(labels()) == RUNS
    assert all(is_diag_logs(folder() / name) for name in RUNS)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("target", ["ping", "health"])
def test_requests_by_class(name, target):
    stats = labels()[name]["stats"]
    got = Counter(p.outcome for p in run(name).probe_events(target))
    assert {k: got[v] for k, v in CLASSES.items()} == stats[target]
    assert sum(got.values()) == stats[f"{target}_n"]


@pytest.mark.parametrize("name", RUNS)
def test_latencies_of_answered_requests(name):
    stats = labels()[name]["stats"]
    answered = [p for p in run(name).probe_events("ping") if p.status == 200]
    connects = [round(p.connect_s * 1000, 6) for p in answered]
    totals = [round(p.total_s * 1000, 6) for p in answered]
    assert [percentile(connects, p) for p in (0.5, 0.95)] == pytest.approx(stats["ping_ok_connect"])
    assert [percentile(totals, p) for p in (0.5, 0.95, 1.0)] == pytest.approx(
        stats["ping_ok_total"]
    )
    totals = [
        round(p.total_s * 1000, 6) for p in run(name).probe_events("health") if p.status == 200
    ]
    assert [percentile(totals, p) for p in (0.5, 0.95, 1.0)] == pytest.approx(stats["hl_ok_total"])


@pytest.mark.parametrize("name", RUNS)
def test_echoes(name):
    stats = labels()[name]["stats"]
    echoes = run(name).probe_events("icmp")
    ok = sum(e.outcome is Outcome.OK for e in echoes)
    assert ([ok, len(echoes) - ok] if echoes else None) == stats["icmp"]
    assert all(e.first_byte_s is None for e in echoes)


@pytest.mark.parametrize("name", RUNS)
def test_what_the_device_told(name):
    stats = labels()[name]["stats"]
    rows = samples_at_ticks(name)
    uptimes = [int(v["uptime_s"]) for _, v in rows if "uptime_s" in v]
    if stats["uptime"] is None:
        assert uptimes == []
        return
    assert [uptimes[0], uptimes[-1]] == stats["uptime"]
    assert (uptimes == sorted(uptimes)) is stats["uptime_monotonic"]
    boots = [clock_s - int(v["uptime_s"]) for clock_s, v in rows]
    assert [min(boots), max(boots)] == stats["boot"][:2]
    heaps = [int(v["heap_free_bytes"]) // 1024 for _, v in rows]
    assert [heaps[0], heaps[-1]] == stats["heap"]
    strengths = {str(int(v["rssi_dbm"])) for _, v in rows if "rssi_dbm" in v}
    assert sorted(strengths) == (stats["rssi"] if stats["rssi"] != ["-"] else [])
    assert len(rows) == stats["health"]["ok"]


@pytest.mark.parametrize("name", RUNS)
def test_ticks(name):
    stats = labels()[name]["stats"]
    if stats["tick"] is None:
        return
    due = [tick.due_s for tick in run(name).ticks]
    assert due[-1] == stats["dur"]
    steps = sorted(b - a for a, b in itertools.pairwise(due))
    lowest, median, high, highest = stats["tick"]
    assert (steps[0], steps[-1]) == (lowest, highest)
    assert steps[len(steps) // 2] == pytest.approx(median, abs=1)
    assert lowest <= high <= highest


def streams(name, *what):
    return [e for e in journal(name).events if isinstance(e, Stream) and e.what in what]


@pytest.mark.parametrize(
    ("name", "opened", "ended", "close"),
    [
        (RUNS[2], 1.0, 323.0, "reset"),
        (RUNS[3], 0.0, None, None),
        (RUNS[4], None, 0.0, "reset"),
        (RUNS[5], 0.0, 302.0, None),
        (RUNS[6], 40.0, 339.0, None),
        (RUNS[7], 67.0, 368.0, None),
        (RUNS[8], 37.0, 336.0, None),
        (RUNS[9], None, 19.0, "connect_timeout"),
    ],
)
def test_the_stream_opens_and_ends_where_the_byte_counts_say(name, opened, ended, close):
    (session,) = run(name).sessions
    assert (session.opened_s, session.ended_s, session.close) == (opened, ended, close)
    assert session.is_refused is (opened is None)


@pytest.mark.parametrize("name", RUNS)
def test_the_streams_bytes_are_the_labels_less_the_harness_s_own_text(name):
    stats = labels()[name]["stats"]
    active = streams(name, StreamWhat.ACTIVITY)
    if stats["sse"] is None:
        assert active == []
        return
    assert len(active) == stats["sse"]["ticks"]
    if "bytes" in stats["sse"]:
        banner = 0 if stats["sse_small"] else 38
        assert sum(e.size_bytes for e in active) == stats["sse"]["bytes"] - banner
        at_ends = [tick.due_s for tick in run(name).ticks]
        assert stats["sse"]["last_el"] in at_ends
    for before, after in itertools.pairwise(active):
        assert before.at_s + before.for_s <= after.at_s


def test_the_stall_of_one_tick_is_a_gap():
    (gap,) = streams(RUNS[5], StreamWhat.GAP)
    assert (gap.at_s, gap.for_s) == (263.0, 7.0)


def test_runs_without_a_stream_column_assume_it():
    for name in RUNS[:2]:
        assert [e.what for e in streams(name, *StreamWhat)] == [StreamWhat.OPENING]
        assert "stream-assumed" in {e.about for e in journal(name).events if isinstance(e, Note)}


@pytest.mark.parametrize("name", RUNS)
def test_truncated_runs_say_so_and_complete_ones_end(name):
    notes = {e.about for e in journal(name).events if isinstance(e, Note)}
    phases = [e.phase for e in journal(name).events if isinstance(e, Run)]
    is_complete = labels()[name]["complete"]
    assert ("run-truncated" in notes) is not is_complete
    assert (RunPhase.ENDED in phases) is is_complete
    assert ("earlier-state" in notes) is (name in RUNS[1:4])
    assert "unreadable-row" not in notes


@pytest.mark.parametrize("name", RUNS)
def test_headers_are_dated_without_inventing_a_zone(name):
    header = journal(name).header
    assert header.wall_at.endswith("-00:00")
    stamp = header.wall_at[:19].replace("-", "").replace(":", "").replace("T", "-")
    assert stamp == name[:15]
    assert (header.target, header.imported_from) == ("192.0.2.201", "diag-logs")
    view = run(name)
    assert all(e.at_s >= 0 for e in view.events)


def test_the_last_health_body_is_kept_with_the_last_answer():
    samples = [e for e in journal(RUNS[9]).events if isinstance(e, Sample)]
    assert samples[-1].values["wifi_last_reason"] == 0
    assert samples[-1].values["version"] == "v6.25"
    assert samples[-1].raw.startswith('{"free_heap":8221160,')
    assert all(s.raw == "" for s in samples[:-1])
