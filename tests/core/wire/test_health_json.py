import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.wire.health_json import (
    MAX_DEPTH,
    MAX_RAW_BYTES,
    Reading,
    compile_paths,
    numbers_at,
    read_health,
    split_scale,
)
from holdfast.errors import ConfigError

HEALTH = {
    "boot_id": 2_779_096_485,
    "free_heap": 7_805_208,
    "issues": [],
    "reset_code": 11,
    "reset_reason": "USB",
    "uptime_seconds": 512,
    "wifi": {"connected": True, "last_reason_ms": 4_500, "rssi_dbm": -61},
    "wifi_rssi": None,
}
PATHS = {
    "boot_id": "boot_id",
    "heap_free_bytes": "free_heap",
    "reset_reason": "reset_reason",
    "rssi_dbm": "wifi.rssi_dbm",
    "wifi_last_reason_s": "wifi.last_reason_ms*0.001",
    "old_rssi": "wifi_rssi",
    "is_up": "wifi.connected",
    "wifi": "wifi",
    "issues": "issues",
    "absent": "wifi.ssid",
    "through_a_number": "free_heap.x",
    "scaled_word": "reset_reason*2",
}


def read(tree, **paths):
    body = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return read_health(body, compile_paths(paths))


def test_values_are_found_by_path_and_scaled():
    reading = read(HEALTH, **PATHS)
    assert reading.fault == ""
    assert reading.values == {
        "boot_id": 2_779_096_485,
        "heap_free_bytes": 7_805_208,
        "reset_reason": "USB",
        "rssi_dbm": -61,
        "wifi_last_reason_s": 4.5,
        "old_rssi": None,
        "is_up": True,
    }


def test_a_numeric_part_picks_from_a_list():
    tree = {"cores": [{"load": 3}, {"load": 7}], "0": "key"}
    assert read(tree, a="cores.1.load", b="cores.2.load", c="0", d="cores.-1.load").values == {
        "a": 7,
        "c": "key",
    }


def test_numbers_that_no_float_holds_are_left_out():
    assert read(b'{"a":1e308,"b":9007199254740993}', a="a*10", b="b").values == {
        "b": 9_007_199_254_740_992.0
    }


def test_words_are_printable_and_bounded():
    value = read({"a": "\x1b[31m" + "x" * 500}, a="a").values["a"]
    assert value.startswith("\\x1b[31m")
    assert len(value) == 120


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b'{"a":"\xff"}', "not UTF-8 at byte 6"),
        (b"", "not JSON: Input data was truncated"),
        (b'{"a":', "not JSON: Input data was truncated"),
        (b'{"a":NaN}', "not JSON: JSON is malformed: invalid character (byte 5)"),
        (b"<html>", "not JSON: JSON is malformed: invalid character (byte 0)"),
        (b"[1]", "JSON, but a list where an object was expected"),
        (b'"OK"', "JSON, but a text where an object was expected"),
        (b"true", "JSON, but a boolean where an object was expected"),
        (b"null", "JSON, but null where an object was expected"),
        (b"7", "JSON, but a number where an object was expected"),
    ],
)
def test_a_bad_body_gives_a_clause(body, fault):
    assert read(body, a="a") == Reading(fault=fault)


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_depth_is_bounded_before_anything_is_decoded():
    assert read(nested(MAX_DEPTH), a="b").fault == ""
    assert read(nested(MAX_DEPTH + 1), a="b").fault == "nested deeper than 32 levels"
    assert read(b"[" * 200_000, a="b").fault == "nested deeper than 32 levels"


def test_many_flat_objects_and_brackets_in_texts_are_not_deep():
    assert read({"list": [{}] * 100, "text": "[{" * 100 + '\\"[['}, a="b").fault == ""


def test_secrets_are_masked_in_what_is_kept():
    raw = read({"wifi_password": "hunter2", "nested": {"api_token": "abc"}}, a="b").raw
    assert raw == '{"wifi_password":"***","nested":{"api_token":"***"}}'


def test_a_huge_answer_is_read_but_not_kept():
    reading = read({"a": 1, "pad": "x" * MAX_RAW_BYTES}, a="a")
    assert (reading.values, reading.raw) == ({"a": 1}, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "samples.x: path must not be empty"),
        (" *2", "samples.x: path must not be empty"),
        ("a*", "samples.x: scale must be a finite number, got ''"),
        ("a*inf", "samples.x: scale must be a finite number, got 'inf'"),
        ("a*1*2", "samples.x: scale must be a finite number, got '1*2'"),
    ],
)
def test_a_malformed_path_is_refused(text, message):
    with pytest.raises(ConfigError) as refused:
        compile_paths({"x": text})
    assert str(refused.value).startswith(message)


def test_scale_is_split_from_the_path():
    assert split_scale("k", "a.b*0.001") == ("a.b", 0.001)
    assert split_scale("k", " a.b ") == ("a.b", None)


def test_numbers_are_found_in_a_message():
    payload = '{"uptime_ms":1500,"n":{"seq":7},"word":"x","flag":true}'
    assert numbers_at(payload, [("uptime_ms",), ("n", "seq"), ("word",), ("flag",), ()]) == [
        1500,
        7,
        None,
        None,
        None,
    ]
    assert numbers_at("not json", [("a",), ("b",)]) == [None, None]
    assert numbers_at("[" * 100_000, [("a",)]) == [None]


@given(st.binary(max_size=200))
def test_no_body_raises(body):
    reading = read(body, a="a.0.b", b="c*2")
    assert bool(reading.fault) or isinstance(reading.values, dict)


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc0"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abc0"), JSON, max_size=3))
def test_every_value_is_a_finite_number_a_word_a_boolean_or_none(tree):
    body = json.dumps(tree, allow_nan=False).encode()
    for value in read(body, a="a", b="a.b", c="b.0", d="c.a.0*0.5").values.values():
        assert value is None or isinstance(value, str | bool) or math.isfinite(value)
