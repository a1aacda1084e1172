"""Fault ``payload-truncated``: what it does to the dashboard."""

import json

from tests.core.device.rig import UPGRADE, Rig


def test_a_body_ends_where_the_buffer_does_and_a_short_one_is_whole():
    rig = Rig(("payload-truncated:every=0,for=10s,limit=40", 5.0))
    whole = rig.body(rig.get("/health"))
    rig.run(6.0)
    cut = rig.body(rig.get("/health"))
    assert json.loads(whole)["status"] == "healthy"
    assert len(cut) == 40
    assert whole.startswith(b'{"boot_id":')
    assert cut.startswith(b'{"boot_id":')
    assert rig.body(rig.get("/ping")) == b"OK"
    rig.run(20.0)
    assert json.loads(rig.body(rig.get("/health")))["status"] == "healthy"


def test_frames_are_whole_and_their_text_is_not():
    rig = Rig(("payload-truncated:every=0,limit=40", 5.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(5.2)
    before = len(rig.got[stream])
    rig.run(8.0)
    frames = bytes(rig.got[stream][before:])
    assert frames
    while frames:
        assert frames[:2] == b"\x81\x28"
        assert not frames[2:42].endswith(b"}")
        frames = frames[42:]
