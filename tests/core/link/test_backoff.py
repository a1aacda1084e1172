from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.link.backoff import Backoff, BackoffSettings
from holdfast.errors import ConfigError


class Top(Random):
    """Draws the upper bound itself, so that bounds can be asserted exactly."""

    def uniform(self, a, b):
        return b


def test_bounds_double_up_to_the_cap():
    backoff = Backoff(Top(), BackoffSettings(base_s=1.0, cap_s=30.0))
    assert [backoff.next_delay_s() for _ in range(7)] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_stable_link_starts_small_again():
    """Held for stable_s is stable; a moment less is one more failure."""
    backoff = Backoff(Top(), BackoffSettings(stable_s=10.0))
    backoff.next_delay_s()
    assert backoff.next_delay_s(9.999) == 2.0
    assert backoff.next_delay_s(10.0) == 1.0
    assert backoff.failures == 1


def test_delays_are_drawn_from_zero():
    """Full jitter: the lower half of the range is used as well."""
    backoff = Backoff(Random(1), BackoffSettings(base_s=8.0, cap_s=8.0))
    drawn = [backoff.next_delay_s() for _ in range(400)]
    assert min(drawn) < 0.2
    assert max(drawn) > 7.8
    assert sum(drawn) / 400 == pytest.approx(4.0, abs=0.4)


def test_the_peers_wish_comes_first_and_stays_below_the_cap():
    backoff = Backoff(Top(), BackoffSettings(base_s=1.0, cap_s=5.0))
    assert backoff.next_delay_s(at_least_s=3.0) == 4.0
    assert backoff.next_delay_s(at_least_s=86_400.0) == 5.0


@given(st.integers(0, 5_000), st.integers())
def test_no_number_of_failures_overflows(failures, seed):
    backoff = Backoff(Random(seed))
    backoff.failures = failures
    assert 0.0 <= backoff.next_delay_s() <= 30.0


@pytest.mark.parametrize("key", ["base_s", "cap_s", "stable_s"])
@pytest.mark.parametrize("bad", [0.0, -1.0, float("inf"), float("nan")])
def test_settings_must_be_positive_and_finite(key, bad):
    with pytest.raises(ConfigError, match=f"backoff.{key}"):
        BackoffSettings(**{key: bad})


def test_the_cap_is_not_below_the_base():
    with pytest.raises(ConfigError, match="must be at least base_s 5, got 4"):
        BackoffSettings(base_s=5.0, cap_s=4.0)
