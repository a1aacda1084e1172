"""A journal's header says what measures need later, and no secret."""

import msgspec

from holdfast.adapters.profiles import load_profile
from holdfast.core.judge.criteria import parse_criterion
from holdfast.core.judge.recorded import recorded_criteria
from holdfast.core.measure.gaps import gap_limit_s
from holdfast.core.measure.run import RunView
from holdfast.core.observe.run_header import header_of
from holdfast.core.observe.settings import DiagnosisSettings

DASHBOARD = load_profile("esp32-s3-dashboard")


def header(**changes):
    given = {"host": "board.local", "port": 80, "profile": DASHBOARD} | changes
    return header_of(DiagnosisSettings(**given), seed=7, tool="test")


def test_it_names_target_plan_and_seed():
    told = header()
    assert (told.target, told.plan, told.profile, told.seed) == (
        "board.local:80", "general", "esp32-s3-dashboard", 7,
    )  # fmt: skip
    assert header(link="kitchen").target == "kitchen"


def test_the_gap_limit_of_the_profile_is_the_runs():
    assert DASHBOARD.stream is not None
    stream = msgspec.structs.replace(DASHBOARD.stream, gap_limit_s=15.0)
    slow = msgspec.structs.replace(DASHBOARD, stream=stream)
    assert gap_limit_s(RunView(header(profile=slow), [])) == 15.0
    assert gap_limit_s(RunView(header(), [])) == 3.0


def test_a_run_without_a_stream_says_nothing_of_one():
    assert not any(name.startswith("stream.") for name in header(stream=False).settings)


def test_criteria_are_kept():
    criteria = (parse_criterion("ping.p95_s < 1"),)
    assert recorded_criteria(header(criteria=criteria)) == criteria


def test_no_secret_is_in_it():
    told = header(authorization="Bearer c2VjcmV0")
    assert "c2VjcmV0" not in repr(told)
