"""What a user types to name a device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.link.target import Target, parse_target
from holdfast.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("board.local", Target("board.local")),
        (" 192.0.2.7 ", Target("192.0.2.7")),
        ("192.0.2.7:8080", Target("192.0.2.7", 8080)),
        ("esp_32-a:80", Target("esp_32-a", 80)),
        ("2001:db8::7", Target("2001:db8::7")),
        ("[fe80::1%eth0]:80", Target("fe80::1%eth0", 80)),
        ("[::1]", Target("::1")),
        ("http://board.local:8080/", Target("board.local", 8080, False)),
        ("https://board.local", Target("board.local", 443, True)),
        ("wss://[::1]:1", Target("::1", 1, True)),
    ],
)
def test_the_forms_users_type(text, target):
    assert parse_target(text) == target


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "target: is empty; give a host name or an address"),
        ("ftp://x", "target: scheme must be one of http, https, ws, wss, got 'ftp'"),
        (
            "http://me:pw@x/",
            "target: must not carry credentials; use --auth-file or HOLDFAST_TARGET_AUTH",
        ),
        ("me:pw@x", "target: must not carry credentials; use --auth-file or HOLDFAST_TARGET_AUTH"),
        ("http://x/ping", "target: must not carry a path, got '/ping'; paths are in the profile"),
        ("x:0", "target: port must be within 1 to 65535, got '0'"),
        ("x:65536", "target: port must be within 1 to 65535, got '65536'"),
        ("x:", "target: port must be within 1 to 65535, got ''"),
        ("[::1", "target: has an unfinished IPv6 address: '[::1'"),
        ("1:2:3", "target: is no IPv6 address: '1:2:3'"),
        ("300.1.1.1", "target: is no IPv4 address: '300.1.1.1'"),
        ("-x", "target: is no host name or address: '-x'"),
        ("a..b", "target: is no host name or address: 'a..b'"),
        ("a b", "target: is no host name or address: 'a b'"),
    ],
)
def test_what_is_no_target_is_refused_in_one_line(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_target(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("192.0.2.7", False),
        ("localhost.example", False),
        ("board.local", False),
    ],
)
def test_loopback_is_known_without_asking_anybody(host, is_loopback):
    assert Target(host).is_loopback is is_loopback


@given(st.text(max_size=300))
def test_any_text_is_a_target_or_a_config_error(text):
    try:
        target = parse_target(text)
    except ConfigError as exc:
        assert "\n" not in str(exc)
    else:
        assert target.host
        assert target.port is None or 1 <= target.port <= 65_535
