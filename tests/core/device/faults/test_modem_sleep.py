"""Fault ``modem-sleep``: what it does to the dashboard."""

from tests.core.device.rig import Rig


def test_the_radio_sleeps_for_as_long_as_told():
    rig = Rig(("modem-sleep:beacon=102.4ms,for=30s", 10.0))
    rig.run(9.0)
    assert rig.radio is None
    rig.run(10.0)
    assert (rig.radio.beacon_s, rig.radio.awake_s) == (0.1024, 0.02)
    assert rig.radio.is_up
    rig.run(40.0)
    assert rig.radio.beacon_s == 0.0
    assert "Set ps type: 1" in rig.serial
