"""Measures of the stream within a window."""

import pytest

from holdfast.core.journal.events import (
    CloseClass,
    Header,
    Note,
    Run,
    RunPhase,
    Stream,
    StreamWhat,
    TcpInfo,
)
from holdfast.core.measure.gaps import ASSUMED
from holdfast.core.measure.run import RunView
from holdfast.core.measure.streams import stream_values


def stream(what, at_s, session=1, **more):
    return Stream(what=what, at_s=at_s, transport="ws", session=session, **more)


def view(*events):
    return RunView(Header(), [*events, Run(at_s=100, phase=RunPhase.ENDED)])


def lived(session, opening_s, ended_s, close, **more):
    return [
        stream(StreamWhat.OPENING, opening_s, session),
        stream(StreamWhat.OPENED, opening_s + 1, session),
        stream(StreamWhat.CLOSED, ended_s, session, close=close, **more),
    ]


def refused(session, at_s):
    return [
        stream(StreamWhat.OPENING, at_s, session),
        stream(StreamWhat.REFUSED, at_s + 1, session, close=CloseClass.STATUS, status=503),
    ]


def test_attempts_ends_and_the_longest_session():
    run = view(
        *lived(1, 0, 31, CloseClass.BY_PEER),
        *refused(2, 32),
        *lived(3, 40, 51, CloseClass.RESET),
        *lived(4, 52, 60, CloseClass.SILENT),
        stream(StreamWhat.OPENING, 99.5, 5),
    )
    found = stream_values(run, 0, 100)
    expected = {
        "attempts_total": 5, "opened_total": 3, "open_ratio": 0.75, "refused_total": 1,
        "longest_session_s": 30.0, "by_peer_total": 1, "reset_total": 1, "silent_total": 1,
        "torn_total": 0,
    }  # fmt: skip
    assert {k: found[k] for k in expected} == expected


def test_a_window_holds_the_sessions_alive_in_it_and_the_ends_within_it():
    run = view(*lived(1, 0, 31, CloseClass.BY_PEER), *lived(2, 32, 90, CloseClass.RESET))
    found = stream_values(run, 40, 100)
    assert (found["attempts_total"], found["by_peer_total"], found["reset_total"]) == (1, 0, 1)
    assert found["longest_session_s"] == 57.0
    assert stream_values(run, 20, 30)["attempts_total"] == 1
    assert stream_values(run, 20, 30)["by_peer_total"] == 0


def test_a_session_still_alive_lasts_to_the_end_of_the_run():
    run = view(stream(StreamWhat.OPENING, 0), stream(StreamWhat.OPENED, 2))
    assert stream_values(run, 0, 100)["longest_session_s"] == 98.0


def test_a_stream_that_never_opened_held_for_no_time():
    found = stream_values(view(*refused(1, 0)), 0, 100)
    assert (found["longest_session_s"], found["open_ratio"], found["continuity"]) == (0.0, 0.0, 0.0)


def test_no_stream_or_an_assumed_one_is_no_evidence():
    assert stream_values(view(), 0, 100) == {}
    note = Note(at_s=0, about=ASSUMED, text="")
    assert stream_values(view(stream(StreamWhat.OPENING, 0), note), 0, 100) == {}


def test_messages_gaps_and_rates():
    rows = [stream(StreamWhat.MESSAGE, float(t)) for t in (1, 2, 3, 7, 8)]
    run = RunView(
        Header(),
        [stream(StreamWhat.OPENING, 0), stream(StreamWhat.OPENED, 0), *rows,
         Run(at_s=10, phase=RunPhase.ENDED)],
    )  # fmt: skip
    found = stream_values(run, 0, 10)
    assert found["messages_total"] == 5
    assert found["message_rate_hz"] == 0.5
    assert (found["gaps_total"], found["gap_max_s"], found["gap_time_s"]) == (1, 4.0, 4.0)
    assert found["gaps_per_600_s"] == 60.0
    assert found["continuity"] == pytest.approx(0.6)
    assert found["interval_p50_s"] == 1.0
    assert found["interval_p99_s"] == pytest.approx(3.91)


def test_imported_activity_has_no_messages_to_count():
    run = view(
        stream(StreamWhat.OPENING, 0),
        stream(StreamWhat.ACTIVITY, 0, for_s=100.0, size_bytes=9),
    )
    found = stream_values(run, 0, 100)
    assert found["continuity"] == 1.0
    assert found["messages_total"] is None
    assert found["message_rate_hz"] is None


def test_heartbeats_torn_frames_and_retransmissions():
    run = view(
        stream(StreamWhat.OPENING, 0),
        stream(StreamWhat.HEARTBEAT, 10, for_s=0.02),
        stream(StreamWhat.HEARTBEAT, 35, for_s=0.04),
        stream(StreamWhat.TORN, 40, detail="frame begins inside a payload"),
        stream(StreamWhat.MESSAGE, 1, tcp=TcpInfo(rtt_s=0.1, rttvar_s=0.0, retransmits=3)),
        stream(StreamWhat.MESSAGE, 2, tcp=TcpInfo(rtt_s=0.1, rttvar_s=0.0, retransmits=5)),
        stream(StreamWhat.MESSAGE, 3, 2, tcp=TcpInfo(rtt_s=0.1, rttvar_s=0.0, retransmits=1)),
    )
    found = stream_values(run, 0, 100)
    assert found["heartbeat_p50_s"] == pytest.approx(0.03)
    assert found["torn_total"] == 1
    assert found["retransmits_total"] == 6
    assert "heartbeat_p50_s" not in stream_values(run, 50, 100)


def test_the_devices_numbers_and_time():
    rows = [
        stream(StreamWhat.MESSAGE, float(i), device_seq=n, device_s=t)
        for i, (n, t) in enumerate([(1, 1.0), (2, 2.0), (4, 2.0), (4, 3.0)])
    ]
    found = stream_values(view(stream(StreamWhat.OPENING, 0), *rows), 0, 100)
    assert (found["lost_total"], found["duplicated_total"], found["reordered_total"]) == (1, 1, 0)
    assert found["time_not_increasing_total"] == 1
