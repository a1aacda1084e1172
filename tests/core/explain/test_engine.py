"""Rules, precedence and ranking together."""

from random import Random

import pytest
from tests.core.explain.runs import Bench, blocked, codes

from holdfast.core.explain.engine import MAX_APART, SEVERITY_WEIGHT, explain
from holdfast.core.explain.finding import FindingKind
from holdfast.core.journal.events import ClockStep, CloseClass, Outcome

DOWN = Outcome.CONNECT_TIMEOUT


def test_a_healthy_run_has_no_finding():
    bench = Bench().stream(0.05, 600, None).ticks(0, 600, control=True)
    rng = Random(1)
    for i in range(20):
        bench.told(30.0 * i, uptime_s=900 + 30.0 * i, rssi_dbm=-60.0 - rng.randrange(4))
    assert explain(bench.view()) == []


def test_an_empty_run_has_none():
    assert explain(Bench().view()) == []


def test_causes_come_first_by_severity_times_confidence():
    bench = blocked().ticks(300.5, 600)
    for i in range(12):
        at_s = 305.0 + 20.0 * i
        heap = 8_000_000.0 - 150 * at_s
        bench.told(at_s, uptime_s=at_s + 900, rssi_dbm=-71.0, heap_free_bytes=heap)
    found = explain(bench.view())
    assert codes(found) == [
        "server-blocked-by-stream",
        "stream-lifetime-cap",
        "rssi-frozen",
        "heap-decline",
    ]
    causes = [f for f in found if f.kind is FindingKind.CAUSE]
    weights = [SEVERITY_WEIGHT[f.severity] * f.confidence for f in causes]
    assert weights == sorted(weights, reverse=True)


def test_a_restart_explains_the_outage_and_the_stream_it_ended():
    bench = Bench().stream(0.05, 104, CloseClass.RESET, quiet=[(80, 104)])
    bench.ticks(0, 80).ticks(80, 120, DOWN, icmp=False).ticks(120, 250)
    bench.stream(121, 250, None)
    bench.uptimes(10, 80, -500.0).uptimes(125, 250, 84.0, reset_reason="Panic")
    (found,) = explain(bench.view())
    assert found.code == "device-reboot"
    assert [(c.code, round(c.at_s)) for c in found.consequences] == [
        ("wifi-dropout", 80),
        ("stream-closed", 104),
    ]
    assert "a device that restarts answers nothing" in found.consequences[0].text


def test_booting_explains_the_first_failures():
    bench = Bench().ticks(0, 30, DOWN, icmp=False).ticks(31, 200).uptimes(40, 200, -9.0)
    bench.refused(1, CloseClass.CONNECT_TIMEOUT, after_s=10.0)
    assert codes(explain(bench.view())) == ["device-booting"]


def test_a_drop_out_explains_the_stream_that_ends_in_it():
    bench = Bench().stream(0.05, 110, CloseClass.RESET, quiet=[(80, 110)])
    bench.ticks(0, 80).ticks(80, 105, DOWN, icmp=False).ticks(105, 250).stream(112, 250, None)
    (found,) = explain(bench.view())
    assert found.code == "wifi-dropout"
    assert [c.code for c in found.consequences] == ["stream-closed"]


def test_overlapping_findings_of_one_code_become_one():
    bench = Bench().ticks(0, 80).ticks(80, 95, DOWN, icmp=False).ticks(95, 300)
    for at_s in (52, 131, 171):
        bench.ask(at_s, DOWN).echo(at_s, False)
    found = explain(bench.view())
    assert codes(found) == ["wifi-dropout"]
    assert (found[0].from_s, found[0].to_s) == (52.0, 173.0)


def test_a_heap_that_runs_dry_explains_the_restart_and_all_that_follows():
    bench = Bench().stream(0.05, 200, CloseClass.RESET, quiet=[(190, 200)])
    bench.ticks(0, 190).ticks(190, 220, DOWN, icmp=False).ticks(220, 400)
    bench.stream(222, 400, None)
    for i in range(10):
        at_s = 20.0 * i
        bench.told(at_s, uptime_s=at_s + 900, heap_free_bytes=200_000.0 - 1_000 * at_s)
    bench.uptimes(230, 400, 192.0, heap_free_bytes=200_000.0, reset_reason="Panic")
    found = explain(bench.view())
    assert codes(found) == ["heap-decline"]
    assert [c.code for c in found[0].consequences] == ["device-reboot", "wifi-dropout"]


def test_restarts_again_and_again_are_neither_drop_outs_nor_stalls():
    bench = Bench().uptimes(10, 100, -500.0)
    for i in range(4):
        at_s = 100.0 * i
        bench.stream(at_s + 8, at_s + 105, CloseClass.RESET, quiet=[(at_s + 100, at_s + 105)])
        bench.ticks(at_s + 6, at_s + 100)
        bench.ask(at_s + 101, DOWN).uptimes(at_s + 110, at_s + 200, at_s + 102)
    assert set(codes(explain(bench.view()))) == {"device-reboot"}


def test_what_comes_again_and_again_is_told_once():
    bench = Bench()
    for i in range(MAX_APART + 1):
        at_s = 1000.0 * i
        bench.ticks(at_s, at_s + 60).ticks(at_s + 60, at_s + 80, DOWN, icmp=False)
        bench.ticks(at_s + 80, at_s + 200)
    (found,) = explain(bench.view())
    assert found.evidence[0].text.startswith("7 separate times between 60 and")


def test_on_loopback_icmp_has_no_say():
    bench = Bench("127.0.0.1:8080").stream(0.05, 200, None, quiet=[(80, 100)])
    bench.ticks(0, 80).ticks(80, 95, DOWN, icmp=True).ticks(95, 200)
    assert codes(explain(bench.view())) == ["wifi-dropout"]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_events_does_not_matter(seed):
    bench = blocked().ticks(300.5, 400).uptimes(310, 400, -9.0)
    before = explain(bench.view())
    run = bench.view()
    shuffled = list(run.events)
    Random(seed).shuffle(shuffled)
    assert explain(type(run)(run.header, shuffled)) == before


def test_it_is_usable_live():
    """As the run grows the finding appears and stays."""
    whole = blocked().ticks(300.5, 400).view()
    seen = []
    for until_s in range(10, 400, 10):
        run = type(whole)(whole.header, [e for e in whole.events if e.at_s <= until_s])
        seen.append("server-blocked-by-stream" in codes(explain(run)))
    assert seen.index(True) <= 3
    assert all(seen[seen.index(True) :])


def slept(step_s=None):
    """A bench that slept for a minute at 200 s; what it asked as it woke failed."""
    bench = Bench().ticks(0, 200).ticks(290, 600)
    for i in range(8):
        bench.echo(261.0 + 3 * i, ok=False).ask(261.1 + 3 * i, Outcome.CONNECT_TIMEOUT)
    if step_s is not None:
        bench.add(ClockStep(at_s=200.5, source="clock", what="suspend", by_s=step_s))
    return bench.view()


def test_what_happened_because_the_bench_slept_is_no_cause():
    assert codes(explain(slept())) == ["wifi-dropout"]
    assert codes(explain(slept(60.0))) == []


def test_a_short_nap_excuses_no_later_outage():
    run = Bench().ticks(0, 300).ticks(330, 600)
    for i in range(10):
        run.echo(300.0 + 3 * i, ok=False).ask(300.1 + 3 * i, Outcome.CONNECT_TIMEOUT)
    run.add(ClockStep(at_s=100.0, source="clock", what="suspend", by_s=60.0))
    assert codes(explain(run.view())) == ["wifi-dropout"]
