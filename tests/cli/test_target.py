"""Targets are hosts and ports; passwords never belong into them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.cli.target import Target, parse_target
from holdfast.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "host", "port", "tls"),
    [
        ("192.0.2.7", "192.0.2.7", None, None),
        ("board.local", "board.local", None, None),
        ("board_1.local.", "board_1.local.", None, None),
        ("192.0.2.7:8080", "192.0.2.7", 8080, None),
        ("http://board.local/", "board.local", 80, False),
        ("HTTPS://board.local:8443", "board.local", 8443, True),
        ("wss://board.local", "board.local", 443, True),
        ("ws://board.local", "board.local", 80, False),
        ("2001:db8::7", "2001:db8::7", None, None),
        ("[2001:db8::7]", "2001:db8::7", None, None),
        ("[2001:db8::7]:8080", "2001:db8::7", 8080, None),
        ("fe80::1%eth0", "fe80::1%eth0", None, None),
    ],
)
def test_accepted_forms(text, host, port, tls):
    assert parse_target(text) == Target(host=host, port=port, tls=tls)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "target: must be HOST, HOST:PORT or http://HOST:PORT, got ''"),
        ("a b", "target: must be HOST, HOST:PORT or http://HOST:PORT, got 'a b'"),
        ("-x", "target: must be HOST, HOST:PORT or http://HOST:PORT, got '-x'"),
        ("h:0", "target: the port must be within 1 to 65535, got 'h:0'"),
        ("h:65536", "target: the port must be within 1 to 65535, got 'h:65536'"),
        ("h:", "target: the port must be within 1 to 65535, got 'h:'"),
        ("ftp://h", "target: the scheme must be one of http, ws, https, wss, got 'ftp://h'"),
        ("http://h/ping",
         "target: paths come from the profile; give only host and port, got 'http://h/ping'"),
        ("[::1", "target: an IPv6 address with a port is written [ADDRESS]:PORT, got '[::1'"),
        ("[::1]80", "target: an IPv6 address with a port is written [ADDRESS]:PORT, got '[::1]80'"),
        ("a:b:c", "target: is no IPv6 address, got 'a:b:c'"),
        ("h\r\nX: 1", "target: is no IPv6 address, got 'h\\\\x0d\\\\x0aX: 1'"),
    ],
)  # fmt: skip
def test_refused_forms(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_target(text)
    expected = message
    if "\r" in text:
        expected = "target: must be HOST, HOST:PORT or http://HOST:PORT, got " + repr(
            "h\\x0d\\x0aX: 1"
        )
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    "text",
    ["http://admin:hunter2@board.local", "admin:hunter2@board.local", "hunter2@board.local:80",
     "https://hunter2@h/x", "http://a/hunter2@b"],
)  # fmt: skip
def test_a_password_in_the_target_is_refused_and_not_repeated(text):
    with pytest.raises(ConfigError, match="must not carry a user and password") as caught:
        parse_target(text)
    assert "--auth-file or HOLDFAST_TARGET_AUTH" in str(caught.value)
    if "a/hunter2" not in text:
        assert "hunter2" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_gives_a_target_or_a_config_error(text):
    try:
        target = parse_target(text)
    except ConfigError as exc:
        assert str(exc).isprintable()
    else:
        assert target.host
        assert target.port is None or 1 <= target.port <= 65_535
