"""Fault ``wifi-dropout``: what it does to the dashboard."""

from tests.core.device.rig import UPGRADE, Rig


def test_everything_is_gone_and_comes_back_with_the_reason_told():
    rig = Rig(("wifi-dropout:for=2s", 10.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(10.0)
    assert rig.ended[stream] == ("Forget", 10.0)
    assert not rig.radio.is_up
    assert rig.listen[80] == "silent"
    rig.run(40.0)
    assert rig.radio.is_up
    assert rig.listen[80] == "accept"
    body = rig.body(rig.get("/health"))
    assert b'"disconnects":1' in body
    assert b'"last_reason":200' in body
    assert b'"last_reason_ms":3610000' in body
    assert "run -> init (c800)" in rig.serial
    assert rig.values("stream_closed", "why") == ["wifi"]


def test_a_wedged_driver_needs_the_self_heal():
    healed = Rig(("wifi-dropout:for=1s,wedged=on", 10.0))
    stuck = Rig(("wifi-dropout:for=1s,wedged=on", 10.0), reconnect_self_heal="off")
    for rig in (healed, stuck):
        rig.run(600.0)
    assert healed.radio.is_up
    assert not stuck.radio.is_up
