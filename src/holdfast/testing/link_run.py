"""A short diagnosis inside a test, and what may be asserted of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

from msgspec import Struct, structs

from holdfast.adapters.profiles import load_profile, without_pause
from holdfast.apps.diagnose import diagnose, make_header, was_reached
from holdfast.apps.identify import identify_target
from holdfast.core.explain.finding import Finding, FindingKind
from holdfast.core.judge.criteria import parse_criterion
from holdfast.core.judge.planned import planned_criteria
from holdfast.core.judge.verdict import Verdict, judge
from holdfast.core.link.target import Target
from holdfast.core.measure.run import RunView
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.core.profile import Profile

__all__ = ["SURE", "LinkRun", "diagnose_link", "find_profile", "short_settings"]

SURE: Final = 0.5
"""Confidence from which a cause counts, as for the exit code of ``holdfast explain``."""

_TICKS: Final = 20
"""Ticks of a short run: enough for a share of answered pings in steps of 5 %."""

_T = TypeVar("_T")


class LinkRun(Struct, frozen=True, kw_only=True):
    """A finished diagnosis, with assertions that say what was seen.

    Attributes:
        run: Everything that was recorded.
        findings: Ranked findings.
        verdict: The verdict on the asked criteria.
    """

    run: RunView
    findings: list[Finding]
    verdict: Verdict

    def causes(self, at_least: float = SURE) -> list[Finding]:
        """Return the causes of at least this confidence, the weightiest first."""
        kinds = (f for f in self.findings if f.kind is FindingKind.CAUSE)
        return [finding for finding in kinds if finding.confidence >= at_least]

    def assert_reached(self) -> None:
        """Fail where the target never answered anything."""
        __tracebackhide__ = True
        if not was_reached(self.run):
            raise AssertionError(f"{self.run.header.target} never answered")

    def assert_no_cause(self, at_least: float = SURE) -> None:
        """Fail where a cause was found, and say which, on what evidence."""
        __tracebackhide__ = True
        if causes := self.causes(at_least):
            raise AssertionError(f"no cause expected, found:\n{_told(causes)}")

    def assert_cause(self, code: str, at_least: float = SURE) -> Finding:
        """Return the cause ``code``; fail where it was not found, and say what was."""
        __tracebackhide__ = True
        for finding in self.causes(at_least):
            if finding.code == code:
                return finding
        others = self.causes(0.0)
        told = f"found:\n{_told(others)}" if others else "no cause was found"
        raise AssertionError(f"cause {code} expected with confidence {at_least:g}, {told}")

    def assert_passed(self) -> None:
        """Fail where a criterion was missed or had no evidence, and say which values decided."""
        __tracebackhide__ = True
        if not self.verdict.has_passed:
            told = "\n".join(f"  {j.ruling}: {j}" for j in self.verdict.judgements)
            raise AssertionError(f"the link did not pass:\n{told}")

    def assert_that(self, criterion: str) -> None:
        """Fail where a criterion, e.g. ``"ping.p95_s < 0.2"``, does not hold.

        Raises:
            ConfigError: If it is no criterion.
        """
        __tracebackhide__ = True
        verdict = judge(self.run, (parse_criterion(criterion),))
        if not verdict.has_passed:
            only = verdict.judgements[0]
            raise AssertionError(f"{only.ruling}: {only}")


def find_profile(name: str, target: Target) -> Profile:
    """Load a profile by name, or ask the device where ``name`` is ``auto``.

    Raises:
        ConfigError: If there is no such profile.
    """
    if name != "auto":
        return load_profile(name)
    return load_profile(_in_thread(identify_target(target)).name)


def short_settings(
    target: Target, profile: Profile, *, for_s: float, **changes: Any
) -> DiagnosisSettings:
    """Return settings of a diagnosis that is shorter than the documented ten minutes.

    Args:
        target: Where the device is.
        profile: What it offers.
        for_s: Length in seconds.
        **changes: Further fields of ``DiagnosisSettings``.

    Raises:
        ConfigError: If a value is out of range.
    """
    if target.is_loopback:  # a twin takes no harm
        profile = without_pause(profile)
    least_s = profile.limits.min_request_interval_s
    tick_s = max(min(5.0, for_s / _TICKS), least_s)
    settings: dict[str, Any] = {
        "tick_s": tick_s,
        "health_every_s": max(tick_s, min(30.0, for_s / 5.0)),
        "warmup_s": min(90.0, for_s / 6.0),
        "jitter_s": min(0.25, tick_s / 4.0),
        # A kernel answers its own loopback: ICMP would say nothing about a twin.
        "icmp": not target.is_loopback,
        "host": target.host,
        "port": target.port or profile.port,
        "profile": profile,
        "duration_s": for_s,
    }
    chosen = DiagnosisSettings(**(settings | changes))
    if "criteria" in changes:
        return chosen
    return structs.replace(chosen, criteria=planned_criteria(chosen))


def diagnose_link(settings: DiagnosisSettings, *, seed: int = 0) -> LinkRun:
    """Run one diagnosis, in memory, from a thread that may have an event loop or not."""
    header = make_header(settings, seed=seed)
    done = _in_thread(diagnose(settings, header=header))
    return LinkRun(run=done.run, findings=list(done.findings), verdict=done.verdict)


def _in_thread(work: Coroutine[Any, Any, _T]) -> _T:
    """Await ``work`` in a loop of its own: the calling test may itself run in one."""
    result: list[_T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as exc:  # noqa: BLE001  # raised again where it is waited for
            errors.append(exc)

    thread = threading.Thread(target=run, name="holdfast", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return result[0]


def _told(findings: Sequence[Finding]) -> str:
    lines = []
    for finding in findings:
        lines.append(f"  {finding.code} ({finding.confidence:.2f}): {finding.title}")
        lines += [f"    - {evidence.text}" for evidence in finding.evidence[:3]]
    return "\n".join(lines)
