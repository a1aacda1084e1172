"""Each event belongs to one tick's row; repeated and nominal cells are the original's."""

import pytest

from holdfast.core.journal.events import (
    CloseClass,
    Header,
    Note,
    Outcome,
    Probe,
    Sample,
    Stream,
    StreamWhat,
    Tick,
)
from holdfast.core.measure.run import RunView
from holdfast.core.report.tick_table import tick_rows, time_of_day


def ticks(count, every_s=5.0):
    return [Tick(at_s=every_s * n + 0.001, n=n, due_s=every_s * n) for n in range(count)]


def probe(at_s, target="ping", outcome=Outcome.OK, **more):
    return Probe(at_s=at_s, method="http", target=target, outcome=outcome, total_s=0.03, **more)


def stream(what, at_s, session=1, **more):
    return Stream(what=StreamWhat(what), at_s=at_s, transport="sse", session=session, **more)


def rows(*events, count=3, wall_at="2025-08-08T23:59:58.5+02:00"):
    header = Header(wall_at=wall_at, tick_s=5.0)
    return tick_rows(RunView(header, [*ticks(count), *events]))


def test_times_are_the_bench_s_own_wall_clock_across_midnight():
    assert [row.clock for row in rows()] == ["23:59:58", "00:00:03", "00:00:08"]
    assert [row.elapsed_s for row in rows()] == [0, 5, 10]


@pytest.mark.parametrize("at_s", [1e300, -5.0, 0.0])
def test_a_damaged_journal_s_time_is_still_a_time_of_day(at_s):
    run = RunView(Header(wall_at="9999-12-31T23:59:59+00:00"), [])
    assert len(time_of_day(run, at_s)) == 8
    assert time_of_day(RunView(Header(), []), 3661.0) == "01:01:01"


def test_a_run_without_ticks_has_no_rows():
    assert tick_rows(RunView(Header(), [probe(1.0)])) == []


def test_a_probe_belongs_to_the_tick_before_it_and_the_first_of_two_counts():
    first, second, third = rows(probe(0.0), probe(5.0), probe(5.2, status=200), probe(9.9))
    assert first.probes["ping"].at_s == 0.0
    assert second.probes["ping"].status == 200
    assert third.probes == {}


def test_the_original_s_word_for_ok_is_the_code():
    (row,) = rows(
        probe(0.1, "ping", Outcome.TOO_SLOW, status=200),
        probe(0.1, "health", Outcome.BAD_STATUS, status=503),
        probe(0.1, "icmp", Outcome.NOT_PERMITTED),
        probe(0.1, "metrics", Outcome.OK, status=204),
        count=1,
    )
    assert row.is_ok("ping") is True
    assert row.is_ok("health") is False
    assert row.is_ok("icmp") is None
    assert row.is_ok("metrics") is True
    assert row.is_ok("control") is None


def test_the_age_of_health_is_nominal_and_begins_anew_with_every_request():
    ages = [r.health_age_s for r in rows(probe(5.1, "health", Outcome.NO_RESPONSE), count=4)]
    assert ages == [None, 0.0, 5.0, 10.0]


def test_device_values_repeat_until_the_next_answer():
    def sample(at_s, source="health", **values):
        return Sample(at_s=at_s, source=source, values=values)

    got = rows(
        sample(5.5, uptime_s=7.0, rssi_dbm=-60, version="v1", wifi_disconnects=True),
        sample(6.0, "metrics", uptime_s=99.0),
        sample(15.1, uptime_s=17.0),
        count=4,
    )
    assert [r.vitals for r in got] == [
        {},
        {"uptime_s": 7.0, "rssi_dbm": -60.0},
        {"uptime_s": 7.0, "rssi_dbm": -60.0},
        {"uptime_s": 17.0},
    ]


def test_metrics_stand_in_where_there_is_no_health():
    got = rows(Sample(at_s=0.5, source="metrics", values={"uptime_s": 9.0}), count=1)
    assert got[0].vitals == {"uptime_s": 9.0}


def test_a_live_stream_by_row():
    got = rows(
        stream("opening", 0.5),
        stream("opened", 0.6),
        stream("message", 1.0, size_bytes=100),
        stream("message", 2.5, size_bytes=100),
        stream("message", 9.0, size_bytes=50),
        stream("closed", 11.0, close=CloseClass.BY_PEER),
        probe(14.9),
    )
    assert [r.stream_bytes for r in got] == [200, 50, 0]
    assert [r.stream_messages for r in got] == [2, 1, 0]
    assert [r.stream_state for r in got] == ["open", "open", "closed"]
    assert [r.stream_gap_s for r in got] == pytest.approx([2.501, 6.5, 5.93])


@pytest.mark.parametrize(
    ("events", "states"),
    [
        ([stream("opening", 0.5)], ["opening", "opening"]),
        (
            [stream("opening", 0.5), stream("refused", 0.5, close=CloseClass.STATUS)],
            ["refused", "refused"],
        ),
        (
            [
                stream("opening", 0.5),
                stream("opened", 0.6),
                stream("closed", 1.0),
                stream("opening", 5.001, 2),
                stream("opened", 5.001, 2),
            ],
            ["closed", "open"],
        ),
    ],
)
def test_the_state_is_the_one_at_the_row_s_end(events, states):
    assert [r.stream_state for r in rows(*events, count=2)] == states


def test_an_imported_activity_belongs_to_the_tick_at_its_end():
    got = rows(
        stream("opening", 0.0),
        stream("opened", 5.001),
        stream("activity", 5.001, for_s=0.5, size_bytes=10),
        stream("gap", 5.501, for_s=2.0),
        stream("activity", 5.501, for_s=4.5, size_bytes=20),
    )
    assert [r.stream_bytes for r in got] == [0, 10, 20]
    assert [r.stream_messages for r in got] == [None] * 3
    assert [r.stream_gap_s for r in got] == [None, 2.0, None]


def test_no_stream_and_an_assumed_stream_have_no_bytes():
    assert rows()[0].stream_bytes is None
    assumed = Note(at_s=0.0, about="stream-assumed", text="")
    row = rows(stream("opening", 0.0), assumed)[0]
    assert (row.stream_bytes, row.stream_state) == (None, "")
