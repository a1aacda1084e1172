"""What happens to packets: lost, late, twice, damaged, and otherwise in order."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from holdfast.core.impair.corrupt import Corrupt
from holdfast.core.impair.cut import Cut
from holdfast.core.impair.duplicate import Duplicate
from holdfast.core.impair.impairment import NOTHING, Impairment
from holdfast.core.impair.latency import Latency
from holdfast.core.impair.loss import Loss
from holdfast.core.impair.packets import Delivery, Packets, Passage
from holdfast.core.impair.reorder import Reorder
from holdfast.core.impair.unit import Direction, End

JITTER = Latency(delay_s=0.1, jitter_s=0.05, distribution="normal")


def test_nothing_passes_at_once():
    assert Packets(NOTHING, Random(1)).send(100, Direction.UP, 3.0) == Passage(
        deliveries=(Delivery(at_s=3.0),)
    )


def test_the_share_of_drops_is_binomial_and_they_are_named():
    packets = Packets(Impairment(loss=(Loss(probability=0.1),)), Random(1))
    seen = [packets.send(100, Direction.UP, n * 0.01) for n in range(5_000)]
    drops = [p for p in seen if not p.deliveries]
    low, high = stats.binom.interval(0.99, 5_000, 0.1)
    assert low <= len(drops) <= high
    assert set(drops) == {Passage(dropped_by="loss")}


@given(st.integers(0, 1_000), st.lists(st.floats(0.0, 0.02), min_size=2, max_size=50))
def test_a_varying_delay_keeps_the_order(seed, steps):
    packets, now, arrivals = Packets(Impairment(latency=(JITTER,)), Random(seed)), 0.0, []
    for step_s in steps:
        now += step_s
        arrivals.append(packets.send(10, Direction.UP, now).deliveries[0].at_s)
        assert arrivals[-1] >= now
    assert arrivals == sorted(arrivals)


def test_only_late_ones_are_overtaken():
    packets = Packets(Impairment(reorder=(Reorder(probability=0.2, by_s=0.5),)), Random(1))
    arrivals = [packets.send(10, Direction.UP, n * 0.1).deliveries[0].at_s for n in range(200)]
    late = [n for n, at_s in enumerate(arrivals) if at_s > n * 0.1 + 0.4]
    others = [at_s for n, at_s in enumerate(arrivals) if n not in late]
    assert 20 < len(late) < 60
    assert others == sorted(others)
    assert any(arrivals[n] > arrivals[n + 1] for n in late)


def test_a_copy_is_damaged_as_the_first():
    spec = Impairment(
        corrupt=(Corrupt(probability=1.0),), duplicate=(Duplicate(probability=1.0, after_s=0.25),)
    )
    first, second = Packets(spec, Random(1)).send(4, Direction.UP, 1.0).deliveries
    assert (first.at_s, second.at_s) == (1.0, 1.25)
    assert first.flip_bit == second.flip_bit
    assert 0 <= first.flip_bit < 32


@pytest.mark.parametrize(
    ("how", "passage"),
    [("reset", Passage(end=End.RESET)), ("hold", Passage(dropped_by="cut"))],
)
def test_a_connection_ends_where_the_link_follows_it(how, passage):
    packets = Packets(Impairment(cut=(Cut(after_bytes=50, how=how),)), Random(1))
    assert packets.send(50, Direction.UP, 0.0).deliveries
    assert packets.send(50, Direction.UP, 0.0, offset_bytes=50) == passage


def test_a_switch_changes_what_comes_after_it():
    packets = Packets(Impairment(loss=(Loss(probability=1.0),)), Random(1))
    assert not packets.send(1, Direction.UP, 0.0).deliveries
    packets.switch(NOTHING, 1.0)
    assert packets.send(1, Direction.UP, 1.0).deliveries == (Delivery(at_s=1.0),)
