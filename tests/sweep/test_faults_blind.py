"""Each fault of the twin, diagnosed blind over many seeds, yields its own finding and no other cause."""

import pytest

from holdfast.adapters.profiles import load_profile, with_stream
from holdfast.core.device.catalogue import faults, finding_of
from holdfast.core.explain.engine import explain
from holdfast.core.explain.finding import FindingKind
from holdfast.testing.diagnosed import diagnosed

SEEDS = range(20)
SURE = 0.8
"""No other cause may be claimed with this confidence."""
FROM_THE_START = {"rssi-frozen", "host-unreachable", "device-booting", "stream-refused"}
"""Faults that are there before the bench is; the others begin in mid-run."""
FRAMES = {"torn-frames"}
"""Faults of WebSocket frames: the bench takes the device's WebSocket stream."""
REASONS = ("panic", "brownout", "watchdog")
CASES = sorted(
    [f for f in faults() if finding_of(f) and f != "device-reboot"]
    + [f"device-reboot:reason={reason}" for reason in REASONS]
)


def findings_of(case, seed):
    fault = case.partition(":")[0]
    profile = load_profile("esp32-s3-dashboard")
    if fault in FRAMES:
        profile = with_stream(profile, "ws")
    at_s = 0.0 if fault in FROM_THE_START else 120.0
    return explain(diagnosed(seed=seed, faults=[(case, at_s)], profile=profile))


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", CASES)
def test_a_fault_yields_its_own_finding_and_no_other_cause(case, seed):
    findings = findings_of(case, seed)
    expected = finding_of(case.partition(":")[0])
    assert expected in [f.code for f in findings]
    causes = [f for f in findings if f.kind is FindingKind.CAUSE]
    if any(f.code == expected for f in causes):
        assert causes[0].code == expected
    assert [f.code for f in causes if f.confidence >= SURE and f.code != expected] == []


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_twin_has_no_finding(seed):
    assert explain(diagnosed(seed=seed)) == []


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_firmware_as_it_was_blocks_its_server_and_caps_its_stream(seed):
    codes = {f.code for f in explain(diagnosed(seed=seed, dialect="firmware"))}
    assert codes == {"server-blocked-by-stream", "stream-lifetime-cap"}
