"""Fault ``http-failing``: what it does to the dashboard."""

from tests.core.device.rig import Rig


def test_one_path_fails_and_the_others_do_not():
    rig = Rig(("http-failing:path=/health,outcome=bad_status,for=10s", 0.0))
    assert rig.status(rig.get("/health")) == 500
    assert rig.status(rig.get("/ping")) == 200
    rig.run(10.0)
    assert rig.status(rig.get("/health")) == 200
