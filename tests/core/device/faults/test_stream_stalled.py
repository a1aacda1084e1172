"""Fault ``stream-stalled``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_messages_stop_while_pings_are_answered():
    rig = Rig(("stream-stalled:for=12s,every=0", 10.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(15.0)
    rig.send(stream, b"\x89\x80\x00\x00\x00\x00")
    assert bytes(rig.got[stream]).endswith(b"\x8a\x00")
    assert rig.status(rig.get("/ping")) == 200
    rig.run(30.0)
    gap = rig.told("stream_gap")
    assert len(gap) == 1
    assert 9.0 <= gap[0].at_s <= 10.0
    assert 12.0 <= gap[0].values["for_s"] <= 14.0


def test_gaps_come_again():
    rig = Rig(("stream-stalled:for=5s,every=20s", 10.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(61.0)
    assert len(rig.told("stream_gap")) == 3
