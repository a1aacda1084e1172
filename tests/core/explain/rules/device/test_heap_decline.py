"""Free heap that falls."""

import scipy.stats  # noqa: F401  # half a second to load, before the clock of a test runs
from tests.core.explain.runs import Bench

from holdfast.core.explain.finding import FindingKind, Severity
from holdfast.core.explain.rules.device.heap_decline import check


def heap(first, per_s, count=10, wobble=0.0):
    bench = Bench()
    for i in range(count):
        at_s = 30.0 * i
        noise = wobble * (-1) ** i
        bench.told(at_s, heap_free_bytes=first + per_s * at_s + noise, uptime_s=100.0 + at_s)
    return bench


def test_a_slow_steady_fall_is_an_observation():
    (found,) = check(heap(8_000_000.0, -130.0).view())
    assert (found.kind, found.severity) == (FindingKind.OBSERVATION, Severity.INFO)
    assert found.evidence[0].observed == -130.0
    assert found.evidence[0].text.startswith("free heap fell from 7812 to 7778 KiB in 4.5 min")


def test_one_that_runs_dry_within_the_hour_is_a_cause():
    (found,) = check(heap(200_000.0, -300.0).view())
    assert (found.kind, found.severity) == (FindingKind.CAUSE, Severity.ERROR)
    assert found.evidence[1].limit == 3600.0


def test_one_that_ends_in_want_is_a_cause():
    (found,) = check(heap(45_000.0, -21.0).view())
    assert found.kind is FindingKind.CAUSE


def test_noise_a_rise_and_few_samples_are_none():
    assert not check(heap(200_000.0, 0.0, wobble=3_000.0).view())
    assert not check(heap(200_000.0, 50.0).view())
    assert not check(heap(200_000.0, -300.0, count=4).view())
    assert not check(heap(8_000_000.0, -10.0).view()), "less than 0.1 % is nothing"


def test_a_restart_begins_anew():
    bench = Bench()
    for i in range(8):
        bench.told(30.0 * i, heap_free_bytes=200_000.0 - i, uptime_s=100.0 + 30.0 * i)
    for i in range(8):
        bench.told(300 + 30.0 * i, heap_free_bytes=90_000.0 - i, uptime_s=10.0 + 30.0 * i)
    assert not check(bench.view())
