"""Wrong configuration files are refused in one line that says how to mend them."""

from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from holdfast.adapters.profiles import load_profile
from holdfast.adapters.toml_config import (
    MAX_BYTES,
    convert_table,
    load_toml,
    nearest,
    parse_toml,
)
from holdfast.errors import ConfigError, HoldfastError

BAD = Path(__file__).parent.parent / "config" / "bad"


class Inner(Struct, forbid_unknown_fields=True):
    size: Annotated[int, Meta(ge=1, le=9)] = 1


class Outer(Struct, forbid_unknown_fields=True):
    name: str
    rate: Annotated[float, Meta(gt=0.0, le=2.0)] = 1.0
    least: Annotated[int, Meta(ge=3)] = 3
    flag: bool = False
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    words: dict[str, str] = {}


def refusal(table, kind=Outer):
    with pytest.raises(ConfigError) as caught:
        convert_table(table, kind, "x.toml")
    return str(caught.value)


def test_every_wrong_file_has_its_message():
    """The table of expectations and the folder of wrong files list the same names."""
    assert sorted(EXPECTED) == sorted(path.name for path in BAD.iterdir())


EXPECTED = {
    "unknown-key.toml": "unknown-key.toml: stream.gap_limits_s: is unknown; did you mean "
    "'gap_limit_s'?",
    "unknown-table.toml": "unknown-table.toml: streem: is unknown; did you mean 'stream'?",
    "unlike-anything.toml": "unlike-anything.toml: limits.zzz: is unknown; known: "
    "max_connections, min_heap_free_bytes, min_request_interval_s",
    "missing-key.toml": "missing-key.toml: ping.path: is missing: give a printable path that "
    "begins with /",
    "wrong-type.toml": "wrong-type.toml: port: must be a whole number within 1 to 65535, got '80'",
    "out-of-range.toml": "out-of-range.toml: port: must be a whole number within 1 to 65535, "
    "got 70000",
    "wrong-choice.toml": "wrong-choice.toml: stream.kind: must be one of sse, ws, got 'wss'; "
    "did you mean 'ws'?",
    "not-finite.toml": "not-finite.toml: ping.limit_s: must be a number within 0.05 to 120, "
    "got nan",
    "header-injection.toml": "header-injection.toml: ping.path: must be a printable path that "
    "begins with /, got '/ping\\r\\nX-Evil: 1'",
    "wrong-item.toml": "wrong-item.toml: ping.expect_status[1]: must be a whole number within "
    "100 to 599, got 20",
    "wrong-list.toml": "wrong-list.toml: notes: must be a list, got 'one'",
    "wrong-operator.toml": "wrong-operator.toml: criteria[0].operator: must be one of "
    "< <= > >= ==, got '=>'",
    "wrong-measure.toml": "wrong-measure.toml: criteria[1]: unknown measure 'ping.okratio', did you "
    "mean ping.ok_ratio?",
    "sample-name.toml": "sample-name.toml: samples.heap_free_byte: is no sample's name; did you "
    "mean 'heap_free_bytes'?",
    "sample-scale.toml": "sample-scale.toml: samples.uptime_s: must be a dotted path or "
    "path*scale, got 'uptime*x'",
    "samples-without-health.toml": "samples-without-health.toml: samples: needs a [health] "
    "endpoint to read from",
    "empty-fingerprint.toml": "empty-fingerprint.toml: fingerprint[0]: needs a path or an mdns "
    "type",
    "not-toml.toml": "not-toml.toml: is not TOML: invalid value (at line 2, column 8)",
    "not-utf8.toml": "not-utf8.toml: is not UTF-8 (byte 8)",
    "control-characters.toml": "control-characters.toml: bad\\x1b[31mkey: is unknown; known: name, "
    "title, port, tls, ping, health, metrics, stream, alternatives, telnet_port, samples, "
    "metric_samples, stream_limit, fingerprint, limits, criteria, notes",
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_wrong_file_is_refused_in_one_line(name):
    with pytest.raises(ConfigError) as caught:
        load_profile(str(BAD / name))
    assert str(caught.value) == EXPECTED[name]


def test_the_error_carries_the_bare_key():
    with pytest.raises(ConfigError) as caught:
        load_profile(str(BAD / "out-of-range.toml"))
    assert caught.value.key == "port"


def test_a_right_table_becomes_the_struct():
    table = {"name": "n", "rate": 2, "inner": {"size": 9}, "many": [{"size": 2}, {}]}
    assert convert_table(table, Outer, "x.toml") == Outer(
        name="n", rate=2.0, inner=Inner(9), many=(Inner(2), Inner(1))
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"name": "n", "rate": 0.0}, "rate: must be a number above 0 and at most 2, got 0.0"),
        ({"name": "n", "least": 2}, "least: must be a whole number of at least 3, got 2"),
        ({"name": "n", "flag": 1}, "flag: must be true or false, got 1"),
        ({"name": 3}, "name: must be text, got 3"),
        ({"name": "n", "inner": 3}, "inner: must be a table, got 3"),
        ({"name": "n", "words": {"a": 1}}, "words.a: must be text, got 1"),
        ({"name": "n", "words": 1}, "words: must be a table, got 1"),
        ({"name": "n", "many": [{"size": 2}, {"size": 0}]},
         "many[1].size: must be a whole number within 1 to 9, got 0"),
        ({"name": "n", "many": [{"sise": 2}]}, "many[0].sise: is unknown; did you mean 'size'?"),
        ({}, "name: is missing: give text"),
    ],
)  # fmt: skip
def test_each_kind_of_value_names_what_is_allowed(table, message):
    assert refusal(table) == f"x.toml: {message}"


def test_a_structs_own_rule_is_reported_as_well():
    class Even(Struct):
        n: int

        def __post_init__(self):
            if self.n % 2:
                raise ValueError("n must be even")

    assert refusal({"n": 3}, Even).startswith("x.toml: n must be even")


def test_long_values_are_cut():
    assert len(refusal({"name": "n", "flag": "y" * 10_000})) < 120


def test_the_value_of_a_secret_is_not_repeated():
    class Login(Struct):
        password: str

    assert refusal({"password": 12345678}, Login) == "x.toml: password: must be text"


def test_nearest_offers_only_what_is_close():
    assert nearest("profil", ["profile", "plan"]) == "; did you mean 'profile'?"
    assert nearest("xyz", ["profile", "plan"]) == ""


def test_a_missing_file_and_a_folder_are_config_errors(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: no such file or directory"):
        load_toml(tmp_path / "none.toml", Outer)
    with pytest.raises(ConfigError, match="cannot be read: is a directory"):
        load_toml(tmp_path, Outer)
    with pytest.raises(ConfigError, match="cannot be read: embedded null byte"):
        load_toml(Path("a\0.toml"), Outer)


def test_a_huge_file_is_refused(tmp_path):
    path = tmp_path / "huge.toml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match=f"larger than the limit of {MAX_BYTES} bytes"):
        load_toml(path, Outer)
    assert parse_toml(b"#" * MAX_BYTES, "x") == {}


def test_deep_nesting_is_refused():
    with pytest.raises(ConfigError, match="nested too deeply"):
        parse_toml(b"a = " + b"[" * 100_000, "x.toml")


@given(st.binary(max_size=200))
def test_any_bytes_give_tables_or_a_config_error(data):
    try:
        assert isinstance(parse_toml(data, "x.toml"), dict)
    except HoldfastError as exc:
        assert "\n" not in str(exc)
        assert str(exc).isprintable()
