"""Fault ``torn-frames``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_the_next_header_is_inside_the_announced_payload():
    rig = Rig(("torn-frames:every=0", 5.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(5.0)
    whole = len(rig.got[stream])
    rig.run(8.0)
    torn = bytes(rig.got[stream][whole:])
    announced = int.from_bytes(torn[2:4], "big")
    assert torn[:2] == b"\x81\x7e"
    inside = torn[4 : 4 + announced]
    assert b"\x81\x7e" in inside
    kept = rig.values("stream_torn", "kept_bytes")[0]
    assert inside.index(b"\x81\x7e") == kept - 4


def test_event_streams_have_no_frames_to_tear():
    rig = Rig(("torn-frames", 0.0))
    rig.get("/api/events", 10.0)
    assert rig.told("stream_torn") == []
