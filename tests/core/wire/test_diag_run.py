"""Rows become events with the documented outcome classes and times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.journal.events import Outcome, Probe, Sample, Tick
from holdfast.core.wire.diag_logs import Cycle, ProbeCells, Table
from holdfast.core.wire.diag_run import (
    HEALTH_LIMIT_S,
    PING_LIMIT_S,
    outcome_of,
    probe_events,
    schedule,
)


def cells(total_s=0.03, code="200", connect_s=0.01, **more):
    return ProbeCells(code=code, connect_s=connect_s, total_s=total_s, **more)


def events(table, start_s=0):
    return probe_events(table, schedule(table, start_s), "h")


def probes(table, target, start_s=0):
    return [e for e in events(table, start_s) if isinstance(e, Probe) and e.target == target]


@pytest.mark.parametrize(
    ("code", "connect_s", "total_s", "limit_s", "outcome"),
    [
        ("200", 0.01, 0.05, 4.0, Outcome.OK),
        ("200", 0.01, 3.9999, 4.0, Outcome.OK),
        ("200", 0.01, 4.0, 4.0, Outcome.TOO_SLOW),
        ("200", 0.01, 4.0058, 4.0, Outcome.TOO_SLOW),
        ("200", 0.01, 4.5, 5.0, Outcome.OK),
        ("503", 0.01, 0.05, 4.0, Outcome.BAD_STATUS),
        ("000", None, 2.0066, 4.0, Outcome.CONNECT_TIMEOUT),
        ("000", None, 1.9, 4.0, Outcome.CONNECT_TIMEOUT),
        ("000", None, 1.8999, 4.0, Outcome.CONNECT_FAIL_FAST),
        ("000", None, 0.0018, 4.0, Outcome.CONNECT_FAIL_FAST),
        ("000", 0.01, 4.0062, 4.0, Outcome.NO_RESPONSE),
        ("000", 0.01, 3.94, 4.0, Outcome.NO_RESPONSE),
        ("000", 0.01, 3.9399, 4.0, Outcome.EARLY_CLOSE),
        ("000", 1.5363, 5.005, 5.0, Outcome.NO_RESPONSE),
        ("000", 0.008, 0.0185, 5.0, Outcome.EARLY_CLOSE),
    ],
)
def test_outcome_classes(code, connect_s, total_s, limit_s, outcome):
    assert outcome_of(code, connect_s, total_s, limit_s) is outcome


def test_a_tick_s_requests_follow_one_another():
    cycle = Cycle(
        clock_s=100, line=2, elapsed_s=14.0, icmp="ok", ping=cells(4.0), health=cells(5.0)
    )
    table = Table(shape="wide", cycles=[cycle, Cycle(clock_s=115, line=3)])
    tick, echo, ping, health, last = events(table, 86)
    assert tick == Tick(at_s=14.0, source="import", n=0, due_s=14.0)
    assert (echo.target, echo.at_s, echo.outcome, echo.first_byte_s) == (
        "icmp",
        14.0,
        Outcome.OK,
        None,
    )
    assert (ping.at_s, ping.limit_s, ping.status) == (14.0, PING_LIMIT_S, 200)
    assert (health.at_s, health.limit_s) == (18.0, HEALTH_LIMIT_S)
    assert (last.at_s, last.n) == (29.0, 1)


def test_a_health_never_leaves_its_tick():
    """Our own bench asks at the same time; its ticks may be shorter than a timeout."""
    cycle = Cycle(clock_s=0, line=2, ping=cells(4.0), health=cells(0.5), vitals={"uptime_s": 9.0})
    table = Table(shape="own", cycles=[cycle, Cycle(clock_s=1, line=3)])
    assert [p.at_s for p in probes(table, "health")] == [0.0]
    (sample,) = (e for e in events(table) if isinstance(e, Sample))
    assert (sample.at_s, sample.values) == (0.5, {"uptime_s": 9.0})


def test_times_of_completion_are_taken_back_by_the_request_s_length():
    cycle = Cycle(
        clock_s=49,
        line=2,
        icmp="fail",
        ping=cells(4.0, done_clock_s=55),
        health=cells(5.5, done_clock_s=60),
    )
    table = Table(shape="long", cycles=[cycle])
    assert probes(table, "ping")[0].at_s == 51.0
    assert probes(table, "health")[0].at_s == 55.0, "not before the ping was over"
    assert probes(table, "icmp")[0].outcome is Outcome.NO_RESPONSE


def test_endpoint_rows_begin_at_zero_at_the_earliest():
    table = Table(
        shape="endpoints",
        cycles=[
            Cycle(
                clock_s=2,
                line=2,
                ping=cells(2.006, done_clock_s=2),
                health=cells(0.5, done_clock_s=3),
            ),
            Cycle(clock_s=9, line=3, health=cells(0.5, done_clock_s=9)),
        ],
    )
    assert [e.at_s for e in events(table) if isinstance(e, Tick)] == [0.0, 8.5]
    assert [p.at_s for p in probes(table, "health")] == [2.5, 8.5]


def test_midnight_is_just_another_second():
    table = Table(shape="wide", cycles=[Cycle(clock_s=s, line=2) for s in (86_398, 3, 8)])
    assert [e.at_s for e in events(table, 86_398)] == [0.0, 5.0, 10.0]


def test_our_own_outcome_is_believed_and_a_newer_word_is_not():
    cycle = Cycle(clock_s=0, line=2, ping=cells(outcome="bad_body"), health=cells(outcome="teapot"))
    table = Table(shape="own", cycles=[cycle])
    assert probes(table, "ping")[0].outcome is Outcome.BAD_BODY
    assert probes(table, "health")[0].outcome is Outcome.OK


def test_round_trips_of_echoes_where_they_were_written():
    cycle = Cycle(clock_s=0, line=2, icmp="ok", icmp_rtt_s=0.0125, control="connect_fail_fast")
    table = Table(shape="own", cycles=[cycle])
    echo, control = probes(table, "icmp")[0], probes(table, "control")[0]
    assert (echo.first_byte_s, echo.total_s) == (0.0125, 0.0125)
    assert control.outcome is Outcome.CONNECT_FAIL_FAST


@given(
    st.sampled_from(["wide", "own", "long", "endpoints"]),
    st.lists(
        st.builds(
            lambda clock, done, total, has: Cycle(
                clock_s=clock,
                line=2,
                icmp="ok",
                ping=cells(total, done_clock_s=done) if has & 1 else None,
                health=cells(total) if has & 2 else None,
            ),
            st.integers(0, 86_399),
            st.none() | st.integers(0, 86_399),
            st.floats(0, 1e6),
            st.integers(0, 3),
        ),
        max_size=10,
    ),
)
def test_any_cycles_give_as_many_ticks_and_probes(shape, cycles):
    table = Table(shape=shape, cycles=cycles)
    got = events(table)
    assert sum(isinstance(e, Tick) for e in got) == len(cycles)
    assert sum(isinstance(e, Probe) for e in got) == sum(
        1 + (c.ping is not None) + (c.health is not None) for c in cycles
    )
