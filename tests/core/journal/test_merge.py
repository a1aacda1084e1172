"""Joined journals are complete, in order, and honest about what order means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.journal.events import Header, Note, Stream, StreamWhat
from holdfast.core.journal.merge import ClockedSource, merge, offset_by_monotonic, offset_by_wall


def note(at_s, text="", seq=0):
    return Note(at_s=at_s, seq=seq, about="x", text=text)


TIMES = st.floats(-1e6, 1e6).map(lambda t: round(t, 3))
SOURCES = st.lists(
    st.builds(
        lambda times, offset, uncertainty, name: ClockedSource(
            [note(t, str(i), i + 1) for i, t in enumerate(times)], offset, uncertainty, name
        ),
        st.lists(TIMES, max_size=8),
        TIMES,
        st.floats(0, 10),
        st.sampled_from(["", "a", "b"]),
    ),
    max_size=4,
)


@given(SOURCES)
def test_every_event_once_in_order_numbered_from_one(sources):
    merged = merge(sources)
    assert [e.seq for e in merged.events] == list(range(1, sum(len(s.events) for s in sources) + 1))
    assert merged.events == sorted(merged.events, key=lambda e: e.at_s)
    for index, source in enumerate(sources):
        mine = [
            e for e, origin in zip(merged.events, merged.origin, strict=True) if origin == index
        ]
        expected = sorted(source.events, key=lambda e: e.at_s + source.offset_s)
        assert [(e.at_s, e.text) for e in mine] == [
            (e.at_s + source.offset_s, e.text) for e in expected
        ]


@given(SOURCES)
def test_certain_order_never_contradicts_the_order_shown(sources):
    merged = merge(sources)
    seqs = range(1, len(merged.events) + 1)
    for a in seqs:
        for b in seqs:
            if merged.is_certainly_before(a, b):
                assert a < b
                assert not merged.is_certainly_before(b, a)


def test_two_clocks_order_events_only_beyond_both_uncertainties():
    sources = [
        ClockedSource([note(0.0)], uncertainty_s=0.25),
        ClockedSource([note(0.0), note(0.5)], offset_s=0.25, uncertainty_s=0.25),
    ]
    merged = merge(sources)
    assert [e.at_s for e in merged.events] == [0.0, 0.25, 0.75]
    assert not merged.is_certainly_before(1, 2)
    assert merged.is_certainly_before(1, 3)
    assert merged.is_certainly_before(2, 3)


def test_uncertainty_exactly_as_large_as_the_distance_proves_nothing():
    merged = merge([ClockedSource([note(0.0)], 0, 0.5), ClockedSource([note(1.0)], 0, 0.5)])
    assert not merged.is_certainly_before(1, 2)


def test_a_named_source_is_put_before_the_observer():
    events = [Note(at_s=0.0, source="probe.ping", about="x", text=""), note(1.0)]
    assert [e.source for e in merge([ClockedSource(events, name="b1")]).events] == [
        "b1:probe.ping",
        "b1",
    ]


def test_stream_sessions_of_two_sources_stay_apart():
    def opened(session, at_s):
        return Stream(at_s=at_s, what=StreamWhat.OPENED, transport="sse", session=session)

    merged = merge(
        [
            ClockedSource([opened(1, 0.0), opened(2, 1.0)]),
            ClockedSource([note(0.1)]),
            ClockedSource([opened(1, 0.5)]),
        ]
    )
    assert [getattr(e, "session", None) for e in merged.events] == [1, None, 3, 2]


def test_a_negative_uncertainty_is_refused():
    with pytest.raises(ValueError, match=r"uncertainty must be 0 or more, got -1"):
        merge([ClockedSource([], 0.0, -1.0)])


def test_offsets_of_two_headers():
    a = Header(monotonic_s=100.0, wall_at="2025-08-08T20:00:00+02:00")
    b = Header(monotonic_s=107.5, wall_at="2025-08-08T18:00:07Z")
    assert offset_by_monotonic(a, b) == 7.5
    assert offset_by_wall(a, b) == 7.0
    with pytest.raises(ValueError, match="without monotonic_s"):
        offset_by_monotonic(a, Header())
    with pytest.raises(ValueError, match="without an offset"):
        offset_by_wall(a, Header(wall_at="2025-08-08T18:00:07"))
