"""Byte counts a tick become one stream's life; the tools' own text is read, not counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.wire.diag_logs import Cycle, Table
from holdfast.core.wire.diag_run import schedule
from holdfast.core.wire.diag_stream import stream_events


def rounded(time_s):
    return None if time_s is None else round(time_s, 6)


def told(counts, shape="wide", states=(), tick_s=5, has_stream=True):
    cycles = [
        Cycle(
            clock_s=tick_s * n,
            line=n + 2,
            stream_bytes=count,
            stream_state=states[n] if states else "",
        )
        for n, count in enumerate(counts)
    ]
    table = Table(shape=shape, cycles=cycles, has_stream=has_stream)
    events = stream_events(table, schedule(table, 0), "h")
    return [
        (
            str(e.what),
            rounded(e.at_s),
            *(v for v in (rounded(e.for_s), e.size_bytes, e.close) if v is not None),
        )
        for e in events
    ]


def test_a_stream_from_banner_to_its_last_bytes():
    assert told([38, 0, 1000, 900, 0, 0]) == [
        ("opening", 0.0),
        ("opened", 10.0),
        ("activity", 10.0, 0.0, 1000),
        ("activity", 10.0, 5.0, 900),
        ("closed", 15.0, 5.0),
    ]


def test_the_banner_is_taken_out_of_the_first_count_only():
    assert told([1318, 1318])[2:] == [("activity", 0.0, 0.0, 1280), ("activity", 0.0, 5.0, 1318)]


def test_one_silent_tick_at_the_end_may_be_a_stall():
    assert told([1000, 900, 0])[-1] == ("activity", 0.0, 5.0, 900)
    assert told([1000, 900, 0, 0])[-1] == ("closed", 5.0, 5.0)


def test_silent_ticks_between_bytes_are_one_gap():
    assert told([1000, 900, 0, 0, 800])[3:] == [
        ("activity", 0.0, 5.0, 900),
        ("gap", 5.0, 10.0),
        ("activity", 15.0, 5.0, 800),
    ]


def test_a_reset_after_silence_ends_the_stream_where_the_text_came():
    assert told([1000, 900, 0, 0, 50, 0])[-2:] == [
        ("gap", 5.0, 15.0),
        ("closed", 20.0, 20.0, "reset"),
    ]


@pytest.mark.parametrize(
    ("counts", "at_s", "close"),
    [
        ([88, 0], 0.0, "reset"),
        ([38, 50], 5.0, "reset"),
        ([50, 0], 0.0, "reset"),
        ([132, 0], 0.0, "connect_timeout"),
        ([133, 0], 0.0, "connect_timeout"),
        ([38, 0, 95, 0], 10.0, "connect_timeout"),
        ([38, 94], 5.0, "connect_timeout"),
    ],
)
def test_a_stream_that_never_opened_is_refused_as_the_text_says(counts, at_s, close):
    assert told(counts) == [("opening", 0.0), ("refused", at_s, close)]


@pytest.mark.parametrize("count", [49, 51, 93, 96])
def test_other_small_counts_are_the_stream_s_own(count):
    assert told([38, count])[1] == ("opened", 5.0)


def test_bytes_after_an_end_are_a_new_session():
    assert told([1038, 50, 700, 600])[3:] == [
        ("closed", 5.0, 5.0, "reset"),
        ("opening", 10.0),
        ("opened", 10.0),
        ("activity", 10.0, 0.0, 700),
        ("activity", 10.0, 5.0, 600),
    ]


def test_a_run_without_a_stream_has_no_stream_events():
    assert told([None, None]) == []


def test_a_table_without_the_column_leaves_the_stream_assumed():
    assert told([None, None], has_stream=False) == [("opening", 0.0)]


def test_our_own_table_says_the_state_and_counts_no_text():
    states = ["opening", "open", "open", "closed", "closed", "open", "refused"]
    assert told([0, 38, 50, 94, 0, 7, 0], "own", states) == [
        ("opening", 0.0),
        ("opened", 5.0),
        ("activity", 5.0, 4.999, 38),
        ("activity", 10.0, 4.999, 50),
        ("activity", 15.0, 4.999, 94),
        ("closed", 19.999, 14.999),
        ("opening", 25.0),
        ("opened", 25.0),
        ("activity", 25.0, 4.999, 7),
        ("closed", 30.0, 5.0),
    ]


def test_our_own_refused_stream():
    assert told([0, 0, 0], "own", ["refused", "refused", "open"]) == [
        ("opening", 0.0),
        ("refused", 0.0),
        ("opening", 10.0),
        ("opened", 10.0),
    ]


@given(
    st.lists(st.none() | st.sampled_from([0, 38, 50, 88, 94, 95, 132, 700]), max_size=30),
    st.sampled_from(["wide", "long", "own"]),
    st.data(),
)
def test_any_counts_give_a_sound_life(counts, shape, data):
    state = st.sampled_from(["", "opening", "open", "closed", "refused", "?"])
    states = data.draw(st.lists(state, min_size=len(counts), max_size=len(counts)))
    is_open = False
    for what, *_ in told(counts, shape, states):
        if what == "opened":
            assert not is_open
            is_open = True
        elif what in ("activity", "gap"):
            assert is_open
        elif what == "closed":
            assert is_open
            is_open = False
        else:
            assert not is_open
