"""A run's events as columns: sorted once, nothing added, nothing lost."""

import numpy as np
import pytest

from holdfast.core.journal.events import (
    ClockStep,
    CloseClass,
    Header,
    LogLine,
    Note,
    Outcome,
    Probe,
    Run,
    RunPhase,
    Sample,
    Stream,
    StreamWhat,
    TcpInfo,
    Tick,
    Truth,
)
from holdfast.core.measure.run import OUTCOMES, ProbeTable, RunView


def ping(at_s, target="ping", method="http", outcome=Outcome.OK, **more):
    return Probe(at_s=at_s, method=method, target=target, outcome=outcome, total_s=0.5, **more)


def stream(what, at_s, session=1, **more):
    return Stream(at_s=at_s, what=what, transport="sse", session=session, **more)


def view(*events):
    return RunView(Header(), events)


def test_every_kind_has_its_place_and_order_is_that_of_time():
    run = view(
        Note(at_s=5, about="x", text=""),
        LogLine(at_s=4, origin="serial", text=""),
        ClockStep(at_s=3, what="suspend", by_s=1),
        Tick(at_s=2, n=0, due_s=2),
        Sample(at_s=1, source="health", values={}),
        Run(at_s=0, phase=RunPhase.STARTED),
    )
    assert [e.at_s for e in run.events] == [0, 1, 2, 3, 4, 5]
    rows = (run.notes, run.logs, run.clock_steps, run.ticks, run.samples, run.milestones)
    assert [len(row) for row in rows] == [1] * 6


def test_what_a_twin_did_is_refused():
    with pytest.raises(ValueError, match="truth event has no place"):
        view(Truth(at_s=0, what="boot"))


def test_events_of_one_moment_keep_the_journals_order():
    run = view(Tick(at_s=1, seq=2, n=1, due_s=1), Tick(at_s=1, seq=1, n=0, due_s=1))
    assert [t.n for t in run.ticks] == [0, 1]


def test_a_probe_table_marks_what_was_not_measured():
    tcp = TcpInfo(rtt_s=0.01, rttvar_s=0.0, retransmits=3)
    table = ProbeTable.of(
        [
            ping(2, outcome=Outcome.RESET),
            ping(1, connect_s=0.1, first_byte_s=0.2, status=200, tcp=tcp),
        ]
    )
    assert table.at_s.tolist() == [1, 2]
    assert [OUTCOMES[code] for code in table.outcome] == [Outcome.OK, Outcome.RESET]
    assert table.is_ok.tolist() == [True, False]
    assert table.connect_s[0] == 0.1
    assert table.first_byte_s[0] == 0.2
    assert np.isnan([table.connect_s[1], table.first_byte_s[1]]).all()
    assert (table.status.tolist(), table.retransmits.tolist()) == ([200, -1], [3, -1])
    assert table.has(Outcome.RESET, Outcome.EARLY_CLOSE).tolist() == [False, True]
    assert table.between(1, 1.5).tolist() == [True, False]
    assert len(table) == 2


def test_probes_are_told_apart_by_target_and_http_is_all_of_its_kind():
    run = view(ping(3, "health"), ping(1), ping(2, "icmp", "icmp"))
    assert run.targets == ["health", "icmp", "ping"]
    assert run.http_targets() == ["health", "ping"]
    assert run.http().at_s.tolist() == [1, 3]
    assert len(run.probes("metrics")) == 0
    assert [p.at_s for p in run.probe_events("ping")] == [1]


def test_a_session_gathers_its_events():
    run = view(
        stream(StreamWhat.OPENING, 0),
        stream(StreamWhat.OPENED, 1),
        stream(StreamWhat.MESSAGE, 2, size_bytes=9),
        stream(StreamWhat.ACTIVITY, 2, for_s=5.0, size_bytes=70),
        stream(StreamWhat.HEARTBEAT, 3, for_s=0.1),
        stream(StreamWhat.GAP, 3, for_s=4.0),
        stream(StreamWhat.TORN, 7),
        stream(StreamWhat.CLOSED, 8, close=CloseClass.PROTOCOL_ERROR),
    )
    (one,) = run.sessions
    assert (one.opening_s, one.opened_s, one.ended_s) == (0, 1, 8)
    assert (one.message_at_s, one.message_bytes) == ([2], [9])
    assert one.activity == [(2, 7.0, 70)]
    assert one.heartbeats == [(3, 0.1)]
    assert (len(one.gaps), len(one.torn)) == (1, 1)
    assert one.close is CloseClass.PROTOCOL_ERROR
    assert not one.is_refused


def test_a_sign_of_life_without_a_round_trip_is_no_round_trip():
    (one,) = view(stream(StreamWhat.HEARTBEAT, 3)).sessions
    assert (one.signs, one.heartbeats) == ([3], [])


def test_sessions_come_in_order_and_know_whether_they_were_refused():
    run = view(
        stream(StreamWhat.OPENING, 5, 2),
        stream(StreamWhat.OPENING, 0, 1),
        stream(StreamWhat.REFUSED, 1, 1, close=CloseClass.STATUS),
    )
    assert [s.session for s in run.sessions] == [1, 2]
    assert [s.is_refused for s in run.sessions] == [True, False]
    assert run.sessions[1].close is None


def test_the_end_is_the_last_moment_that_anything_covers():
    assert view().end_s == 0.0
    assert view(ping(4), Tick(at_s=4.2, n=0, due_s=4)).end_s == 4.5
    assert view(stream(StreamWhat.GAP, 2, for_s=9.0), Tick(at_s=4, n=0, due_s=4)).end_s == 11.0
    assert view(stream(StreamWhat.HEARTBEAT, 2, for_s=9.0)).end_s == 2.0


def test_a_series_holds_numbers_only():
    run = view(
        *(
            Sample(at_s=t, source="health", values={"rssi_dbm": v})
            for t, v in enumerate([-60, None, "weak", True, -61.5])
        )
    )
    found = run.series("rssi_dbm")
    assert (found.at_s.tolist(), found.value.tolist()) == ([0, 4], [-60.0, -61.5])
    assert len(run.series("uptime_s")) == 0
