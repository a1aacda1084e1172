"""First packets that wait for a beacon."""

from random import Random

import pytest
from tests.core.explain.runs import Bench

from holdfast.core.explain.rules.network.modem_sleep import check


def sleepy(beacons=1, share=1.0, count=80, seed=1, *, icmp=True):
    rng, bench = Random(seed), Bench()
    for i in range(count):
        wait_s = rng.uniform(0.0, 0.1024 * beacons) if rng.random() < share else 0.0
        if icmp:
            bench.echo(5.0 * i, rtt_s=0.004 + rng.uniform(0.0, 0.1024 * beacons))
        bench.ask(5.0 * i + 0.1, connect_s=0.005 + wait_s, wait_s=0.02)
    return bench.view()


@pytest.mark.parametrize("beacons", [1, 3])
@pytest.mark.parametrize("seed", range(10))
def test_waits_spread_evenly_up_to_a_beacon(beacons, seed):
    (found,) = check(sleepy(beacons, seed=seed))
    assert found.confidence >= 0.8
    assert found.evidence[-1].limit == pytest.approx(0.1024 * beacons)


def test_it_needs_no_icmp():
    (found,) = check(sleepy(icmp=False))
    assert [e.metric for e in found.evidence] == ["connect_s", "wait_edge_s"]


def test_a_radio_that_is_half_awake_still_shows():
    assert len(check(sleepy(share=0.5, icmp=False))) == 1


@pytest.mark.parametrize("seed", range(40))
def test_a_tail_of_queueing_delays_is_none(seed):
    rng, bench = Random(seed), Bench()
    for i in range(100):
        bench.ask(5.0 * i, connect_s=0.008 + rng.expovariate(1 / 0.025))
    assert not check(bench.view())


def test_a_quick_or_a_slow_but_steady_link_is_none():
    quick, slow = Bench(), Bench()
    rng = Random(3)
    for i in range(100):
        quick.ask(5.0 * i, connect_s=rng.uniform(0.005, 0.03))
        slow.ask(5.0 * i, connect_s=rng.gauss(0.150, 0.004))
    assert not check(quick.view())
    assert not check(slow.view())


def test_few_samples_tell_nothing():
    assert not check(sleepy(count=10, icmp=False))
