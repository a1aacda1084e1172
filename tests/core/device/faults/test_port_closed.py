"""Fault ``port-closed``: what it does to the dashboard."""

from tests.core.device.rig import Rig


def test_the_port_refuses_and_the_radio_is_up():
    rig = Rig(("port-closed:for=10s", 5.0))
    rig.run(6.0)
    assert rig.listen == {80: "refuse", 23: "accept"}
    assert rig.radio is None
    rig.run(15.0)
    assert rig.listen[80] == "accept"
