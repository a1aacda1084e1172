"""Fault ``device-booting``: what it does to the dashboard."""

from tests.core.device.rig import Rig


def test_it_is_silent_until_it_is_up_and_young_then():
    rig = Rig(("device-booting:ready=30s", 0.0))
    assert not rig.radio.is_up
    rig.run(10.0)
    assert rig.radio.is_up
    assert rig.listen[80] == "silent"
    rig.run(40.0)
    assert rig.listen[80] == "accept"
    body = rig.body(rig.get("/health"))
    assert b'"reset_reason":"Power-on"' in body
    uptime_s = int(body.split(b'"uptime_seconds":')[1].split(b",")[0])
    assert uptime_s == 41
    assert "POWERON_RESET" in rig.serial
