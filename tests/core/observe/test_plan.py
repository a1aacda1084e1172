import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.observe.plan import BACK_OFF_AFTER, Plan, Round
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.core.profile import Endpoint, Limits, Profile

PROFILE = Profile(
    name="x",
    title="x",
    ping=Endpoint(path="/ping"),
    health=Endpoint(path="/health"),
    metrics=Endpoint(path="/metrics"),
    limits=Limits(min_heap_free_bytes=80_000),
)


def plan(profile=PROFILE, **fields):
    wanted = {"host": "dev", "port": 80, "profile": profile, "control": "gw", "jitter_s": 0.0}
    return Plan(DiagnosisSettings(**wanted | fields), Random(1))


def play(schedule, takes_s=0.0):
    """Take every round on time; each one takes ``takes_s``."""
    rounds, free_s = [], 0.0
    while (due := schedule.deadline()) < math.inf:
        now = max(due, free_s)
        due_round = schedule.take(now)
        assert due_round is not None
        rounds.append(due_round)
        free_s = max(now, due_round.start_s) + takes_s
        assert schedule.deadline() > now - takes_s
    return rounds


def times(rounds, target):
    return [r.due_s for r in rounds if target in r.targets]


def test_general_asks_for_everything_at_its_interval():
    rounds = play(plan(duration_s=61.0))
    assert [r.tick for r in rounds] == list(range(13))
    assert [r.due_s for r in rounds] == [5.0 * n for n in range(13)]
    assert rounds[0].targets == ("icmp", "control", "ping", "health")
    assert rounds[1].targets == ("icmp", "control", "ping")
    assert times(rounds, "health") == [0.0, 30.0, 60.0]
    assert times(rounds, "metrics") == []


def test_a_run_of_its_tick_s_multiple_has_no_tick_at_its_end():
    assert [r.tick for r in play(plan(duration_s=20.0))] == [0, 1, 2, 3]


def test_plan_a_asks_for_nothing_and_still_ticks():
    rounds = play(plan(plan="a", duration_s=20.0))
    assert [(r.tick, r.targets) for r in rounds] == [(0, ()), (1, ()), (2, ()), (3, ())]


@pytest.mark.parametrize("ping_every_s", [None, 10.0])
def test_plan_b_pings_every_ten_seconds_and_never_asks_for_health(ping_every_s):
    rounds = play(plan(plan="b", duration_s=600.0, ping_every_s=ping_every_s))
    assert len(rounds) == 120
    assert times(rounds, "ping") == [10.0 * n for n in range(60)]
    assert {t for r in rounds for t in r.targets} == {"ping"}


def test_metrics_stand_in_where_there_is_no_health():
    only = Profile(name="x", title="x", ping=PROFILE.ping, metrics=PROFILE.metrics)
    rounds = play(plan(only, duration_s=31.0))
    assert times(rounds, "metrics") == [0.0, 30.0]


def test_icmp_and_the_control_target_can_be_left_out():
    assert plan(icmp=False).take(0.0).targets == ("ping", "health")
    assert plan(control="").take(0.0).targets == ("icmp", "ping", "health")


def test_pings_between_ticks_are_rounds_of_their_own():
    rounds = play(plan(plan="b", duration_s=15.0, ping_every_s=4.0))
    assert [(r.due_s, r.tick, r.targets) for r in rounds] == [
        (0.0, 0, ("ping",)),
        (4.0, None, ("ping",)),
        (5.0, 1, ()),
        (8.0, None, ("ping",)),
        (10.0, 2, ()),
        (12.0, None, ("ping",)),
    ]


def test_jitter_delays_the_probes_but_not_the_grid():
    schedule = Plan(DiagnosisSettings(host="d", port=80, profile=PROFILE, jitter_s=0.25), Random(2))
    rounds = play(schedule)
    delays = [r.start_s - r.due_s for r in rounds]
    assert [r.due_s for r in rounds] == [5.0 * n for n in range(120)]
    assert 0.0 <= min(delays) < 0.02
    assert 0.23 < max(delays) <= 0.25


def test_jitter_stays_within_a_quarter_of_a_tick():
    rounds = play(plan(tick_s=0.2, jitter_s=10.0, duration_s=20.0))
    assert max(r.start_s - r.due_s for r in rounds) <= 0.05 + 1e-9


def test_a_late_tick_is_done_late_and_moves_none_that_follows():
    schedule = plan(duration_s=60.0)
    schedule.take(0.0)
    late = schedule.take(7.5)
    assert (late.tick, late.due_s, late.start_s, list(late.skipped)) == (1, 5.0, 7.5, [])
    assert schedule.deadline() == 10.0


def test_of_several_late_ticks_the_last_is_done_and_the_others_are_named():
    schedule = plan(duration_s=60.0)
    schedule.take(0.0)
    late = schedule.take(17.0)
    assert (late.tick, late.due_s, list(late.skipped)) == (3, 15.0, [1, 2])
    assert late.targets == ("icmp", "control", "ping")
    assert schedule.deadline() == 20.0


def test_rounds_that_take_longer_than_a_tick_stay_on_the_grid():
    """9 s each: every second tick is done late by turns, none twice."""
    rounds = play(plan(duration_s=60.0, icmp=False), takes_s=9.0)
    ticks = [n for r in rounds for n in (*r.skipped, r.tick)]
    assert ticks == list(range(12))
    assert all(r.due_s == 5.0 * r.tick for r in rounds)
    assert all(r.start_s >= r.due_s for r in rounds)


def test_taken_early_there_is_no_round():
    schedule = plan()
    schedule.take(0.0)
    assert schedule.take(4.999) is None


def test_the_profile_s_safe_interval_is_kept_and_said():
    slow = Profile(
        name="x", title="x", ping=PROFILE.ping, limits=Limits(min_request_interval_s=5.0)
    )
    schedule = plan(slow, tick_s=1.0, duration_s=12.0)
    assert schedule.notes == [
        ("request-interval", "ping every 5 s, not 1 s: the profile's safe limit")
    ]
    rounds = play(schedule)
    assert times(rounds, "ping") == [0.0, 5.0, 10.0]
    assert times(rounds, "icmp") == [float(n) for n in range(12)]
    assert plan(slow, tick_s=5.0).notes == []


def test_a_device_that_keeps_failing_is_asked_half_as_often():
    schedule = plan(duration_s=600.0)
    for _ in range(BACK_OFF_AFTER - 1):
        schedule.note_request(is_ok=False)
    assert not schedule.is_backing_off
    schedule.note_request(is_ok=False)
    assert schedule.is_backing_off
    assert schedule.why_backing_off() == "12 requests failed in a row"
    rounds = play(schedule)
    assert times(rounds, "ping") == [10.0 * n for n in range(60)]
    assert times(rounds, "health") == [60.0 * n for n in range(10)]
    assert len(times(rounds, "icmp")) == 120
    schedule.note_request(is_ok=True)
    assert not schedule.is_backing_off


def test_a_device_short_of_heap_is_asked_half_as_often():
    schedule = plan()
    schedule.note_heap(80_000)
    assert not schedule.is_backing_off
    schedule.note_heap(79_999)
    assert schedule.is_backing_off
    assert schedule.why_backing_off() == "free heap below the profile's 80000 bytes"
    schedule.note_heap(90_000)
    assert not schedule.is_backing_off


def test_without_a_heap_limit_none_is_short():
    schedule = plan(Profile(name="x", title="x", ping=PROFILE.ping))
    schedule.note_heap(1)
    assert not schedule.is_backing_off


@given(
    st.sampled_from([0.05, 0.1, 0.3, 1.0, 5.0, 7.7]),
    st.sampled_from([0.5, 3.3, 10.0]),
    st.lists(st.floats(0.0, 20.0), min_size=1, max_size=40),
    st.sampled_from(["general", "a", "b"]),
)
def test_no_tick_is_lost_or_doubled_whatever_the_delays(tick_s, ping_s, delays, kind):
    schedule = plan(plan=kind, tick_s=tick_s, ping_every_s=ping_s, duration_s=20.0)
    ticks, now = [], 0.0
    for delay in delays:
        due = schedule.deadline()
        if math.isinf(due):
            break
        now = max(now, due) + delay
        done: Round = schedule.take(now)
        ticks += [*done.skipped, *([] if done.tick is None else [done.tick])]
        assert done.due_s <= now <= done.start_s
        assert schedule.deadline() > now - tick_s
    assert ticks == list(range(len(ticks)))
