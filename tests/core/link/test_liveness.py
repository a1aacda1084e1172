import math
from random import Random

import pytest

from holdfast.core.link.liveness import Liveness, LivenessSettings, Ping, Silent
from holdfast.errors import ConfigError


class Middle(Random):
    def uniform(self, a, b):
        return (a + b) / 2


def live(ping_s=25.0, silent_s=75.0):
    return Liveness(LivenessSettings(ping_s=ping_s, silent_s=silent_s), Middle(), now=0.0)


def test_a_ping_is_due_at_its_interval_whether_or_not_data_flows():
    link = live()
    link.heard(24.0)
    assert link.deadline() == 25.0
    assert link.on_timer(24.999) == []
    assert link.on_timer(25.0) == [Ping(1)]
    assert link.deadline() == 50.0
    assert link.on_timer(50.0) == [Ping(2)]


def test_pings_are_jittered_by_a_fifth():
    """25 s gives 20 to 30 s, the range of document 000, and uses all of it."""
    rng = Random(3)
    due = [Liveness(LivenessSettings(ping_s=25.0), rng, now=0.0).deadline() for _ in range(300)]
    assert 20.0 <= min(due) < 20.3
    assert 29.7 < max(due) <= 30.0


def test_silence_ends_the_stream_only_after_its_limit():
    link = live(ping_s=math.inf)
    link.heard(5.0)
    assert link.deadline() == 80.0
    assert link.on_timer(79.999) == []
    assert link.on_timer(80.0) == [Silent(75.0)]


def test_silence_comes_before_a_ping_that_is_due():
    assert live(ping_s=75.0, silent_s=75.0).on_timer(75.0) == [Silent(75.0)]


def test_a_pong_gives_the_round_trip_once():
    link = live()
    link.on_timer(25.0)
    assert link.pong(1, 25.125) == 0.125
    assert link.pong(1, 25.2) is None
    assert link.pong(7, 25.2) is None


def test_a_pong_answers_the_pings_before_it_but_not_those_after():
    link = live(ping_s=1.0)
    for now in (1.0, 2.0, 3.0):
        link.on_timer(now)
    assert link.unanswered == 3
    assert link.pong(2, 3.5) == 1.5
    assert link.unanswered == 1
    assert link.pong(1, 3.6) is None
    assert link.pong(3, 4.0) == 1.0


def test_unanswered_pings_are_bounded():
    link = live(ping_s=1.0, silent_s=math.inf)
    for now in range(1, 100):
        link.on_timer(float(now))
    assert link.unanswered == 16
    assert link.pong(1, 100.0) is None
    assert link.pong(99, 100.0) == 1.0


def test_without_pings_and_limit_there_is_no_deadline():
    assert live(ping_s=math.inf, silent_s=math.inf).deadline() == math.inf


@pytest.mark.parametrize("key", ["ping_s", "silent_s"])
@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_thresholds_must_be_positive(key, bad):
    with pytest.raises(ConfigError, match=f"liveness.{key}"):
        LivenessSettings(**{key: bad})
