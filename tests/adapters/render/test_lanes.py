import numpy as np
from tests.adapters.render.examples import (
    HEADER,
    blocked_run,
    healthy_run,
    http,
    icmp,
    log,
    numbered,
    stream,
)

from holdfast.adapters.render.lanes import (
    KINDS,
    Trouble,
    lanes,
    ordered_targets,
    target_title,
    troubles,
)
from holdfast.core.journal.events import ClockStep, CloseClass, Outcome, StreamWhat
from holdfast.core.measure.run import RunView


def view(*events):
    return RunView(HEADER, numbered(events))


def marks(lane):
    return {m.kind: list(zip(m.from_s.tolist(), m.to_s.tolist(), strict=True)) for m in lane.marks}


def test_every_probe_is_a_mark_of_its_kind():
    run = blocked_run()
    for lane, target in zip(lanes(run), ordered_targets(run.targets), strict=False):
        assert lane.title == target_title(target)
        assert sum(len(m.from_s) for m in lane.marks) == len(run.probes(target))
        assert all(m.kind in KINDS for m in lane.marks)


def test_lanes_stand_in_reading_order_with_what_they_came_to():
    assert [(lane.title, lane.summary) for lane in lanes(blocked_run())] == [
        ("ICMP echo", "117 of 120 answered"),
        ("ICMP to the control target", "120 of 120 answered"),
        ("HTTP ping", "58 of 120 answered"),
        ("HTTP health", "10 of 20 answered"),
        ("Live stream", "2 gaps, longest 4 min 20 s"),
        ("Log: serial", "4 lines · 1 error"),
    ]
    stream_lane = lanes(healthy_run())[-1]
    assert (stream_lane.summary, stream_lane.extra) == ("no gap", "1 session")


def test_unknown_targets_come_last_and_are_made_printable():
    assert ordered_targets(["zz", "health", "icmp", "aa"]) == ["icmp", "health", "aa", "zz"]
    assert target_title("a\x07b") == "HTTP a\\x07b"


def test_a_failure_lasts_as_long_as_it_took():
    lane = lanes(view(http(1.0, "ping", Outcome.NO_RESPONSE, took_s=4.0), http(5.0, "ping")))[0]
    assert marks(lane) == {"silent": [(1.0, 5.0)], "ok": [(5.0, 5.03)]}


def test_what_was_not_permitted_is_not_counted_as_failed():
    lane = lanes(view(http(1.0, "icmp", Outcome.NOT_PERMITTED)))[0]
    assert (lane.summary, list(marks(lane))) == ("not permitted", ["unseen"])
    assert troubles(view(http(1.0, "icmp", Outcome.NOT_PERMITTED))) == []


def test_the_stream_lane_shows_sessions_failed_attempts_gaps_torn_frames_and_ends():
    lane = lanes(
        view(
            stream(0.0, StreamWhat.OPENING),
            stream(0.1, StreamWhat.REFUSED, close=CloseClass.STATUS, status=503),
            stream(1.0, StreamWhat.OPENING, 2),
            stream(1.5, StreamWhat.OPENED, 2),
            *(stream(t, StreamWhat.MESSAGE, 2) for t in (2.0, 3.0, 9.0)),
            stream(9.5, StreamWhat.TORN, 2),
            stream(9.6, StreamWhat.CLOSED, 2, close=CloseClass.PROTOCOL_ERROR),
        )
    )[0]
    assert marks(lane) == {
        "open": [(1.5, 9.6)],
        "gap": [(3.0, 9.0)],
        "refused": [(0.0, 0.1)],
        "ended": [(9.6, 9.6)],
        "torn": [(9.5, 9.5)],
    }
    assert lane.summary == "1 gap, longest 6.00 s"
    assert lane.extra == "1 session · 1 failed attempt"


def test_an_end_by_us_is_no_mark_and_no_trouble():
    run = view(
        stream(0.0, StreamWhat.OPENING),
        stream(0.5, StreamWhat.OPENED),
        stream(1.0, StreamWhat.MESSAGE),
        stream(2.0, StreamWhat.CLOSED, close=CloseClass.BY_US),
    )
    assert list(marks(lanes(run)[0])) == ["open"]
    assert troubles(run) == []


def test_log_lines_by_level_and_later_boots():
    run = view(log(1.0, "I", "a", boot=1), log(2.0, "E", "b", boot=1), log(3.0, "W", "c", boot=2))
    lane = lanes(run)[0]
    assert marks(lane) == {
        "info": [(1.0, 1.0)],
        "warning": [(3.0, 3.0)],
        "error": [(2.0, 2.0)],
        "boot": [(3.0, 3.0)],
    }
    assert lane.summary == "3 lines · 1 error · 1 boot"


def test_the_bench_clock_has_a_lane_only_when_it_misbehaved():
    run = view(icmp(0.0, 0.01), ClockStep(at_s=5.0, what="suspend", by_s=30.0))
    assert marks(lanes(run)[-1]) == {"clock": [(5.0, 35.0)]}
    assert troubles(run)[0].what == "host slept by 30.0 s"
    jump = view(ClockStep(at_s=5.0, what="wall_jump", by_s=-3600.0))
    assert marks(lanes(jump)[0]) == {"clock": [(5.0, 5.0)]}


def test_like_failures_in_a_row_are_one_line():
    run = view(
        http(0.0, "ping", Outcome.RESET, detail="b\x00"),
        http(5.0, "ping", Outcome.RESET, detail="a"),
        http(10.0, "ping"),
        http(15.0, "ping", Outcome.RESET),
        http(20.0, "ping", Outcome.CONNECT_REFUSED),
    )
    rows = [(t.from_s, t.to_s, t.what, t.count, t.detail) for t in troubles(run)]
    assert rows == [
        (0.0, 5.03, "connection reset", 2, "a; b\\x00"),
        (15.0, 15.03, "connection reset", 1, ""),
        (20.0, 20.03, "connection refused", 1, ""),
    ]


def test_troubles_count_every_failure_of_the_run():
    run = blocked_run()
    for target in run.targets:
        rows = [t for t in troubles(run) if t.lane == target_title(target)]
        assert sum(t.count for t in rows) == int(np.sum(~run.probes(target).is_ok))


def test_a_late_answer_is_a_trouble_though_an_answer():
    run = view(http(0.0, "ping", Outcome.OK_LATE, took_s=4.1))
    assert [t.what for t in troubles(run)] == ["answered after the limit"]


def test_failed_attempts_of_one_kind_are_one_line_and_ends_are_told():
    rows = [t for t in troubles(blocked_run()) if t.lane == "Live stream" and "gap" not in t.what]
    assert rows == [
        Trouble(340.0, 340.0, "Live stream", "stream ended: by peer"),
        Trouble(342.0, 404.03, "Live stream", "attempt failed: status 503", 6),
    ]


def test_a_status_and_a_close_code_are_named():
    run = view(
        http(0.0, "ping", Outcome.BAD_STATUS),
        stream(0.0, StreamWhat.OPENING),
        stream(0.5, StreamWhat.OPENED),
        stream(1.0, StreamWhat.TORN, detail="rsv \x1b"),
        stream(2.0, StreamWhat.CLOSED, close=CloseClass.BY_PEER, code=1006),
    )
    assert [(t.what, t.detail) for t in troubles(run)] == [
        ("wrong status", ""),
        ("torn frame", "rsv \\x1b"),
        ("stream ended: by peer, code 1006", ""),
    ]


def test_an_empty_run_has_no_lanes():
    assert lanes(view()) == []
    assert troubles(view()) == []
