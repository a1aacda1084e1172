"""Assertions on a diagnosis say what was seen; short runs are set up sensibly."""

import asyncio

import pytest

from holdfast.adapters.profiles import load_profile
from holdfast.core.explain.finding import Evidence, Finding, FindingKind, Severity, Side
from holdfast.core.journal.events import Header, Outcome, Probe
from holdfast.core.judge.criteria import parse_criterion
from holdfast.core.judge.verdict import judge
from holdfast.core.link.target import Target
from holdfast.core.measure.run import RunView
from holdfast.errors import ConfigError
from holdfast.testing.link_run import LinkRun, diagnose_link, find_profile, short_settings
from holdfast.testing.running_twin import RunningTwin

LOOPBACK = Target("127.0.0.1", 8080)
DASHBOARD = load_profile("esp32-s3-dashboard")


def finding(code, confidence, kind=FindingKind.CAUSE):
    return Finding(
        code=code,
        kind=kind,
        side=Side.DEVICE,
        severity=Severity.ERROR,
        confidence=confidence,
        title=f"It is {code}.",
        evidence=(Evidence(text=f"{code} was seen"),),
        remedy="Mend it.",
        from_s=0.0,
        to_s=1.0,
    )


def link_run(*findings, outcomes=(Outcome.OK,), require="ping.ok_ratio >= 0.99"):
    probes = [
        Probe(at_s=float(i), seq=i + 1, method="http", target="ping", outcome=o, total_s=0.01)
        for i, o in enumerate(outcomes)
    ]
    run = RunView(Header(target="x:80", warmup_s=0.0), probes)
    return LinkRun(
        run=run, findings=list(findings), verdict=judge(run, (parse_criterion(require),))
    )


def failure(call, *args):
    with pytest.raises(AssertionError) as caught:
        call(*args)
    return str(caught.value)


def test_no_cause_ignores_weak_causes_and_observations():
    link_run().assert_no_cause()
    link_run(finding("a", 0.49), finding("b", 0.9, FindingKind.OBSERVATION)).assert_no_cause()
    told = failure(link_run(finding("a", 0.5)).assert_no_cause)
    assert told == "no cause expected, found:\n  a (0.50): It is a.\n    - a was seen"


def test_a_cause_is_returned_or_the_others_are_told():
    run = link_run(finding("a", 0.9), finding("b", 0.3))
    assert run.assert_cause("a").code == "a"
    assert run.assert_cause("b", at_least=0.3).confidence == 0.3
    told = failure(run.assert_cause, "b")
    assert told.startswith("cause b expected with confidence 0.5, found:\n  a (0.90): It is a.")
    assert failure(link_run().assert_cause, "a") == (
        "cause a expected with confidence 0.5, no cause was found"
    )


def test_passed_tells_the_values_that_decided():
    link_run().assert_passed()
    lost = link_run(outcomes=(Outcome.OK, Outcome.NO_RESPONSE))
    assert failure(lost.assert_passed) == (
        "the link did not pass:\n  missed: ping.ok_ratio (0.5) >= 0.99"
    )
    assert failure(link_run(require="stream.continuity > 0.9").assert_passed) == (
        "the link did not pass:\n  no_evidence: stream.continuity (no evidence) > 0.9"
    )


def test_any_criterion_may_be_asserted():
    run = link_run(outcomes=(Outcome.OK, Outcome.NO_RESPONSE))
    run.assert_that("ping.failed_total == 1")
    assert failure(run.assert_that, "ping.ok_ratio > 0.5") == "missed: ping.ok_ratio (0.5) > 0.5"
    with pytest.raises(ConfigError):
        run.assert_that("nonsense")


def test_reached_means_that_anything_answered():
    link_run().assert_reached()
    told = failure(link_run(outcomes=(Outcome.CONNECT_TIMEOUT,)).assert_reached)
    assert told == "x:80 never answered"


def test_a_short_run_on_loopback_is_dense_and_without_icmp():
    settings = short_settings(LOOPBACK, DASHBOARD, for_s=10.0)
    assert (settings.tick_s, settings.health_every_s, settings.jitter_s) == (0.5, 2.0, 0.125)
    assert settings.warmup_s == pytest.approx(10 / 6)
    assert settings.icmp is False
    assert settings.port == 8080


def test_a_real_device_is_asked_no_more_often_than_its_profile_allows():
    settings = short_settings(Target("192.0.2.7"), DASHBOARD, for_s=10.0)
    assert (settings.tick_s, settings.health_every_s) == (5.0, 5.0)
    assert settings.icmp is True
    assert settings.port == 80


def test_a_long_run_is_the_documented_one():
    settings = short_settings(LOOPBACK, DASHBOARD, for_s=600.0)
    assert (settings.tick_s, settings.health_every_s, settings.warmup_s) == (5.0, 30.0, 90.0)


def test_changes_win_and_the_criteria_follow_the_plan():
    settings = short_settings(LOOPBACK, DASHBOARD, for_s=10.0, plan="a", tick_s=1.0)
    assert settings.tick_s == 1.0
    assert {c.measure.partition(".")[0] for c in settings.criteria} == {"stream"}
    own = (parse_criterion("ping.ok_ratio > 0"),)
    assert short_settings(LOOPBACK, DASHBOARD, for_s=9.0, criteria=own).criteria == own
    bare = short_settings(LOOPBACK, load_profile("generic"), for_s=10.0)
    assert [c.measure for c in bare.criteria] == ["ping.ok_ratio"]


@pytest.mark.net
def test_auto_asks_the_device():
    with RunningTwin() as twin:
        target = Target(twin.host, twin.port)
        assert find_profile("auto", target).name == "esp32-s3-dashboard"
        assert find_profile("wled", target).name == "wled"


@pytest.mark.net
@pytest.mark.slow
def test_a_healthy_twin_passes_also_from_within_an_event_loop():
    async def inside():
        with RunningTwin() as twin:
            target = Target(twin.host, twin.port)
            return diagnose_link(short_settings(target, DASHBOARD, for_s=2.0))

    run = asyncio.run(inside())
    run.assert_reached()
    run.assert_no_cause()
    run.assert_that("ping.ok_ratio == 1")
