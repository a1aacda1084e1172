"""Live streams: frames, events, heartbeats, hostile clients."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.device.rig import UPGRADE, Rig
from websockets.frames import Frame, Opcode


def ws(rig, wait_s=0.5):
    conn = rig.connect()
    rig.send(conn, UPGRADE)
    rig.run_for(wait_s)
    return conn


def client_frame(opcode, data):
    return Frame(Opcode(opcode), data).serialize(mask=True)


def messages(rig, conn):
    """Text frames after the head."""
    raw = bytes(rig.got[conn]).partition(b"\r\n\r\n")[2]
    texts = []
    while raw:
        size = raw[1]
        start = 2
        if size == 126:
            size, start = int.from_bytes(raw[2:4], "big"), 4
        if raw[0] == 0x81:
            texts.append(json.loads(raw[start : start + size]))
        raw = raw[start + size :]
    return texts


def test_a_websocket_gets_a_message_at_once_and_then_each_second():
    rig = Rig()
    conn = ws(rig, 10.5)
    seen = messages(rig, conn)
    assert [m["seq"] for m in seen] == list(range(1, 12))
    steps = [b["uptime_ms"] - a["uptime_ms"] for a, b in pairwise(seen)]
    assert all(999 <= step <= 1001 for step in steps)


def test_the_handshake_has_no_date_and_the_right_key():
    rig = Rig()
    conn = ws(rig)
    head = bytes(rig.got[conn]).partition(b"\r\n\r\n")[0]
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    assert b"Date" not in head


def test_pings_are_answered_and_the_server_pings_too():
    rig = Rig(heartbeat="5s")
    conn = ws(rig)
    rig.send(conn, client_frame(9, b"hi"))
    assert bytes(rig.got[conn]).endswith(b"\x8a\x02hi")
    rig.run_for(6.0)
    assert b"\x89\x00" in rig.got[conn]


def test_a_client_that_pongs_stays():
    rig = Rig()
    conn = ws(rig)
    for _ in range(10):
        rig.run_for(20.0)
        rig.send(conn, client_frame(10, b""))
    assert conn not in rig.ended


def test_a_close_is_echoed_and_ends():
    rig = Rig()
    conn = ws(rig)
    rig.send(conn, client_frame(8, b"\x03\xe8"))
    assert bytes(rig.got[conn]).endswith(b"\x88\x02\x03\xe8")
    assert rig.ended[conn][0] == "Close"
    assert rig.values("stream_closed", "why") == ["by_peer"]


def test_a_frame_of_a_gigabyte_is_refused_with_1009():
    rig = Rig()
    conn = ws(rig)
    rig.send(conn, b"\x82\xff" + (1 << 30).to_bytes(8, "big") + b"mask" + b"x" * 100)
    assert rig.got[conn][-100:].count(b"\x88") == 1
    assert b"\x03\xf1" in rig.got[conn][-100:]
    rig.leave(conn)
    assert conn in rig.ended


def test_an_unmasked_frame_is_a_protocol_error():
    rig = Rig()
    conn = ws(rig)
    rig.send(conn, b"\x81\x02hi")
    assert b"\x03\xea" in rig.got[conn][-40:]


def test_a_client_that_takes_nothing_misses_messages_and_is_dropped():
    rig = Rig(acks=False)
    conn = ws(rig, 12.0)
    assert len(rig.got[conn]) == 5760
    assert rig.ended.get(conn, ("",))[0] in ("", "Abort")
    rig.run_for(10.0)
    assert rig.ended[conn][0] == "Abort"
    assert rig.values("stream_closed", "why") == ["send_timeout"]


def test_a_flood_of_pings_ends_the_stream():
    rig = Rig()
    conn = ws(rig)
    rig.send(conn, client_frame(9, b"") * 100)
    assert rig.values("stream_closed", "why") == ["flood"]
    assert rig.ended[conn][0] == "Close"


def test_events_begin_with_a_number_and_beat_each_thirty_turns():
    rig = Rig()
    conn = rig.get("/api/events", 65.0)
    raw = bytes(rig.got[conn])
    assert b'event: connected\ndata: {"connection_id":1}\n\n' in raw
    assert raw.count(b":heartbeat\n\n") == 2
    assert raw.count(b'"type":"metrics"') == 64
    assert b"text/event-stream" in raw


def test_other_event_routes():
    rig = Rig()
    stats = rig.get("/sse/stats", 3.0)
    assert b"event: stats\ndata: {" in rig.got[stats]
    rig.leave(stats)
    logs = rig.get("/sse/logs", 40.0)
    assert b"event: log\ndata: {" in rig.got[logs]


def test_a_refused_stream_says_so_with_503_and_lets_the_first_live():
    rig = Rig()
    first, second = ws(rig), ws(rig)
    assert rig.status(second) == 503
    assert b"Connection limit reached" in rig.got[second]
    assert first not in rig.ended


def test_low_memory_refuses_streams():
    rig = Rig(heap__free=79_000)
    assert rig.status(ws(rig)) == 503


def test_the_firmware_sends_at_095_hz_and_ends_at_300_s():
    rig = Rig(dialect="firmware")
    conn = rig.get("/api/events", 301.0)
    assert 280 <= bytes(rig.got[conn]).count(b'"type":"metrics"') <= 290
    assert rig.ended[conn][0] == "Close"
    assert rig.ended[conn][1] - rig.sent_at[conn][0] == 300.0
    assert bytes(rig.got[conn]).endswith(b"0\r\n\r\n")


def test_opening_and_closing_are_told():
    rig = Rig()
    conn = ws(rig, 5.0)
    rig.reset(conn)
    (closed,) = rig.told("stream_closed")
    assert closed.values["messages"] == 5
    assert closed.values["why"] == "by_peer"
    assert [e.what for e in rig.truth if "stream" in e.what] == ["stream_opened", "stream_closed"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=200), max_size=20))
def test_hostile_frames_raise_nothing(chunks):
    rig = Rig()
    conn = ws(rig)
    for chunk in chunks:
        if conn in rig.ended:
            break
        rig.send(conn, chunk)
        rig.run_for(0.3)
    rig.run_for(70.0)
    assert len(rig.machine._board.tcp) <= 1


@pytest.mark.parametrize(("dialect", "is_sent"), [("plan", False), ("firmware", True)])
def test_only_the_firmware_lets_every_page_read_its_streams(dialect, is_sent):
    rig = Rig(dialect=dialect)
    conn = rig.get("/api/events", 2.0)
    assert (b"Access-Control-Allow-Origin" in bytes(rig.got[conn])) is is_sent
