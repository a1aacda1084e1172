"""Runs that differ in more than the device are not compared, and it is said why."""

import pytest

from holdfast.core.journal.events import (
    CloseClass,
    Header,
    Note,
    Outcome,
    Probe,
    Run,
    RunPhase,
    Sample,
    Stream,
    StreamWhat,
)
from holdfast.core.measure.comparability import TRUNCATED, caveats, obstacles, stream_state
from holdfast.core.measure.gaps import ASSUMED
from holdfast.core.measure.run import RunView

OPENED = (
    Stream(at_s=0, what=StreamWhat.OPENING, transport="ws", session=1),
    Stream(at_s=1, what=StreamWhat.OPENED, transport="ws", session=1),
)
REFUSED = (
    Stream(at_s=0, what=StreamWhat.OPENING, transport="ws", session=1),
    Stream(at_s=1, what=StreamWhat.REFUSED, transport="ws", session=1, close=CloseClass.STATUS),
)


def run(*events, ends_s=600.0, **header):
    return RunView(Header(**header), [*events, Run(at_s=ends_s, phase=RunPhase.ENDED)])


def health(uptime_s, at_s=10.0):
    return Sample(at_s=at_s, source="health", values={"uptime_s": uptime_s})


def why(before, after):
    return obstacles(before, after, ("a", "b"))


def test_equal_runs_are_comparable():
    one = run(*OPENED, health(5000), plan="b", profile="generic", tick_s=5.0, duration_s=600.0)
    assert why(one, one) == []


@pytest.mark.parametrize(
    ("one", "two", "reason"),
    [
        ({"plan": "a"}, {"plan": "general"}, "they followed different plans: a and general"),
        ({"plan": ""}, {"plan": "b"}, "they followed different plans: none and b"),
        (
            {"profile": "wled"},
            {"profile": "shelly"},
            "they used different profiles: wled and shelly",
        ),
        ({"tick_s": 5.0}, {"tick_s": 1.0}, "they had different ticks: 5 s and 1 s"),
        (
            {"duration_s": 600.0},
            {"duration_s": 180.0},
            "they had different planned lengths: 600 s and 180 s",
        ),
        ({"warmup_s": 90.0}, {"warmup_s": 0.0}, "they had different warm-ups: 90 s and 0 s"),
        (
            {"settings": {"stream.gap_limit_s": "3"}},
            {"settings": {"stream.gap_limit_s": "15"}},
            "they had different gap limits: 3 s and 15 s",
        ),
        (
            {"imported_from": "diag-logs"},
            {},
            "they were measured by different tools: diag-logs and holdfast itself",
        ),
    ],
)
def test_different_settings(one, two, reason):
    assert why(run(**one), run(**two)) == [reason]
    assert len(why(run(**two), run(**one))) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"tick_s": 5.0}, {"tick_s": 5.4}),
        ({"tick_s": 5.0}, {}),
        ({"profile": "wled"}, {}),
        ({"seed": 1}, {"seed": 2}),
        ({"target": "a:80"}, {"target": "b:80"}),
    ],
)
def test_differences_that_do_no_harm(one, two):
    assert why(run(**one), run(**two)) == []


def test_the_state_of_a_stream():
    assert stream_state(run()) == "none"
    assert stream_state(run(*REFUSED)) == "never opened"
    assert stream_state(run(*OPENED)) == "opened"
    assert stream_state(run(*OPENED, Note(at_s=0, about=ASSUMED, text=""))) == "unknown"


def test_a_stream_that_never_opened_in_one():
    assert why(run(*OPENED), run(*REFUSED)) == ["the stream never opened in b"]
    assert why(run(*REFUSED), run(*OPENED)) == ["the stream never opened in a"]
    assert why(run(*REFUSED), run(*REFUSED)) == []
    assert why(run(*OPENED), run()) == ["no stream was asked for in b"]
    note = Note(at_s=0, about=ASSUMED, text="")
    assert why(run(*OPENED), run(*OPENED, note)) == ["nothing is known of the stream in b"]


def test_a_device_that_had_just_booted_in_one():
    fresh, old = run(health(25)), run(health(5000))
    assert why(fresh, old) == ["the device had just booted in a only"]
    assert why(old, fresh) == ["the device had just booted in b only"]
    assert why(fresh, fresh) == []


@pytest.mark.parametrize(
    ("uptime_s", "is_fresh"), [(70.0, True), (70.1, False)]
)  # 60 s before the run
def test_the_boundary_of_having_just_booted(uptime_s, is_fresh):
    assert bool(why(run(health(uptime_s)), run(health(5000)))) == is_fresh


def test_a_reboot_in_the_middle_is_what_is_measured_and_no_obstacle():
    rebooted = run(health(5000), health(50, at_s=400.0))
    assert why(rebooted, run(health(5000))) == []
    late = run(health(50, at_s=400.0))
    assert why(late, run(health(5000))) == []


def test_an_unknown_boot_is_a_caveat():
    assert why(run(), run(health(25))) == []
    assert caveats(run(), run(health(25)), ("a", "b")) == ["a does not tell when its device booted"]
    assert caveats(run(health(9)), run(health(25)), ("a", "b")) == []


def test_a_run_cut_short():
    whole = run(duration_s=600.0)
    assert why(whole, run(duration_s=600.0, ends_s=539.0)) == ["b was cut short"]
    assert why(whole, run(duration_s=600.0, ends_s=541.0)) == []
    assert why(whole, run(Note(at_s=0, about=TRUNCATED, text=""), duration_s=600.0)) == [
        "b was cut short"
    ]
    for phase in (RunPhase.ABORTED, RunPhase.INTERRUPTED):
        assert why(run(Run(at_s=300, phase=phase)), run()) == ["a was cut short"]


def test_a_bench_whose_own_network_failed():
    def echoes(ok, failed):
        return [
            Probe(at_s=100.0 + i, method="icmp", target="control", total_s=1.0, outcome=o)
            for i, o in enumerate([Outcome.OK] * ok + [Outcome.NO_RESPONSE] * failed)
        ]

    good, bad = run(*echoes(95, 5)), run(*echoes(94, 6))
    assert why(good, bad) == ["the bench's own network failed in b"]
    assert why(good, run()) == []


def test_plans_a_and_b_are_meant_to_be_held_side_by_side():
    before, after = run(*OPENED, plan="a"), run(*OPENED, plan="b")
    assert why(before, after) == []
    notes = caveats(before, after, ("a", "b"))
    assert "plans a and b differ in their pings: only the stream is compared" in notes
