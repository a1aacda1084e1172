import pytest

from holdfast.core.journal.events import CloseClass, Stream, StreamWhat, TcpInfo
from holdfast.core.observe.stream_log import StreamLog
from holdfast.core.profile import StreamSpec

SPEC = StreamSpec(kind="sse", path="/e", time_field="t.ms", seq_field="n", gap_limit_s=3.0)
TCP = TcpInfo(rtt_s=0.01, rttvar_s=0.001)


def log(spec=SPEC, opened_s=0.5):
    stream = StreamLog(spec, "dev:80")
    stream.opening(0.0)
    stream.opened(opened_s, 200)
    return stream


def one(records) -> Stream:
    (record,) = records
    return record.event


def test_sessions_are_numbered_from_one():
    stream = StreamLog(SPEC, "dev:80")
    assert stream.session == 0
    opening = stream.opening(1.0).event
    assert opening == Stream(
        at_s=1.0,
        source="stream.sse",
        link="dev:80",
        what=StreamWhat.OPENING,
        transport="sse",
        session=1,
    )
    assert not stream.is_open
    opened = stream.opened(1.5, 200).event
    assert (opened.what, opened.status, opened.session) == (StreamWhat.OPENED, 200, 1)
    assert stream.held_s(4.0) == 2.5


def test_a_message_carries_the_device_s_time_and_number():
    message = one(log().message('{"t":{"ms":1500},"n":7}', 23, 1.0))
    assert (message.size_bytes, message.device_s, message.device_seq) == (23, 1.5, 7)


@pytest.mark.parametrize(
    "payload",
    [None, "not json", "[]", '{"t":{"ms":"x"},"n":true}', '{"t":{"ms":1e308},"n":1e308}x'],
)
def test_a_payload_without_them_is_a_message_all_the_same(payload):
    message = one(log().message(payload, 5, 1.0))
    assert (message.what, message.device_s, message.device_seq) == (StreamWhat.MESSAGE, None, None)


def test_a_silence_is_told_when_it_ends_and_begins_at_the_last_message():
    stream = log()
    stream.message(None, 1, 1.0)
    gap, message = (r.event for r in stream.message(None, 1, 5.0))
    assert (gap.what, gap.at_s, gap.for_s, gap.session) == (StreamWhat.GAP, 1.0, 4.0, 1)
    assert message.what is StreamWhat.MESSAGE


def test_a_silence_also_ends_with_the_session():
    records = [r.event for r in log().closed(10.0, CloseClass.SILENT, "why", tcp=TCP)]
    assert [(e.what, e.at_s, e.for_s) for e in records] == [
        (StreamWhat.GAP, 0.5, 9.5),
        (StreamWhat.CLOSED, 10.0, 9.5),
    ]
    assert (records[1].close, records[1].detail, records[1].tcp) == (
        CloseClass.SILENT,
        "why",
        TCP,
    )


def test_a_stream_that_sends_on_change_only_has_no_gaps():
    stream = log(StreamSpec(kind="ws", path="/", interval_s=None))
    assert one(stream.message(None, 1, 500.0)).what is StreamWhat.MESSAGE
    assert one(stream.closed(9_000.0, CloseClass.BY_US, "")).what is StreamWhat.CLOSED


def test_signs_of_life_are_told_once_a_second():
    stream = log()
    assert one(stream.sign("comment", 1.0)).for_s is None
    assert stream.sign("comment", 1.9) == []
    assert one(stream.sign("comment", 2.0)).detail == "comment"


def test_a_heartbeat_tells_round_trip_and_what_the_kernel_knew():
    stream = log()
    stream.tcp = TCP
    beat = stream.heartbeat(0.25, 4.0).event
    assert (beat.what, beat.for_s, beat.tcp) == (StreamWhat.HEARTBEAT, 0.25, TCP)


def test_a_flood_becomes_activity_that_ends_with_the_session():
    stream = log()
    told = [r.event for i in range(300) for r in stream.message(None, 10, 1.0 + i / 1_024)]
    assert len(told) == 200
    activity, closed = (r.event for r in stream.closed(1.5, CloseClass.BY_PEER, "", code=1001))
    assert (activity.what, activity.size_bytes, activity.detail) == (
        StreamWhat.ACTIVITY,
        1_000,
        "100 messages",
    )
    assert (activity.at_s, activity.for_s) == (1.0 + 200 / 1_024, 99 / 1_024)
    assert closed.code == 1001


def test_missing_numbers_are_told_at_the_end():
    stream = log()
    stream.message('{"n":1}', 7, 1.0)
    stream.message('{"n":5}', 7, 2.0)
    closed = one(stream.closed(3.0, CloseClass.BY_US, "done"))
    assert closed.detail == "done; 3 sequence numbers missing"


def test_a_new_session_knows_nothing_of_the_one_before():
    stream = log()
    stream.message('{"n":1}', 7, 1.0)
    stream.tcp = TCP
    stream.closed(2.0, CloseClass.RESET, "")
    assert not stream.is_open
    assert stream.held_s(9.0) == 0.0
    stream.opening(50.0)
    stream.opened(50.5, 200)
    assert one(stream.message('{"n":9}', 7, 51.0)).session == 2
    assert one(stream.closed(52.0, CloseClass.BY_US, "")).detail == ""


def test_a_refusal_has_its_reason_and_status():
    stream = StreamLog(SPEC, "dev:80")
    stream.opening(0.0)
    refused = stream.refused(0.2, CloseClass.STATUS, "status 503\n", status=503).event
    assert (refused.close, refused.status, refused.detail) == (
        CloseClass.STATUS,
        503,
        "status 503\\x0a",
    )


def test_the_proof_of_a_tear_is_its_detail():
    assert log().torn("header 81 05", 1.0).event.detail == "header 81 05"


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        ('{"t":{"ms":1500},"n":7}', ""),
        (' {"n":7} \n', ""),
        ("[1]", ""),
        ("OK", ""),
        ("", ""),
        (None, ""),
        ('{"t":{"ms":15', "JSON cut short"),
        ("{", "JSON cut short"),
        ("[1,2", "JSON cut short"),
        ('{"n":[1]', "JSON cut short"),
    ],
)
def test_json_that_does_not_end_is_marked(payload, detail):
    assert one(log().message(payload, 5, 1.0)).detail == detail
