"""What is sent to a sleeping device waits for a beacon; to a waking one it does not."""

from random import Random

import numpy as np
import pytest
from scipy import stats

from holdfast.core.impair.modem_sleep import ModemSleep
from holdfast.core.impair.unit import Direction, Fate, Unit


def send(model, at_s, direction=Direction.UP):
    fate = Fate(at_s=at_s)
    model.touch(Unit(at_s=at_s, size_bytes=1, direction=direction), fate)
    return fate


def test_single_units_form_a_comb():
    model = ModemSleep(beacon_s=0.3, awake_s=0.05).model(Random(1), 0.0)
    rng, now, waits, arrivals = Random(7), 0.0, [], []
    for _ in range(2_000):
        now += 1.0 + rng.random()
        fate = send(model, now)
        assert fate.held_by == "modem_sleep"
        waits.append(fate.at_s - now)
        arrivals.append(fate.at_s)
    assert stats.kstest(waits, stats.uniform(0.0, 0.3).cdf).pvalue > 0.01
    teeth = np.array(arrivals) % 0.3
    assert np.ptp(np.minimum(teeth, 0.3 - teeth)) < 1e-6 or np.ptp(teeth) < 1e-6


def test_a_device_that_just_sent_is_awake():
    model = ModemSleep(beacon_s=0.3, awake_s=0.05).model(Random(1), 0.0)
    assert send(model, 10.0, Direction.DOWN) == Fate(at_s=10.0)
    assert send(model, 10.04) == Fate(at_s=10.04)  # and this keeps it awake
    assert send(model, 10.08) == Fate(at_s=10.08)
    assert send(model, 10.14).held_by == "modem_sleep"


def test_units_that_wait_for_one_beacon_arrive_with_it():
    model = ModemSleep(beacon_s=0.3).model(Random(1), 0.0)
    first = send(model, 10.0)
    assert send(model, 10.0001).at_s == pytest.approx(first.at_s)


def test_a_missed_beacon_costs_another():
    model = ModemSleep(beacon_s=0.1, awake_s=0.0, miss_probability=0.5).model(Random(1), 0.0)
    waits = [send(model, 100.0 * n).at_s - 100.0 * n for n in range(1, 1_001)]
    share = sum(wait > 0.1 for wait in waits) / 1_000
    low, high = (edge / 1_000 for edge in stats.binom.interval(0.99, 1_000, 0.5))
    assert low <= share <= high
    always = ModemSleep(beacon_s=0.1, miss_probability=1.0).model(Random(1), 0.0)
    assert 1.9 <= send(always, 5.0).at_s - 5.0 <= 2.1
