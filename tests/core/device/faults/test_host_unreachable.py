"""Fault ``host-unreachable``: what it does to the dashboard."""

from tests.core.device.rig import Rig


def test_nothing_answers_not_even_arp():
    rig = Rig(("host-unreachable:for=10s", 0.0))
    rig.run(1.0)
    assert (rig.radio.is_up, rig.radio.answers_arp) == (False, False)
    assert rig.listen[80] == "silent"
    rig.run(10.0)
    assert rig.radio.is_up
    assert rig.listen[80] == "accept"
