"""Criteria travel in a run's header."""

from holdfast.core.journal.events import Header
from holdfast.core.judge.criteria import default_criteria, parse_criterion
from holdfast.core.judge.recorded import recorded_criteria, settings_of


def test_what_a_run_was_made_with_is_read_back():
    criteria = (
        parse_criterion("stream.continuity >= 0.99"),
        parse_criterion("ping.p95_s < 200ms over 60s abort"),
    )
    assert recorded_criteria(Header(settings=settings_of(criteria))) == criteria


def test_order_is_kept_beyond_ten():
    criteria = tuple(parse_criterion(f"ping.p95_s < {n}") for n in range(12))
    assert recorded_criteria(Header(settings=settings_of(criteria))) == criteria


def test_a_run_without_any_is_judged_by_the_documents():
    header = Header(plan="a", duration_s=600.0)
    assert recorded_criteria(header) == default_criteria("a", duration_s=600.0)


def test_an_imported_plan_is_taken_for_the_general_one():
    assert recorded_criteria(Header(plan="imported")) == default_criteria(
        "general", duration_s=600.0, has_health=True
    )


def test_a_criterion_of_another_version_is_left_out():
    header = Header(settings={"criterion.00": "moon.phase > 1", "criterion.01": "ping.p95_s < 1"})
    assert recorded_criteria(header) == (parse_criterion("ping.p95_s < 1"),)
