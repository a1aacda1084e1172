"""Fault ``watchdog-under-load``: what it does to the dashboard."""

from tests.core.device.rig import GET, Rig


def wait_s(rig, at_s):
    rig.run(at_s)
    conn = rig.connect()
    rig.send(conn, GET % b"/ping")
    rig.run_for(3.0)
    return rig.sent_at[conn][0] - at_s


def test_answers_take_longer_and_longer_until_the_watchdog_bites():
    rig = Rig(("watchdog-under-load:for=30s,delay=2s", 5.0))
    waits = [wait_s(rig, at_s) for at_s in (1.0, 10.0, 20.0, 30.0)]
    assert waits == sorted(waits)
    assert waits[0] < 0.1
    assert 1.0 < waits[3] < 2.1
    rig.run(39.9)
    assert rig.told("reset") == []
    rig.run(41.0)
    assert rig.values("reset", "cause") == ["watchdog"]
    assert rig.told("reset")[0].at_s == 40.0
    assert "Task watchdog got triggered" in rig.serial


def test_the_restarted_device_is_quick_again():
    rig = Rig(("watchdog-under-load:for=30s,delay=2s", 5.0))
    rig.run(80.0)
    assert wait_s(rig, 80.0) < 0.1
