"""Switches: kinds, ranges, near misses."""

import pytest

from holdfast.core.device.switches import Switch, SwitchKind, nearest, parse_duration, resolve
from holdfast.errors import ConfigError


def switch(kind, **more):
    defaults = more.pop("defaults", {"a": 1, "b": 2})
    return Switch(name="x", kind=kind, defaults=defaults, buys="", **more)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30.0), ("1h30m", 5400.0), ("2.5s", 2.5), ("7", 7.0), ("0.25", 0.25)],
)
def test_durations_are_seconds(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "5 s", "5x", "one"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="must be a duration like"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (SwitchKind.FLAG, "on", True),
        (SwitchKind.FLAG, "FALSE", False),
        (SwitchKind.COUNT, "3", 3),
        (SwitchKind.NUMBER, "-2.5", -2.5),
        (SwitchKind.DURATION, "100ms", 0.1),
        (SwitchKind.DURATION, "off", 0.0),
        (SwitchKind.DURATION, "on", 2.0),
        (SwitchKind.TEXT, "Lab 2", "Lab 2"),
    ],
)
def test_a_value_is_read_by_its_kind(kind, text, value):
    low = -5.0 if kind is SwitchKind.NUMBER else 0.0
    assert switch(kind, low=low).parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (SwitchKind.FLAG, "maybe", "x: must be on or off, got 'maybe'"),
        (SwitchKind.COUNT, "2.5", "x: must be a whole number, got '2.5'"),
        (SwitchKind.COUNT, "11", "x: must be within 0 to 10, got '11'"),
        (SwitchKind.NUMBER, "nan", "x: must be within 0 to 10, got 'nan'"),
        (SwitchKind.DURATION, "soon", "x: must be a duration, got 'soon'"),
        (SwitchKind.CHOICE, "c", "x: must be one of a, b, got 'c'"),
        (SwitchKind.TEXT, "a\nb", "x: must be at most 64 printable characters"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(kind, text, message):
    with pytest.raises(ConfigError) as caught:
        switch(kind, high=10.0, choices=("a", "b")).parse(text)
    assert str(caught.value) == message


def test_limits_themselves_are_allowed():
    assert switch(SwitchKind.COUNT, low=1, high=10).parse("10") == 10
    assert switch(SwitchKind.COUNT, low=1, high=10).parse("1") == 1


def test_resolve_takes_the_dialects_default_or_what_was_said():
    table = (switch(SwitchKind.COUNT, high=9),)
    assert resolve(table, "b", {}) == {"x": 2}
    assert resolve(table, "b", {"x": "5"}) == {"x": 5}


def test_an_unknown_switch_names_the_nearest():
    with pytest.raises(ConfigError, match="y: no such switch; known: x"):
        resolve((switch(SwitchKind.COUNT),), "a", {"y": "1"})
    assert nearest("heartbaet", ["heartbeat", "sockets"]) == "did you mean 'heartbeat'?"
