"""Streams and logs as text, one line an event."""

from holdfast.core.journal.events import CloseClass, Header, LogLine, Stream, StreamWhat
from holdfast.core.measure.run import RunView
from holdfast.core.report.stream_log import log_lines, stream_log

HEADER = Header(wall_at="2025-08-08T20:46:01+00:00")


def test_each_kind_of_stream_has_its_file():
    events = [
        Stream(at_s=0.0, what=StreamWhat.OPENING, transport="ws", session=1),
        Stream(
            at_s=1.25,
            what=StreamWhat.MESSAGE,
            transport="ws",
            session=1,
            size_bytes=203,
            device_seq=7,
        ),
        Stream(at_s=2.0, what=StreamWhat.HEARTBEAT, transport="ws", session=1, for_s=0.0123),
        Stream(at_s=3.0, what=StreamWhat.GAP, transport="ws", session=1, for_s=4.0),
        Stream(
            at_s=9.0,
            what=StreamWhat.CLOSED,
            transport="ws",
            session=1,
            for_s=9.0,
            close=CloseClass.BY_PEER,
            code=1001,
            detail="going\naway",
        ),
        Stream(
            at_s=9.5,
            what=StreamWhat.REFUSED,
            transport="sse",
            session=2,
            close=CloseClass.STATUS,
            status=503,
        ),
    ]
    texts = stream_log(RunView(HEADER, events))
    assert texts["ws.log"].splitlines() == [
        "20:46:01       +0.000 #1 opening",
        "20:46:02       +1.250 #1 message, 203 bytes, seq 7",
        "20:46:03       +2.000 #1 heartbeat, round trip 0.0123 s",
        "20:46:04       +3.000 #1 gap, for 4.000 s",
        "20:46:10       +9.000 #1 closed, for 9.000 s, by_peer, code 1001, going\\x0aaway",
    ]
    assert texts["sse.log"] == "20:46:10       +9.500 #2 refused, status, status 503\n"
    assert set(texts) == {"ws.log", "sse.log"}


def test_a_run_without_a_stream_has_no_file():
    assert stream_log(RunView(HEADER, [])) == {}


def test_a_transport_is_never_a_file_name():
    events = [Stream(at_s=0.0, what=StreamWhat.OPENING, transport="../x", session=1)]
    assert stream_log(RunView(HEADER, events)) == {}


def test_log_lines_come_back_as_they_came():
    events = [
        LogLine(at_s=0.0, origin="serial", text="I (1) a: b"),
        LogLine(at_s=1.0, origin="telnet", text="other"),
        LogLine(at_s=2.0, origin="serial", text="x\ny"),
    ]
    run = RunView(HEADER, events)
    assert log_lines(run, "serial") == "I (1) a: b\nx\\x0ay\n"
    assert log_lines(run, "server") == ""
