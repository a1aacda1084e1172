"""Fault ``rssi-frozen``: what it does to the dashboard."""

from tests.core.device.rig import Rig


def rssi(rig, count):
    bodies = [rig.body(rig.get("/health", 10.0)) for _ in range(count)]
    return {body.split(b'"rssi_dbm":')[1].split(b"}")[0] for body in bodies}


def test_one_value_for_ever():
    rig = Rig(("rssi-frozen", 0.0))
    assert len(rssi(rig, 30)) == 1


def test_without_it_the_value_wanders():
    assert len(rssi(Rig(), 30)) > 3


def test_it_thaws():
    rig = Rig(("rssi-frozen:for=10s", 0.0))
    rig.run(11.0)
    assert len(rssi(rig, 30)) > 3
