"""The figures of the recordings' own ``summary.txt``, reproduced to the last digit."""

import os
import re
from functools import cache
from pathlib import Path
from random import Random

import pytest

from holdfast.apps.load_run import load_run
from holdfast.core.measure.availability import availability
from holdfast.core.measure.comparison import Change, compare
from holdfast.core.measure.latency import latency, original_percentile
from holdfast.core.measure.summary import measures

pytestmark = pytest.mark.corpus

RUNS = [
    "20250808-204601-192.0.2.201", "20250808-212858-192.0.2.201", "20250808-220628-192.0.2.201",
    "20250809-073815-192.0.2.201", "20250809-095558-192.0.2.201",
]  # fmt: skip
"""The complete runs whose harness wrote a detailed summary."""
SHORT = "20250808-203840-192.0.2.201"
"""A complete run from before the detailed summary."""

COUNTS = r"ok=(?P<ok>\d+) fail=(?P<fail>\d+) ok%=(?P<share>[\d.]+)"
TIMES = r"avg=(?P<avg>[\d.]+) p50=(?P<p50>[\d.]+) p95=(?P<p95>[\d.]+)"


@cache
def folder():
    root = os.environ.get("HOLDFAST_CORPUS")
    if not root or not (Path(root) / "s3-dashboard").is_dir():
        pytest.skip("no recordings: set HOLDFAST_CORPUS to their folder")
    return Path(root) / "s3-dashboard"


@cache
def run(name):
    return load_run(folder() / name)


def line_of(name, start):
    text = (folder() / name / "summary.txt").read_text()
    return next(line for line in text.splitlines() if line.startswith(start))


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize(
    ("start", "target"), [("ICMP:", "icmp"), ("HTTP /ping:", "ping"), ("HTTP /health:", "health")]
)
def test_answered_and_their_share(name, start, target):
    stated = re.search(COUNTS, line_of(name, start))
    found = availability(run(name).probes(target))
    assert (found.ok, found.sent - found.ok) == (int(stated["ok"]), int(stated["fail"]))
    assert f"{100 * found.ratio:.1f}" == stated["share"]
    assert measures(run(name))[f"all.{target}.ok_ratio"] == found.ratio


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize(
    ("start", "target"), [("HTTP /ping:", "ping"), ("HTTP /health:", "health")]
)
@pytest.mark.parametrize(("word", "column"), [("connect_ms", "connect_s"), ("total_ms", "total_s")])
def test_average_and_percentiles_by_the_original_rule(name, start, target, word, column):
    stated = re.search(rf"{word}\[{TIMES}\]", line_of(name, start))
    table = run(name).probes(target)
    found = latency(getattr(table, column)[table.is_ok], original_percentile)
    shown = {
        "avg": f"{1000 * found.mean_s:.1f}",
        "p50": f"{1000 * found.p50_s:.1f}",
        "p95": f"{1000 * found.p95_s:.1f}",
    }
    assert shown == stated.groupdict()


def test_the_late_window_is_the_run_after_warm_up():
    name = "20250809-095558-192.0.2.201"
    found = measures(run(name))
    stated = re.search(
        r"ok%: (?P<share>[\d.]+) avg_connect_ms: [\d.]+ avg_total_ms: (?P<total>[\d.]+)",
        line_of(name, "HTTP /ping late"),
    )
    assert f"{100 * found['ping.ok_ratio']:.1f}" == stated["share"]
    assert f"{1000 * found['ping.mean_s']:.1f}" == stated["total"]
    share = line_of(name, "ICMP late").rpartition(" ")[2]
    assert f"{100 * found['icmp.ok_ratio']:.1f}" == share
    total = line_of(name, "HTTP /health late").rpartition(" ")[2]
    assert f"{1000 * found['health.mean_s']:.1f}" == total


@pytest.mark.parametrize("name", [SHORT, *RUNS])
def test_the_short_lines_of_every_complete_run(name):
    for start, target in (("/ping:", "ping"), ("/health:", "health")):
        ok, sent = re.search(r"(\d+)/(\d+) 200s", line_of(name, start)).groups()
        found = availability(run(name).probes(target))
        assert (found.ok, found.sent) == (int(ok), int(sent))


def test_the_runs_that_only_look_clean_are_no_winners():
    """Their stream never opened: the authors compared just these."""
    found = compare([(n, run(n)) for n in (RUNS[1], RUNS[4])], Random(0))
    assert found.change is Change.NOT_COMPARABLE
    assert found.pairs[0].obstacles == (f"the stream never opened in {RUNS[4]}",)


def test_two_runs_of_the_same_kind_show_no_certain_difference():
    found = compare([(n, run(n)) for n in (RUNS[1], RUNS[3])], Random(0))
    assert found.change is Change.NO_DIFFERENCE
    assert len(found.pairs[0].differences) == 6


def test_every_run_has_measures_without_complaint():
    for path in sorted(p for p in folder().iterdir() if p.is_dir()):
        assert measures(run(path.name))["all.ping.ok_ratio"] is not None
