from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.observe.traffic import LINES_PER_S, Activity, Traffic


def play(times, size=10):
    """Return the times told as lines, and the activities."""
    traffic, lines, activities = Traffic(), [], []
    for now in times:
        while traffic.deadline() <= now:
            activities.append(traffic.on_timer(traffic.deadline()))
        if traffic.message(size, now):
            lines.append(now)
    last = traffic.flush()
    return lines, activities + ([last] if last else [])


def at_rate(per_s, seconds, start=0):
    return [start + i / per_s for i in range(per_s * seconds)]


def test_two_hundred_a_second_are_lines():
    lines, activities = play(at_rate(LINES_PER_S, 5))
    assert (len(lines), activities) == (1_000, [])


def test_more_are_one_activity_a_second():
    """The first second keeps its first 200 lines; the next ones have none."""
    lines, activities = play(at_rate(256, 3))
    assert len(lines) == 200
    assert [a.messages for a in activities] == [56, 256, 256]
    assert activities[1] == Activity(1.0, 255 / 256, 2_560, 256)


def test_a_quiet_second_brings_the_lines_back():
    """Two of five a second, after a second of 256: the window that saw them was not dense."""
    lines, activities = play([*at_rate(256, 2), 2.0, 2.5, 3.0, 3.5])
    assert lines[-2:] == [3.0, 3.5]
    assert [a.messages for a in activities] == [56, 256, 2]


def test_a_pause_brings_the_lines_back_at_once():
    lines, _ = play([*at_rate(256, 1), 2.0])
    assert lines[-1] == 2.0


def test_an_early_timer_is_harmless():
    traffic = Traffic()
    for i in range(201):
        traffic.message(1, i / 1_000)
    assert traffic.deadline() == 1.0
    assert traffic.on_timer(0.999) is None
    assert traffic.on_timer(1.0) == Activity(0.2, 0.0, 1, 1)
    assert traffic.flush() is None


@given(st.lists(st.floats(0.0, 0.02), max_size=800))
def test_every_message_is_told_exactly_once(steps):
    times, now = [], 0.0
    for step in steps:
        now += step
        times.append(now)
    lines, activities = play(times, size=7)
    assert len(lines) + sum(a.messages for a in activities) == len(times)
    assert sum(a.size_bytes for a in activities) == 7 * sum(a.messages for a in activities)
    for activity in activities:
        assert activity.at_s in times
        assert 0.0 <= activity.for_s <= 1.0
    assert len(lines) <= LINES_PER_S * (now + 1.0)
