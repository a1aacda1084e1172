"""The real recordings: every labelled cause is found, nothing benign is blamed.

Not a threshold is fitted to them: the same must hold with rows lost, times shifted, ICMP
missing and runs cut short, as further recordings of the kind will differ in just that.
"""

import json
import os
from functools import cache
from pathlib import Path
from random import Random

import msgspec
import pytest

from holdfast.adapters.importers.diag_logs import import_folder
from holdfast.core.explain.engine import explain
from holdfast.core.explain.finding import FindingKind
from holdfast.core.journal.events import Probe, Sample
from holdfast.core.measure.run import RunView
from holdfast.testing.score import score_probe_runs, score_run

pytestmark = pytest.mark.corpus

SEEDS = range(3)


@pytest.fixture(scope="module")
def folder():
    root = os.environ.get("HOLDFAST_CORPUS")
    found = Path(root or "") / "s3-dashboard"
    if not root or not found.is_dir():
        pytest.skip("no recordings: set HOLDFAST_CORPUS to their folder")
    return found


@cache
def recordings(folder):
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))["runs"]
    return [
        (name, import_folder(folder / name), labels[name]["intervals"]) for name in sorted(labels)
    ]


def scores(folder, change, seed=0):
    """Score every recording after ``change(events, rng)``."""
    for place, (name, journal, labels) in enumerate(recordings(folder)):
        events = change(list(journal.events), Random(1000 * seed + place))
        yield score_run(name, RunView(journal.header, events), labels)


def assert_right(found):
    for score in found:
        assert score.missed == [], score.run
        assert score.false == [], score.run


def test_everything_is_found_and_nothing_else(folder):
    score = score_probe_runs(folder)
    assert score.is_perfect, [(r.run, r.missed, r.false) for r in score.runs]
    assert score.recall == {
        "server_blocked_by_stream": (8, 8),
        "server_blocked_by_previous_stream": (1, 1),
        "wifi_dropout": (1, 1),
        "reachability_intermittent": (5, 5),
    }


def test_the_primary_cause_is_sure_where_the_stream_was_recorded(folder):
    for name, journal, labels in recordings(folder):
        marked = {item["label"] for item in labels}
        known = not any(getattr(e, "about", "") == "stream-assumed" for e in journal.events)
        if "server_blocked_by_stream" in marked and known:
            found = explain(RunView(journal.header, journal.events))
            assert found[0].code == "server-blocked-by-stream", name
            assert found[0].confidence >= 0.9, name


def test_what_may_be_found_is_found_where_it_can_be_known(folder):
    for name, journal, labels in recordings(folder):
        marked = {item["label"] for item in labels}
        codes = {f.code for f in explain(RunView(journal.header, journal.events))}
        assert ("boot_warmup" in marked) == ("device-booting" in codes), name
        assert ("recovered_at_stream_cap" in marked) == ("stream-lifetime-cap" in codes), name
        assert ("device_offline_probable_reflash" in marked) == ("device-reboot" in codes), name


def test_every_finding_has_evidence_and_a_remedy(folder):
    for _, journal, _ in recordings(folder):
        for finding in explain(RunView(journal.header, journal.events)):
            assert finding.evidence
            assert finding.remedy.endswith(".")
            if finding.kind is FindingKind.CAUSE:
                assert finding.confidence >= 0.4


@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_tenth_of_the_rows_lost(folder, seed):
    def lose(events, rng):
        return [e for e in events if not isinstance(e, Probe | Sample) or rng.random() > 0.1]

    assert_right(scores(folder, lose, seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_with_times_shifted_by_up_to_two_seconds(folder, seed):
    def shift(events, rng):
        return [
            msgspec.structs.replace(e, at_s=max(0.0, e.at_s + rng.uniform(-2.0, 2.0)))
            if isinstance(e, Probe)
            else e
            for e in events
        ]

    assert_right(scores(folder, shift, seed))


def test_without_icmp(folder):
    def silent(events, rng):
        return [e for e in events if getattr(e, "method", "") != "icmp"]

    assert_right(scores(folder, silent))


def test_without_health(folder):
    def blind(events, rng):
        return [e for e in events if getattr(e, "target", "") != "health" and type(e) is not Sample]

    assert_right(scores(folder, blind))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_cut_short_blames_nothing_in_clean_time(folder, seed):
    for place, (name, journal, labels) in enumerate(recordings(folder)):
        whole = RunView(journal.header, journal.events)
        until_s = Random(1000 * seed + place).uniform(60.0, whole.end_s)
        events = [e for e in journal.events if e.at_s <= until_s]
        score = score_run(name, RunView(journal.header, events), labels)
        assert not [c for c in score.claims if c.is_in_clean], (name, until_s)
