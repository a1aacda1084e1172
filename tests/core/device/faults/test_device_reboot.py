"""Fault ``device-reboot``: what it does to the dashboard."""

import pytest
from tests.core.device.rig import UPGRADE, Rig


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [
        ("panic", 4, "Guru Meditation"),
        ("brownout", 9, "Brownout detector"),
        ("watchdog", 6, "Task watchdog got triggered"),
        ("software", 3, "rst:0xc"),
    ],
)
def test_a_reboot_tells_why_in_serial_and_health(reason, code, words):
    rig = Rig((f"device-reboot:reason={reason}", 10.0))
    rig.run(60.0)
    assert words in rig.serial
    body = rig.body(rig.get("/health"))
    assert b'"reset_code":%d' % code in body
    uptime_s = int(body.split(b'"uptime_seconds":')[1].split(b",")[0])
    assert 44 <= uptime_s <= 50


def test_connections_vanish_without_a_word():
    rig = Rig(("device-reboot", 10.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(12.0)
    assert rig.ended[stream] == ("Forget", 10.0)


def test_until_the_watchdog_bites_connections_are_open_and_silent():
    rig = Rig(("device-reboot:reason=watchdog", 10.0))
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(10.0)
    sent = len(rig.sent_at[stream])
    rig.get("/ping", 4.0)
    assert rig.got[2] == b""
    assert len(rig.sent_at[stream]) == sent
    assert stream not in rig.ended
    rig.run(15.0)
    assert rig.ended[stream] == ("Forget", 15.0)
