"""Fault ``keepalive-mismatch``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_each_stream_is_closed_at_the_same_age_with_1011():
    rig = Rig(("keepalive-mismatch:after=40s", 0.0))
    for _ in range(3):
        stream = rig.connect()
        rig.send(stream, UPGRADE)
        opened_at_s = rig.now
        rig.run_for(41.0)
        assert bytes(rig.got[stream]).endswith(b"\x88\x02\x03\xf3")
        assert abs(rig.sent_at[stream][-1] - opened_at_s - 40.0) < 0.1
        rig.run_for(2.0)
        assert rig.ended[stream][0] == "Close"


def test_an_answered_close_ends_the_connection_at_once():
    rig = Rig(("keepalive-mismatch:after=40s", 0.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(40.5)
    assert stream not in rig.ended
    rig.send(stream, b"\x88\x82\x00\x00\x00\x00\x03\xf3")
    assert rig.ended[stream] == ("Close", 40.5)


def test_without_a_code_there_is_only_fin():
    rig = Rig(("keepalive-mismatch:after=10s,code=0", 0.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(11.0)
    assert b"\x88\x02" not in rig.got[stream][-4:]
    assert rig.ended[stream][0] == "Close"
