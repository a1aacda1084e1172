"""The dashboard as a whole: ten minutes of both dialects, cheap and repeatable."""

import pytest
from tests.core.device.rig import UPGRADE, Rig

PONG = b"\x8a\x80\x00\x00\x00\x00"


def ten_minutes(**more):
    rig = Rig(**more)
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    for tick in range(120):
        rig.get("/ping", 2.5)
        if tick % 6 == 0:
            rig.get("/health", 0.0)
        if tick % 5 == 0 and stream not in rig.ended:
            rig.send(stream, PONG)
        rig.run(5.0 * (tick + 1))
    return rig, stream


def test_a_healthy_device_answers_everything_for_ten_minutes():
    rig, stream = ten_minutes()
    assert set(rig.values("request", "outcome")) == {"answered"}
    assert len(rig.told("request")) == 140
    assert stream not in rig.ended
    assert rig.told("stream_gap") == []


def test_the_same_seed_does_the_same():
    first, second = (ten_minutes(seed=5)[0] for _ in range(2))
    assert first.truth == second.truth
    assert first.got == second.got
    assert first.serial == second.serial
    assert ten_minutes(seed=6)[0].got != first.got


def test_in_the_firmware_pings_fail_exactly_while_the_stream_is_open():
    rig = Rig(dialect="firmware")
    rig.get("/api/events", 0.0)
    answered = []
    while rig.now < 400.0:
        asked_at_s = rig.now
        if rig.listen[80] == "accept":
            conn = rig.get("/ping", 4.0)
            if rig.status(conn) == 200:
                answered.append(asked_at_s)
            if conn not in rig.ended:
                rig.leave(conn)
        rig.run(asked_at_s + 5.0)
    (closed,) = rig.told("stream_closed")
    assert closed.values["for_s"] == 300.0
    assert answered == [5.0 * n for n in range(61, 80)]


@pytest.mark.parametrize("dialect", ["plan", "firmware"])
def test_it_never_asks_for_a_timer_in_the_past(dialect):
    rig = Rig(
        ("wifi-dropout:for=1s,every=50s", 20.0),
        ("stream-stalled", 5.0),
        ("device-reboot", 100.0),
        dialect=dialect,
    )
    for _ in range(200):
        before = rig.now
        rig.run_for(1.0)
        assert rig.machine.deadline() > before
        if rig.listen[80] == "accept":
            rig.get("/ping", 0.1)


def test_early_timers_are_harmless():
    rig = Rig()
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    for n in range(1, 500):
        rig.now = n * 0.01
        rig._apply(rig.machine.on_timer(rig.now))
    assert len(rig.sent_at[stream]) == 6


def test_a_late_timer_sends_once_and_does_not_catch_up():
    rig = Rig(heartbeat="off")
    stream = rig.connect()
    rig.send(stream, UPGRADE)
    rig.run(1.0)
    sent = len(rig.sent_at[stream])
    rig.now = 30.0
    rig._apply(rig.machine.on_timer(rig.now))
    assert len(rig.sent_at[stream]) == sent + 1
    assert rig.machine.deadline() > 30.0
    gap = rig.told("stream_gap")[0]
    assert gap.values["for_s"] > 28.0
