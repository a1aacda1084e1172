"""What is wrong with the network, the name or the bench is told from what is wrong with the device."""

import pytest

from holdfast.core.explain.engine import explain
from holdfast.core.explain.finding import FindingKind, Side
from holdfast.core.link.transport import Radio
from holdfast.testing.diagnosed import DEVICE, diagnosed

SEEDS = range(20)


def causes(run):
    return [f for f in explain(run) if f.kind is FindingKind.CAUSE]


def bench_goes_deaf(world):
    world.bench_network = Radio(is_up=False)


def bench_hears_again(world):
    world.bench_network = Radio()


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_bench_whose_own_network_fails_does_not_blame_the_device(seed):
    run = diagnosed(seed=seed, happenings=[(200.0, bench_goes_deaf), (260.0, bench_hears_again)])
    found = causes(run)
    assert [f.code for f in found if f.confidence >= 0.5] == ["observer-side"]
    assert found[0].side is Side.HOST


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_without_a_control_target_nothing_is_said_of_the_bench(seed):
    run = diagnosed(
        seed=seed, control="", happenings=[(200.0, bench_goes_deaf), (260.0, bench_hears_again)]
    )
    assert "observer-side" not in [f.code for f in explain(run)]


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_name_that_nobody_knows_any_more_is_named(seed):
    run = diagnosed(seed=seed, happenings=[(0.0, lambda world: world.forget_name(DEVICE))])
    assert [f.code for f in causes(run)] == ["name-not-resolved"]


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("reason", ["panic", "brownout", "watchdog"])
@pytest.mark.parametrize("serial", [True, False])
def test_a_reboot_is_named_with_its_reason(reason, serial):
    run = diagnosed(
        seed=1, serial=serial, faults=[(f"device-reboot:reason={reason}", 120.0)], duration_s=300.0
    )
    (found,) = causes(run)
    assert found.code == "device-reboot"
    told = " ".join([found.title, found.remedy, *(e.text for e in found.evidence)]).lower()
    assert reason in told
