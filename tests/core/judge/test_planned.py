"""A run is not judged by what its plan never looks at."""

import msgspec
import pytest

from holdfast.adapters.profiles import load_profile
from holdfast.core.judge.criteria import default_criteria, parse_criterion
from holdfast.core.judge.planned import planned_criteria
from holdfast.core.observe.settings import DiagnosisSettings

DASHBOARD = load_profile("esp32-s3-dashboard")


def settings(plan="general", profile=DASHBOARD, **changes):
    return DiagnosisSettings(host="x", port=80, profile=profile, plan=plan, **changes)


def groups(criteria):
    return {c.measure.removeprefix("all.").partition(".")[0] for c in criteria}


@pytest.mark.parametrize(
    ("plan", "stream", "expected"),
    [
        ("general", True, {"stream", "ping", "http", "health"}),
        ("a", True, {"stream"}),
        ("b", True, {"stream", "ping", "http"}),
        ("general", False, {"ping", "http", "health"}),
    ],
)
def test_the_plan_decides_what_can_be_judged(plan, stream, expected):
    assert groups(planned_criteria(settings(plan, stream=stream))) == expected


@pytest.mark.parametrize(("plan", "kept"), [("general", True), ("a", False), ("b", False)])
def test_what_only_health_tells_is_judged_where_it_is_asked_for(plan, kept):
    heap = parse_criterion("heap.free_min_bytes > 20000")
    told = msgspec.structs.replace(DASHBOARD, criteria=(heap,))
    assert planned_criteria(settings(plan, profile=told)) == ((heap,) if kept else ())


def test_a_profile_without_criteria_gets_the_documents():
    bare = msgspec.structs.replace(DASHBOARD, criteria=())
    assert planned_criteria(settings(profile=bare)) == default_criteria(
        "general", duration_s=600.0, has_health=True
    )


def test_what_the_user_asks_for_is_always_kept():
    asked = parse_criterion("ping.p95_s < 1")
    assert planned_criteria(settings("a"), [asked])[-1] == asked
