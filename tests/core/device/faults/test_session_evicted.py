"""Fault ``session-evicted``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_a_new_connection_closes_the_stream_at_once():
    rig = Rig(("session-evicted", 5.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(6.0)
    assert stream not in rig.ended
    conn = rig.connect()
    assert rig.ended[stream] == ("Close", 6.0)
    rig.send(conn, b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
    rig.run(7.0)
    assert rig.status(conn) == 200
    assert rig.told("session_evicted")[0].values["kind"] == "stream"
    assert rig.values("stream_closed", "why") == ["evicted"]


def test_before_it_begins_both_live():
    rig = Rig(("session-evicted", 50.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    assert rig.status(rig.get("/ping")) == 200
    assert stream not in rig.ended
