"""Fault ``slow-handler``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_short_requests_take_seconds_and_the_stream_does_not():
    rig = Rig(("slow-handler:delay=2s", 10.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(10.0)
    conn = rig.get("/ping", 4.0)
    assert rig.status(conn) == 200
    assert 1.6 <= rig.sent_at[conn][0] - 10.0 <= 2.4
    waits = [b - a for a, b in zip(rig.sent_at[stream], rig.sent_at[stream][1:], strict=False)]
    assert max(waits[1:]) < 1.1


def test_before_and_after_they_are_quick():
    rig = Rig(("slow-handler:for=5s", 10.0))
    for at_s in (5.0, 20.0):
        rig.run(at_s)
        conn = rig.get("/ping", 1.0)
        assert rig.sent_at[conn][0] - at_s < 0.05
