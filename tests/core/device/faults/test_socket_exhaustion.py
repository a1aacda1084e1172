"""Fault ``socket-exhaustion``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_connections_are_reset_while_the_stream_goes_on():
    rig = Rig(("socket-exhaustion:for=60s", 10.0), accept_self_heal="off")
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(30.0)
    for _ in range(5):
        conn = rig.get("/ping", 5.0)
        assert rig.ended[conn][0] == "Abort"
        assert rig.got[conn] == b""
    assert stream not in rig.ended
    assert "error in accept (23)" in rig.serial
    assert set(rig.values("request", "outcome")) == {"reset"}


def test_near_the_end_of_the_table_it_says_503():
    rig = Rig(("socket-exhaustion:step=1s", 0.0))
    rig.run(11.0)
    assert rig.status(rig.get("/ping", 0.5)) == 503


def test_health_tells_the_rise_and_later_the_failures():
    rig = Rig(("socket-exhaustion:for=60s", 10.0), accept_self_heal="off")
    rig.run(15.0)
    assert b'"sockets":{"max":16,"open":10}' in rig.body(rig.get("/health", 1.0))
    rig.run(40.0)
    for _ in range(3):
        rig.get("/ping", 2.0)
    rig.run(71.0)
    assert b'"accept_failures":3' in rig.body(rig.get("/health", 1.0))
