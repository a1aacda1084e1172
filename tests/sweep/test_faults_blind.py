"""Each fault of the twin, diagnosed blind over many seeds, yields its own finding and no other cause."""

import pytest

from holdfast.core.device.catalogue import FINDING_OF, FAULTS
from holdfast.core.explain.engine import explain
from holdfast.core.explain.finding import FindingKind
from holdfast.testing.diagnosed import diagnosed

SEEDS = range(20)


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_yields_its_own_finding(fault, seed):
    findings = explain(diagnosed(seed=seed, faults=[(fault, 120.0)]))
    expected = FINDING_OF.get(fault, fault)
    codes = [f.code for f in findings]
    assert expected in codes
    causes = [f for f in findings if f.kind is FindingKind.CAUSE]
    if any(f.code == expected for f in causes):
        assert causes[0].code == expected
    assert [f.code for f in causes if f.confidence >= 0.8 and f.code != expected] == []


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_twin_has_no_cause(seed):
    findings = explain(diagnosed(seed=seed))
    assert [f.code for f in findings if f.kind is FindingKind.CAUSE] == []
