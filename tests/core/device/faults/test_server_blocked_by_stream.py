"""Fault ``server-blocked-by-stream``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_nothing_else_is_served_while_the_stream_runs():
    rig = Rig(("server-blocked-by-stream", 5.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(4.0)
    assert rig.status(rig.get("/ping", 0.5)) == 200
    rig.run(6.0)
    conn = rig.get("/ping", 4.0)
    assert rig.got[conn] == b""
    assert conn not in rig.ended
    messages = len(rig.sent_at[stream])
    rig.leave(stream)
    rig.run_for(0.1)
    assert rig.status(conn) == 200
    assert messages > 8


def test_it_ends():
    rig = Rig(("server-blocked-by-stream:for=10s", 5.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(16.0)
    assert rig.status(rig.get("/ping", 0.5)) == 200
