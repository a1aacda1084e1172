"""Silences longer than the limit are gaps, whichever sessions data came in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.journal.events import (
    ClockStep,
    CloseClass,
    Header,
    Note,
    Run,
    RunPhase,
    Stream,
    StreamWhat,
    Tick,
)
from holdfast.core.measure.gaps import (
    ASSUMED,
    continuity,
    data_instants_s,
    gap_limit_s,
    stream_settings,
    suspended_s,
)
from holdfast.core.measure.run import RunView


def stream(what, at_s, session=1, **more):
    return Stream(what=what, at_s=at_s, transport="ws", session=session, **more)


def messages(*at_s, session=1):
    return [stream(StreamWhat.MESSAGE, t, session) for t in at_s]


def opened(at_s=0.0, session=1):
    return [stream(StreamWhat.OPENING, at_s, session), stream(StreamWhat.OPENED, at_s, session)]


def ended(at_s):
    return Run(at_s=at_s, phase=RunPhase.ENDED)


def view(*events, **header):
    return RunView(Header(**header), events)


def gaps(found):
    return list(zip(found.at_s.tolist(), found.for_s.tolist(), strict=True))


def test_a_silence_of_exactly_the_limit_is_no_gap():
    run = view(*opened(), *messages(0, 3, 6, 9), ended(10))
    found = continuity(run, 0, 10)
    assert gaps(found) == []
    assert found.ratio == 1.0
    assert found.gap_max_s == 0.0
    assert found.silence_max_s == 3.0


def test_a_silence_just_over_the_limit_is_a_gap_at_its_full_length():
    run = view(*opened(), *messages(0, 3.000001, 6, 9), ended(10))
    found = continuity(run, 0, 10)
    assert gaps(found) == [(0.0, 3.000001)]
    assert found.ratio == pytest.approx(1 - 0.3000001)


def test_the_rounding_of_floats_makes_no_gap():
    """0.1 + 0.2 style sums: 3.3 - 0.3 is 2.9999999999999996, 4.4 - 1.4 is 3.0000000000000004."""
    assert 4.4 - 1.4 > 3.0
    run = view(*opened(), *messages(0, 1.4, 4.4, 6), ended(7))
    assert gaps(continuity(run, 0, 7)) == []


def test_the_time_between_sessions_counts_from_message_to_message():
    run = view(
        *opened(),
        *messages(1, 2),
        stream(StreamWhat.CLOSED, 2.5, close=CloseClass.RESET),
        *opened(5.0, 2),
        *messages(6.5, 8, session=2),
        ended(9),
    )
    assert gaps(continuity(run, 0, 9)) == [(2.0, 4.5)]


def test_a_stream_that_never_opened_is_one_gap_from_its_first_attempt():
    run = view(
        stream(StreamWhat.OPENING, 2.0),
        stream(StreamWhat.REFUSED, 2.1, close=CloseClass.STATUS, status=503),
        ended(12),
    )
    found = continuity(run, 0, 20)
    assert gaps(found) == [(2.0, 10.0)]
    assert found.ratio == 0.0
    assert (found.from_s, found.to_s, found.window_s) == (2.0, 12.0, 10.0)


def test_the_stream_is_due_until_the_bench_closes_it_for_good():
    by_us = stream(StreamWhat.CLOSED, 4.0, close=CloseClass.BY_US)
    run = view(*opened(), *messages(1, 2, 3), by_us, ended(60))
    assert gaps(continuity(run, 0, 60)) == []
    lost = stream(StreamWhat.CLOSED, 4.0, close=CloseClass.BY_PEER)
    run = view(*opened(), *messages(1, 2, 3), lost, ended(60))
    assert gaps(continuity(run, 0, 60)) == [(3.0, 57.0)]


def test_no_stream_no_evidence():
    assert continuity(view(ended(10)), 0, 10) is None
    assert continuity(view(*opened(5.0), ended(10)), 0, 5) is None


def test_an_assumed_stream_is_no_evidence():
    note = Note(at_s=0, about=ASSUMED, text="the recording has no stream column")
    assert continuity(view(*opened(), note, ended(10)), 0, 10) is None
    other = Note(at_s=0, about="something-else", text="")
    assert continuity(view(*opened(), other, ended(10)), 0, 10) is not None


def test_a_window_measures_silence_as_if_nothing_were_known_outside():
    run = view(*opened(), *messages(0, 88, 92.5, 94), ended(95))
    assert gaps(continuity(run, 90, 95)) == []
    assert continuity(run, 90, 95).silence_max_s == 2.5
    assert gaps(continuity(run, 89, 95)) == [(89.0, 3.5)]


def test_activity_covers_its_interval_and_only_intervals_with_bytes():
    def active(at_s, for_s, size):
        return stream(StreamWhat.ACTIVITY, at_s, for_s=for_s, size_bytes=size)

    run = view(
        *opened(), active(0, 14, 1586), active(14, 9, 501), active(23, 7, 0), active(30, 5, 9),
        ended(35),
    )  # fmt: skip
    assert gaps(continuity(run, 0, 35)) == [(23.0, 7.0)]


def test_a_suspend_of_the_bench_is_no_gap():
    sleep = ClockStep(at_s=3.0, what="suspend", by_s=60.0)
    run = view(*opened(), *messages(1, 2, 3, 64, 65), sleep, ended(66))
    found = continuity(run, 0, 66)
    assert gaps(found) == []
    assert found.window_s == 6.0
    assert suspended_s(run).tolist() == [[3.0, 63.0]]


def test_what_remains_of_a_silence_beyond_the_suspend_is_a_gap():
    sleep = ClockStep(at_s=3.0, what="suspend", by_s=60.0)
    run = view(*opened(), *messages(1, 2, 3, 66.5, 68), sleep, ended(69))
    assert gaps(continuity(run, 0, 69)) == [(3.0, 3.5)]
    run = view(*opened(), *messages(1, 2, 3, 66.0, 68), sleep, ended(69))
    assert gaps(continuity(run, 0, 69)) == []


def test_a_suspend_ends_with_the_next_thing_recorded():
    sleep = ClockStep(at_s=3.0, what="suspend", by_s=60.0)
    run = view(*opened(), *messages(1, 2, 3), sleep, Tick(at_s=4.0, n=1, due_s=4.0), ended(20))
    assert suspended_s(run).tolist() == [[3.0, 4.0]]
    assert gaps(continuity(run, 0, 20)) == [(3.0, 16.0)]


def test_a_jump_of_the_wall_clock_excuses_nothing():
    jump = ClockStep(at_s=3.0, what="wall_jump", by_s=60.0)
    run = view(*opened(), *messages(1, 2, 3, 64), jump, ended(66))
    assert gaps(continuity(run, 0, 66)) == [(3.0, 61.0)]
    assert suspended_s(run).shape == (0, 2)


def test_overlapping_suspends_count_once():
    steps = [ClockStep(at_s=t, what="suspend", by_s=10.0) for t in (3.0, 3.0)]
    run = view(*opened(), *messages(1, 2, 3, 14), *steps, ended(15))
    assert suspended_s(run).tolist() == [[3.0, 13.0]]
    assert continuity(run, 0, 15).window_s == 5.0


def test_a_stream_on_change_is_live_while_open_but_for_recorded_gaps():
    events = [
        *opened(),
        *messages(1, session=1),
        stream(StreamWhat.GAP, 20.0, for_s=10.0),
        stream(StreamWhat.CLOSED, 50.0, close=CloseClass.RESET),
        *opened(54.0, 2),
        ended(100),
    ]
    run = view(*events, settings=stream_settings(None, 3.0))
    assert gaps(continuity(run, 0, 100)) == [(20.0, 10.0), (50.0, 4.0)]
    assert len(gaps(continuity(view(*events), 0, 100))) == 1


@pytest.mark.parametrize(
    ("text", "limit_s"),
    [("1.5", 1.5), ("", 3.0), ("nan", 3.0), ("inf", 3.0), ("-1", 3.0), ("0", 3.0), ("x", 3.0)],
)
def test_the_limit_comes_from_the_header_where_it_makes_sense(text, limit_s):
    assert gap_limit_s(view(settings={"stream.gap_limit_s": text})) == limit_s


def test_the_limit_is_three_seconds_where_nothing_says_otherwise():
    assert gap_limit_s(view()) == 3.0
    run = view(*opened(), *messages(0, 2), ended(2), settings={"stream.gap_limit_s": "1"})
    assert gaps(continuity(run, 0, 2)) == [(0.0, 2.0)]
    assert gaps(continuity(run, 0, 2, limit_s=2.0)) == []


def test_settings_written_are_settings_read():
    assert stream_settings(1.0, 3.0) == {"stream.interval_s": "1.0", "stream.gap_limit_s": "3.0"}
    assert stream_settings(None, 15.0)["stream.interval_s"] == "none"
    assert gap_limit_s(view(settings=stream_settings(10.0, 15.5))) == 15.5


def test_instants_of_all_sessions_come_in_order():
    run = view(*messages(5, 1), *messages(3, session=2))
    assert data_instants_s(run).tolist() == [1.0, 3.0, 5.0]


@given(
    st.lists(st.integers(0, 1000), max_size=40),
    st.integers(0, 400),
    st.integers(401, 1000),
)
def test_gaps_agree_with_counting_every_moment(instants, low, high):
    """Against the plainest reading: walk the instants of the window one by one."""
    run = view(stream(StreamWhat.OPENING, 0.0), *messages(*map(float, instants)), ended(1000))
    expected = []
    previous = low
    for t in [*sorted(i for i in instants if low <= i <= high), high]:
        if t - previous > 30:
            expected.append((float(previous), float(t - previous)))
        previous = t
    found = continuity(run, low, high, limit_s=30.0)
    assert gaps(found) == expected
    lost = sum(length for _, length in expected)
    assert found.ratio == pytest.approx(1 - lost / (high - low))
    assert np.all(found.for_s > 30)
