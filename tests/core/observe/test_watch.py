"""A diagnosis is explained while it runs, and ended where a criterion says so."""

from random import Random

from holdfast.adapters.profiles import load_profile
from holdfast.core.device.catalogue import make_twin, parse_fault
from holdfast.core.journal.events import Header, Run, RunPhase
from holdfast.core.judge.criteria import parse_criterion
from holdfast.core.observe.diagnosis import Diagnosis
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.core.observe.watch import Watch
from holdfast.testing.world import PathModel, World


def watched(*, until_s=200.0, faults=(), criteria=(), dialect="plan"):
    plan = DiagnosisSettings(
        host="device.test",
        port=80,
        profile=load_profile("esp32-s3-dashboard"),
        duration_s=until_s,
        warmup_s=20.0,
    )
    header = Header(target="device.test", tick_s=5.0, duration_s=until_s, warmup_s=20.0)
    watch = Watch(Diagnosis(plan, Random(1)), header, [parse_criterion(c) for c in criteria])
    world = World(1)
    twin = make_twin(
        "dashboard",
        dialect=dialect,
        settings={},
        faults=[parse_fault(name, at_s) for name, at_s in faults],
        rng=Random(1),
    )
    world.add_device("device.test", twin, path=PathModel())
    world.add_bench(watch)
    return watch, world


def phases(watch):
    return [e.phase for e in watch.events if isinstance(e, Run)]


def test_a_cause_is_known_before_the_run_ends():
    watch, world = watched(dialect="firmware")
    world.run(60.0)
    assert [f.code for f in watch.findings] == ["server-blocked-by-stream"]
    assert RunPhase.ENDED not in phases(watch)


def test_a_healthy_link_yields_nothing_while_it_is_looked_at():
    watch, world = watched()
    world.run(230.0)
    assert watch.looks > 10
    assert watch.findings == []


def test_a_missed_criterion_that_aborts_ends_the_run_and_says_why():
    watch, world = watched(faults=[("slow-handler", 30.0)], criteria=["ping.p95_s < 200ms abort"])
    world.run(230.0)
    assert phases(watch)[-2:] == [RunPhase.ABORTED, RunPhase.ENDED]
    aborted = next(e for e in watch.events if isinstance(e, Run) and e.phase is RunPhase.ABORTED)
    assert aborted.text.startswith("criterion missed: ping.p95_s (")
    assert aborted.at_s < 120.0


def test_a_criterion_without_abort_ends_nothing():
    watch, world = watched(faults=[("slow-handler", 30.0)], criteria=["ping.p95_s < 200ms"])
    world.run(230.0)
    assert RunPhase.ABORTED not in phases(watch)
    assert phases(watch)[-1] is RunPhase.ENDED


def test_an_interrupted_run_ends_in_good_order():
    watch, world = watched()
    world.run(42.0)
    actions = watch.interrupt(42.0)
    assert RunPhase.INTERRUPTED in phases(watch)
    assert actions


def test_it_looks_less_often_as_the_journal_grows():
    short, short_world = watched(until_s=300.0)
    short_world.run(330.0)
    long, long_world = watched(until_s=3_000.0)
    long_world.run(3_030.0)
    assert long.looks < 4 * short.looks
