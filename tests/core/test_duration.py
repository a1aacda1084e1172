"""Durations are read and written in the same form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.duration import format_duration, parse_duration_s
from holdfast.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30.0), ("10m", 600.0), ("24h", 86_400.0), ("1h30m", 5_400.0),
     ("2.5s", 2.5), ("1d", 86_400.0), ("0s", 0.0), ("1m1ms", 60.001)],
)  # fmt: skip
def test_documented_forms(text, seconds):
    assert parse_duration_s(text, "--for") == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10", "must be a duration like 500ms, 30s, 10m or 1h30m, got '10'; a number needs a unit"),
        ("", "must be a duration like 500ms, 30s, 10m or 1h30m, got ''"),
        ("10 m", "must be a duration like 500ms, 30s, 10m or 1h30m, got '10 m'"),
        ("-5s", "must be a duration like 500ms, 30s, 10m or 1h30m, got '-5s'"),
        ("1e3s", "must be a duration like 500ms, 30s, 10m or 1h30m, got '1e3s'"),
        ("10s\n", "must be a duration like 500ms, 30s, 10m or 1h30m, got '10s\\n'"),
        ("infs", "must be a duration like 500ms, 30s, 10m or 1h30m, got 'infs'"),
        ("٣s", "must be a duration like 500ms, 30s, 10m or 1h30m, got '٣s'"),
        ("30m1h", "must go from large units to small, each once, got '30m1h'"),
        ("1s1s", "must go from large units to small, each once, got '1s1s'"),
        ("999999999d", "must be within 0s to 365d, got '999999999d'"),
    ],
)
def test_anything_else_is_refused_in_one_line(text, why):
    with pytest.raises(ConfigError) as caught:
        parse_duration_s(text, "--for")
    assert str(caught.value) == f"--for: {why}"


def test_limits_are_named_as_durations():
    with pytest.raises(ConfigError, match="--tick: must be within 50ms to 1h, got '49ms'"):
        parse_duration_s("49ms", "--tick", low_s=0.05, high_s=3600.0)
    assert parse_duration_s("50ms", "--tick", low_s=0.05, high_s=3600.0) == 0.05


def test_a_long_refused_text_is_cut():
    with pytest.raises(ConfigError) as caught:
        parse_duration_s("x" * 10_000, "--for")
    assert len(str(caught.value)) < 120


@given(st.integers(0, 365 * 86_400_000))
def test_what_is_written_is_read_back(milliseconds):
    seconds = milliseconds / 1000
    assert parse_duration_s(format_duration(seconds), "x") == pytest.approx(seconds, abs=1e-6)


@given(st.text(max_size=30))
def test_any_text_gives_seconds_or_a_config_error(text):
    try:
        assert 0.0 <= parse_duration_s(text, "x") <= 365 * 86_400.0
    except ConfigError as exc:
        assert "\n" not in str(exc)
