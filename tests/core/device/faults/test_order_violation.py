"""Fault ``order-violation``: what it does to the dashboard."""

import re

from tests.core.device.rig import Rig


def told(rig, stream):
    text = bytes(rig.got[stream]).decode()
    return (
        [int(n) for n in re.findall(r'"seq":(\d+)', text)],
        [int(n) for n in re.findall(r'"uptime_ms":(\d+)', text)],
    )


def test_an_old_message_comes_again_and_nothing_is_lost():
    rig = Rig(("order-violation:every=0,behind=3", 8.5))
    stream = rig.get("/api/events", 15.0)
    numbers, times = told(rig, stream)
    (place,) = [i for i, n in enumerate(numbers) if i and n <= numbers[i - 1]]
    assert numbers[place] == numbers[place - 1] - 2
    assert numbers[place + 1] == numbers[place - 1] + 1
    assert times[place] == times[place - 1] - 2000
    assert rig.values("stream_repeated", "behind") == [3]


def test_before_it_and_without_it_the_order_holds():
    rig = Rig(("order-violation:every=0", 100.0))
    numbers, times = told(rig, rig.get("/api/events", 15.0))
    assert len(numbers) >= 10
    assert numbers == sorted(set(numbers))
    assert times == sorted(set(times))


def test_a_first_message_has_none_before_it():
    rig = Rig(("order-violation:every=0", 0.0))
    numbers, _ = told(rig, rig.get("/api/events", 1.5))
    assert numbers[0] == 1
