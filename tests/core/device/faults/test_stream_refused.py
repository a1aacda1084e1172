"""Fault ``stream-refused``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_streams_get_the_status_and_short_requests_their_answer():
    rig = Rig(("stream-refused:status=503", 5.0))
    rig.run(6.0)
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(7.0)
    assert rig.status(stream) == 503
    assert rig.status(rig.get("/ping")) == 200
    assert rig.values("stream_refused", "status") == [503]


def test_an_open_stream_is_ended_unless_it_may_stay():
    for more, ends in (("", True), (":keeps_open=on", False)):
        rig = Rig((f"stream-refused{more}", 5.0))
        stream = rig.connect()
        rig.send(stream, UPGRADE)
        rig.run(8.0)
        assert (stream in rig.ended) is ends


def test_status_0_resets():
    rig = Rig(("stream-refused:status=0", 0.0))
    stream = rig.get("/api/events", 1.0)
    assert rig.ended[stream][0] == "Abort"
    assert rig.got[stream] == b""
    assert rig.status(rig.get("/ping")) == 200


def test_it_ends():
    rig = Rig(("stream-refused:for=10s", 0.0))
    rig.run(11.0)
    assert rig.status(rig.get("/api/events", 1.0)) == 200
