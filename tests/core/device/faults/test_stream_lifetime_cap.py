"""Fault ``stream-lifetime-cap``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_a_websocket_ends_with_1000():
    rig = Rig(("stream-lifetime-cap:after=30s", 0.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(31.0)
    assert bytes(rig.got[stream]).endswith(b"\x88\x02\x03\xe8")
    rig.run(40.0)
    assert rig.values("stream_closed", "why") == ["limit"]


def test_an_event_stream_ends_its_body():
    rig = Rig(("stream-lifetime-cap:after=30s", 0.0))
    stream = rig.get("/api/events", 31.0)
    assert bytes(rig.got[stream]).endswith(b"0\r\n\r\n")
    assert rig.ended[stream][0] == "Close"


def test_lifted_it_ends_nothing():
    rig = Rig(("stream-lifetime-cap:after=30s,for=10s", 0.0))
    stream = rig.get("/api/events", 60.0)
    assert stream not in rig.ended
