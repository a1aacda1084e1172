"""The pytest plugin: a running twin and a short diagnosis as fixtures.

Loaded in every test run where the package is installed, so nothing heavy is imported
before a fixture is asked for. Adds no fixture or option that pytest-embedded has.

    @pytest.mark.holdfast(twin="dashboard:heap-decline", duration_s=20)
    def test_the_leak_is_seen(link_run):
        link_run().assert_cause("heap-decline")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from holdfast.testing.link_run import LinkRun
    from holdfast.testing.running_twin import RunningTwin

__all__ = ["device_twin", "link_run", "pytest_addoption", "pytest_configure"]

_MARK: Final = "holdfast"
_MARK_KEYS: Final = ("twin", "dialect", "switches", "fault_at_s", "seed", "profile", "duration_s")
_PROFILES: Final = {"dashboard": "esp32-s3-dashboard"}
"""The profile of each twin."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("holdfast", "links to small networked devices")
    group.addoption(
        "--holdfast-target",
        metavar="HOST[:PORT]",
        help="the device that link_run diagnoses; a twin by default",
    )
    group.addoption(
        "--holdfast-twin",
        metavar="NAME[:FAULT...]",
        default="dashboard",
        help="the twin that device_twin runs, with faults joined by + (default: %(default)s)",
    )
    group.addoption(
        "--holdfast-profile",
        metavar="NAME",
        default="auto",
        help="profile of the target: a name, a .toml file, or auto (default: %(default)s)",
    )
    group.addoption(
        "--holdfast-for",
        metavar="DURATION",
        default="10s",
        help="length of each diagnosis (default: %(default)s)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARK}({', '.join(f'{key}=...' for key in _MARK_KEYS)}): "
        "what device_twin runs and how long link_run looks",
    )


@pytest.fixture
def device_twin(request: pytest.FixtureRequest) -> Iterator[RunningTwin]:
    """A twin on loopback while the test runs; ``address``, ``host``, ``port``, ``truth``."""
    from holdfast.testing.running_twin import RunningTwin, parse_twin

    mark = _mark(request)
    text = mark.get("twin", request.config.getoption("--holdfast-twin"))
    name, faults = parse_twin(text, float(mark.get("fault_at_s", 0.0)))
    twin = RunningTwin(
        name,
        dialect=mark.get("dialect", ""),
        settings=mark.get("switches", {}),
        faults=faults,
        seed=int(mark.get("seed", 0)),
    )
    with twin:
        yield twin


@pytest.fixture
def link_run(request: pytest.FixtureRequest) -> Callable[..., LinkRun]:
    """Call it to diagnose the target, or the twin where none is given.

    ``link_run(target=None, profile=None, **settings)``: ``settings`` are fields of
    ``DiagnosisSettings``, e.g. ``duration_s=20``. Returns a ``LinkRun``.
    """

    def diagnosed(
        target: str | None = None, profile: str | None = None, **settings: Any
    ) -> LinkRun:
        from holdfast.core.link.target import Target, parse_target
        from holdfast.testing.link_run import diagnose_link, find_profile, short_settings

        mark = _mark(request)
        asked = target or request.config.getoption("--holdfast-target")
        known = profile or mark.get("profile") or request.config.getoption("--holdfast-profile")
        if asked:
            where = parse_target(asked)
        else:
            twin = request.getfixturevalue("device_twin")
            where = Target(twin.host, twin.port)
            known = _PROFILES[twin.name] if known == "auto" else known
        for_s = float(settings.pop("duration_s", mark.get("duration_s", _for_s(request))))
        chosen = short_settings(where, find_profile(known, where), for_s=for_s, **settings)
        return diagnose_link(chosen, seed=int(mark.get("seed", 0)))

    return diagnosed


def _for_s(request: pytest.FixtureRequest) -> float:
    from holdfast.core.device.switches import parse_duration

    text = str(request.config.getoption("--holdfast-for"))
    try:
        return parse_duration(text)
    except ValueError:
        raise pytest.UsageError(f"--holdfast-for: must be like 30s or 10m, got {text!r}") from None


def _mark(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker(_MARK)
    if marker is None:
        return {}
    if marker.args or set(marker.kwargs) - set(_MARK_KEYS):
        raise pytest.UsageError(f"mark.{_MARK} takes only {', '.join(_MARK_KEYS)}, by name")
    return dict(marker.kwargs)
