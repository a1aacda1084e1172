"""Criteria as text: exact, with units, and refused in one line when wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.judge.criteria import (
    OPERATORS,
    Criterion,
    check_criterion,
    default_criteria,
    format_criterion,
    parse_criterion,
)
from holdfast.core.measure.summary import MEASURES
from holdfast.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "measure", "operator", "limit"),
    [
        ("stream.continuity >= 0.99", "stream.continuity", ">=", 0.99),
        ("stream.continuity>=99%", "stream.continuity", ">=", 0.99),
        ("ping.p95_s < 200ms", "ping.p95_s", "<", 0.2),
        ("ping.p95_s < 200 ms", "ping.p95_s", "<", 0.2),
        ("  ping.p95_s<=0.2s  ", "ping.p95_s", "<=", 0.2),
        ("ping.p95_s < 0.2", "ping.p95_s", "<", 0.2),
        ("stream.longest_session_s >= 10m", "stream.longest_session_s", ">=", 600.0),
        ("stream.longest_session_s >= 10min", "stream.longest_session_s", ">=", 600.0),
        ("stream.gaps_total == 0", "stream.gaps_total", "==", 0.0),
        ("rssi.min_dbm > -75dBm", "rssi.min_dbm", ">", -75.0),
        ("rssi.min_dbm > -75", "rssi.min_dbm", ">", -75.0),
        ("heap.free_min_bytes >= 20kB", "heap.free_min_bytes", ">=", 20_000.0),
        ("heap.free_min_bytes >= 20KiB", "heap.free_min_bytes", ">=", 20_480.0),
        ("heap.slope_bytes_per_s > -6kB/min", "heap.slope_bytes_per_s", ">", -100.0),
        ("stream.message_rate_hz > 9e-1 Hz", "stream.message_rate_hz", ">", 0.9),
        ("all.ping.ok_ratio >= .5", None, None, None),
        ("all.ping.ok_ratio >= 0.5", "all.ping.ok_ratio", ">=", 0.5),
    ],
)
def test_forms(text, measure, operator, limit):
    if measure is None:
        with pytest.raises(ConfigError, match="MEASURE OPERATOR LIMIT"):
            parse_criterion(text)
        return
    found = parse_criterion(text)
    assert (found.measure, found.operator) == (measure, operator)
    assert found.limit == pytest.approx(limit, rel=1e-12)
    assert (found.window_s, found.abort, found.why) == (None, False, "")


def test_window_and_abort():
    found = parse_criterion("ping.ok_ratio >= 50% over 2m abort", why="tried")
    assert found == Criterion(
        measure="ping.ok_ratio", operator=">=", limit=0.5, window_s=120.0, abort=True, why="tried"
    )
    assert parse_criterion("stream.gap_max_s <= 30s abort").abort
    assert parse_criterion("ping.ok_ratio >= 1 over 500ms").window_s == 0.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "stream.continuty >= 0.99",
            "require: unknown measure 'stream.continuty', did you mean stream.continuity?",
        ),
        (
            "ping.p95 < 200ms",
            "require: unknown measure 'ping.p95', did you mean ping.p95_s?",
        ),
        (
            "all.ping.ok_rate >= 1",
            "require: unknown measure 'all.ping.ok_rate', did you mean ping.ok_ratio?",
        ),
        (
            "xyzzy < 1",
            "require: unknown measure 'xyzzy', they begin with one of ping, health, metrics, http,"
            " icmp, control, stream, device, heap, rssi, wifi, bench",
        ),
        ("ping.p95_s < 200kB", "require: ping.p95_s takes us, ms, s, m, min, h, got 'kB'"),
        ("stream.gaps_total == 0s", "require: stream.gaps_total takes no unit, got 's'"),
        (
            "stream.continuity",
            "require: must be MEASURE OPERATOR LIMIT, e.g. 'stream.continuity >= 0.99',"
            " got 'stream.continuity'",
        ),
        (
            "ping.ok_ratio => 1",
            "require: must be MEASURE OPERATOR LIMIT, e.g. 'stream.continuity >= 0.99',"
            " got 'ping.ok_ratio => 1'",
        ),
        (
            "a" * 201,
            "require: must be MEASURE OPERATOR LIMIT, e.g. 'stream.continuity >= 0.99',"
            " got '201 characters'",
        ),
        ("ping.ok_ratio >= 1 over 0s", "require.window_s: must be positive and finite, got 0.0"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_criterion(text)
    assert str(caught.value) == message


@given(st.text(max_size=250))
def test_any_text_is_a_criterion_or_one_line(text):
    try:
        found = parse_criterion(text, key="k")
    except ConfigError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 1200
    else:
        assert found.measure.removeprefix("all.") in MEASURES


CRITERIA = st.builds(
    Criterion,
    measure=st.sampled_from(sorted(MEASURES)),
    operator=st.sampled_from(OPERATORS),
    limit=st.integers(-(10**6), 10**6).map(lambda n: n / 1000),
    window_s=st.none() | st.integers(1, 10**6).map(lambda n: n / 1000),
    abort=st.booleans(),
)


@given(CRITERIA)
def test_the_text_of_a_criterion_reads_back_as_itself(criterion):
    assert parse_criterion(format_criterion(criterion)) == criterion


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": "nothing.here"}, "criteria: unknown measure 'nothing.here', they begin with"),
        ({"operator": "!="}, "criteria.operator: must be one of < <= > >= ==, got '!='"),
        ({"limit": float("nan")}, "criteria.limit: must be finite, got nan"),
        ({"window_s": 0.0}, "criteria.window_s: must be positive and finite, got 0.0"),
        ({"window_s": float("inf")}, "criteria.window_s: must be positive and finite, got inf"),
    ],
)
def test_a_criterion_from_a_profile_is_checked_alike(change, message):
    fields = {"measure": "ping.ok_ratio", "operator": ">=", "limit": 1.0} | change
    with pytest.raises(ConfigError) as caught:
        check_criterion(Criterion(**fields))
    assert str(caught.value).startswith(message)


def names(criteria):
    return [c.measure for c in criteria]


def test_the_documents_criteria_for_each_plan():
    stream = ["stream.continuity", "stream.gap_max_s", "stream.longest_session_s"]
    assert names(default_criteria("a")) == stream
    assert names(default_criteria("b")) == [
        *stream, "ping.ok_ratio", "http.reset_total", "http.early_close_total",
    ]  # fmt: skip
    assert names(default_criteria("general", has_health=True)) == [
        *stream, "ping.ok_ratio", "all.health.context_names_total",
    ]  # fmt: skip
    assert names(default_criteria("general", has_stream=False)) == ["ping.ok_ratio"]


def test_the_documents_criteria_are_valid_and_say_where_they_come_from():
    for plan in ("general", "a", "b"):
        for criterion in default_criteria(plan, has_health=True):
            check_criterion(criterion)
            assert criterion.why.startswith("document 000: ")


@pytest.mark.parametrize(("duration_s", "held_s"), [(600, 594), (3600, 594), (60, 59.4)])
def test_a_stream_must_hold_ten_minutes_or_the_shorter_run(duration_s, held_s):
    found = {c.measure: c.limit for c in default_criteria("a", duration_s=duration_s)}
    assert found["stream.longest_session_s"] == pytest.approx(held_s)
    assert (found["stream.continuity"], found["stream.gap_max_s"]) == (0.99, 3.0)
