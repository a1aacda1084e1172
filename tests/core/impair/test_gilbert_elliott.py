"""Losses come in bursts of the expected length, in the expected share."""

from itertools import groupby
from random import Random

import pytest

from holdfast.core.impair.gilbert_elliott import GilbertElliott
from holdfast.core.impair.unit import Direction, Fate, Unit

COUNT = 40_000


def lost(spec, directions=(Direction.UP,), seed=3):
    model = spec.model(Random(seed), 0.0)
    seen = {way: [] for way in directions}
    for _ in range(COUNT // len(directions)):
        for way in directions:
            fate = Fate(at_s=0.0)
            model.touch(Unit(at_s=0.0, size_bytes=1, direction=way), fate)
            seen[way].append(fate.lost_by == "gilbert_elliott")
    return seen


def bursts(seen):
    return [sum(1 for _ in run) for is_lost, run in groupby(seen) if is_lost]


def test_the_mean_burst_and_the_share_are_as_documented():
    spec = GilbertElliott(to_bad=0.02, to_good=0.2)
    assert spec.mean_loss == pytest.approx(1 / 11)
    seen = lost(spec)[Direction.UP]
    runs = bursts(seen)
    # Geometric bursts: mean 5, deviation sqrt(0.8)/0.2; four deviations of the mean.
    assert sum(runs) / len(runs) == pytest.approx(5.0, abs=4 * 4.47 / len(runs) ** 0.5)
    # Correlated by (1 - 0.22) a unit: some 8 times the binomial variance.
    assert sum(seen) / COUNT == pytest.approx(1 / 11, abs=4 * (8.1 * 0.083 / COUNT) ** 0.5)


def test_losses_of_each_state_add_up():
    spec = GilbertElliott(to_bad=0.5, to_good=0.5, loss_good=0.1, loss_bad=0.5)
    assert spec.mean_loss == pytest.approx(0.3)
    seen = lost(spec)[Direction.UP]
    assert sum(seen) / COUNT == pytest.approx(0.3, abs=4 * (0.21 / COUNT) ** 0.5)


def test_a_channel_that_never_changes_stays_good():
    assert GilbertElliott(to_bad=0.0, to_good=0.0).mean_loss == 0.0
    assert not any(lost(GilbertElliott(to_bad=0.0, to_good=0.0))[Direction.UP])


def test_the_directions_are_channels_of_their_own():
    seen = lost(GilbertElliott(to_bad=0.02, to_good=0.2), tuple(Direction))
    both = sum(a and b for a, b in zip(*seen.values(), strict=True)) / (COUNT / 2)
    assert both < 0.02  # independent: 1/121; one channel for both: 1/11
