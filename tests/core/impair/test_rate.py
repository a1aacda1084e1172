"""No more leaves than bucket and rate allow, and no more waits than the queue holds."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.impair.rate import Rate
from holdfast.core.impair.unit import Direction, Fate, Unit


def run(spec, sends, can_wait=False, direction=Direction.UP):
    """Return the fates of ``sends``, pairs of time and size."""
    model = spec.model(Random(1), 0.0)
    fates = []
    for at_s, size_bytes in sends:
        fate = Fate(at_s=at_s)
        model.touch(
            Unit(at_s=at_s, size_bytes=size_bytes, direction=direction, can_wait=can_wait), fate
        )
        fates.append(fate)
    return fates


SPEC = Rate(bits_per_s=8_000.0, burst_bytes=1_000, queue_bytes=2_000)


def test_the_bucket_passes_at_once_and_then_the_rate_holds():
    fates = run(SPEC, [(10.0, 1_000), (10.0, 500), (10.0, 500), (12.0, 1_000), (12.0, 1)])
    assert [f.at_s for f in fates] == pytest.approx([10.0, 10.5, 11.0, 12.0, 12.001])


def test_a_packet_that_the_queue_cannot_hold_is_dropped_and_takes_no_room():
    fates = run(SPEC, [(0.0, 1_000), (0.0, 2_000), (0.0, 1), (0.001, 1)])
    assert [f.lost_by for f in fates] == ["", "", "rate", ""]
    assert fates[3].at_s == pytest.approx(2.001)


def test_a_stream_waits_instead():
    fates = run(SPEC, [(0.0, 1_000), (0.0, 2_000), (0.0, 1)], can_wait=True)
    assert [f.held_by for f in fates] == ["", "", "rate"]
    assert [f.lost_by for f in fates] == ["", "", ""]
    assert fates[2].at_s == pytest.approx(2.001)


def test_the_directions_do_not_share():
    model = SPEC.model(Random(1), 0.0)
    for direction in Direction:
        fate = Fate(at_s=0.0)
        model.touch(Unit(at_s=0.0, size_bytes=1_000, direction=direction), fate)
        assert fate.at_s == 0.0


@given(st.lists(st.tuples(st.floats(0.0, 2.0), st.integers(1, 1_500)), max_size=60))
def test_over_any_time_no_more_leaves_than_bucket_and_rate(steps):
    sends, now = [], 0.0
    for step_s, size_bytes in steps:
        now += step_s
        sends.append((now, size_bytes))
    spec = Rate(bits_per_s=80_000.0, burst_bytes=1_500, queue_bytes=10_000)
    left = [
        (fate.at_s, size)
        for fate, (_, size) in zip(run(spec, sends), sends, strict=True)
        if not fate.lost_by
    ]
    assert [at for at, _ in left] == sorted(at for at, _ in left)
    for first in range(len(left)):
        total = 0
        for at_s, size_bytes in left[first:]:
            total += size_bytes
            assert total <= 1_500 + 10_000 * (at_s - left[first][0]) + 1e-3 + left[first][1]
