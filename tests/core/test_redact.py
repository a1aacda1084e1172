"""Secrets never survive; harmless text does; hostile text is harmless when shown."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.redact import (
    MASK,
    is_secret_name,
    printable,
    redact_body,
    redact_headers,
    redact_json,
    redact_text,
    redact_url,
)

SECRET = "hunter2secretvalue"
NAMES = [
    "password", "passwd", "pass", "psk", "secret", "token", "key", "auth", "credential",
    "wifi_password", "wifiPassword", "WIFI_PASS", "wifipass", "X-Api-Key", "apiKey", "accessToken",
    "clientSecret", "X-OTA-Password", "Set-Cookie", "pwd", "mqtt.pwd", "userpass", "wpa2_psk",
    "CREDENTIALS", "Authorization", "private_key", "refresh_token", "passphrase", "pass_code",
]  # fmt: skip
HARMLESS = [
    "rssi_dbm", "free_heap", "ssid", "keepalive", "keyboard", "monkey", "passed", "author",
    "compass", "bypass", "auth_mode", "KeyError", "token_count", "key_length",
    "password_required", "", "3",
    "uptime_seconds", "tokenizer_", "reset_reason",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_secret_names_in_any_spelling(name):
    assert is_secret_name(name)
    assert is_secret_name(name.upper())


@pytest.mark.parametrize("name", [n for n in HARMLESS if n != "tokenizer_"])
def test_harmless_names_stay(name):
    assert not is_secret_name(name)


def test_health_json_keeps_its_numbers_and_loses_its_passwords():
    health = {
        "free_heap": 7875996,
        "wifi": {"pwd": SECRET, "rssi_dbm": -69, "connected": True, "psk": None},
        "wifi_password": SECRET,
        "users": [{"name": "a", "token": 12345}],
        "auth": {"user": "x", "pw": "y"},
        "password_set": "",
        "url": f"http://me:{SECRET}@host/x?token={SECRET}&a=1",
    }
    assert redact_json(health) == {
        "free_heap": 7875996,
        "wifi": {"pwd": MASK, "rssi_dbm": -69, "connected": True, "psk": None},
        "wifi_password": MASK,
        "users": [{"name": "a", "token": MASK}],
        "auth": MASK,
        "password_set": "",
        "url": f"http://{MASK}@host/x?token={MASK}&a=1",
    }


def test_json_deeper_than_any_device_sends_is_masked_whole():
    value = SECRET
    for _ in range(500):
        value = [value]
    assert SECRET not in json.dumps(redact_json(value))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://u:p@h/", f"http://{MASK}@h/"),
        ("rtsp://admin@h:554/", f"rtsp://{MASK}@h:554/"),
        ("/x?access_token=abc&n=1#key=zz", f"/x?access_token={MASK}&n=1#key={MASK}"),
        ("http://h/p?n=1", "http://h/p?n=1"),
        ("http://h/a@b", "http://h/a@b"),
        ("/?token=", "/?token="),
    ],
)
def test_urls(text, shown):
    assert redact_url(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Digest username=a, response=b", f"Authorization: {MASK}"),
        ("authorization: Bearer abc.def\r\nHost: x", f"authorization: {MASK}\r\nHost: x"),
        ("Cookie: a=b; c=d", f"Cookie: {MASK}"),
        ("sent Bearer abcdef123", f"sent Bearer {MASK}"),
        ("sent Basic dXNlcjpwdw== ok", f"sent Basic {MASK} ok"),
        ("jwt eyJhbGciOi.eyJzdWIi.SflKx-w_ end", f"jwt {MASK} end"),
        ("to ap SSID:home password:my pass word", f"to ap SSID:home password:{MASK}"),
        ("I (12) wifi: psk=abc", f"I (12) wifi: psk={MASK}"),
        ("token=abc, n=1", f"token={MASK}, n=1"),
        ('{"wifi": {"pwd": "a b", "rssi": -5', f'{{"wifi": {{"pwd": "{MASK}", "rssi": -5'),
        ('cut {"pwd": "ab', f'cut {{"pwd": "{MASK}'),
        (r'log "{\"pwd\": \"a b\", \"n\": 1}"', rf'log "{{\"pwd\": \"{MASK}\", \"n\": 1}}"'),
        (r'x "key": "a\"b" y', f'x "key": "{MASK}" y'),
        ("the password is hunter2", f"the password is {MASK}"),
        ("WIFI:T:WPA;S:home;P:a;b;;", f"WIFI:T:WPA;S:home;P:{MASK};b;;"),
    ],
)  # fmt: skip
def test_texts(text, shown):
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "wifi:state: auth -> assoc (0x0)",
        "wifi:security: WPA2-PSK, phy: bgn, rssi: -50",
        "KeyError: 'text'",
        "E (1234) task_wdt: esp_task_wdt_reset(705): task not found",
        "I (5) wifi:mode : sta (aa:bb:cc:dd:ee:ff)",
        "Basic authentication failed",
        "GET /ping HTTP/1.1",
        "12:30:01 keepalive: 5",
    ],
)
def test_log_lines_that_rules_read_stay_as_they_are(text):
    assert redact_text(text) == text


def test_headers():
    came = [("X-Auth-Token", "a"), ("Server", "esp"), ("Location", "http://a:b@c")]
    assert redact_headers(came) == [
        ("X-Auth-Token", MASK),
        ("Server", "esp"),
        ("Location", f"http://{MASK}@c"),
    ]  # fmt: skip


def test_a_body_is_redacted_by_its_keys_or_as_text():
    assert redact_body('{"a":{"PassWord":"x"},"n":1}') == f'{{"a":{{"PassWord":"{MASK}"}},"n":1}}'
    assert redact_body('{"a":{"PassWord":"x') == f'{{"a":{{"PassWord":"{MASK}'
    assert redact_body("[" * 5000) == "[" * 5000
    assert redact_body("OK") == "OK"


@given(
    st.sampled_from(NAMES),
    st.text(alphabet="abcXYZ019!$%+/=_-", min_size=6, max_size=30).map(lambda t: "Zq7" + t),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=8,
    ),
)  # fmt: skip
def test_a_secret_of_a_known_name_never_survives(name, secret, around):
    nested = {"x": [around, {name: secret}], name: [secret, {"deep": secret}]}
    assert secret not in json.dumps(redact_json(nested))
    encoded = json.dumps({"x": [around, {name: secret}]})
    assert secret not in redact_body(encoded)
    assert secret not in redact_text(encoded)
    assert secret not in redact_text(json.dumps(encoded))
    assert secret not in redact_text(f"x {name}: {secret} y")
    assert secret not in redact_text(f'I (1) tag: {name}="{secret}", n=1')
    assert secret not in redact_text(f"http://h/?a=b&{name}={secret}")


@given(
    st.text(alphabet=st.sampled_from("password token=:\"'\\ {}[],;&?/@.eyJ\n*abB9"), max_size=200)
)
def test_any_text_is_survived_and_redaction_is_idempotent(text):
    once = redact_text(text)
    assert redact_text(once) == once


@pytest.mark.parametrize(
    "unit", ["a=", "password", "://", "aB.", '\\"', "token:", "eyJa.", "WIFI:", "is "]
)
def test_long_hostile_text_takes_linear_time(unit):
    """Recursion or backtracking would blow the stack or the test's time limit."""
    redact_text(unit * 30_000)


@given(st.text(), st.integers(1, 40))
def test_printable_text_is_harmless_bounded_and_stays_itself(text, limit):
    shown = printable(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()
    assert printable(shown, limit) == shown
    if text.isprintable() and len(text) <= limit:
        assert shown == text


def test_printable_shows_what_hides():
    assert (
        printable("a\x1b[31mred\x00\u202e\U000e0001\n", 80)
        == "a\\x1b[31mred\\x00\\u202e\\U000e0001\\x0a"
    )
    assert printable("été – ok", 80) == "été – ok"
    assert printable("abcdef", 6) == "abcdef"
    assert printable("abcdefg", 6) == "abcde…"
    assert printable("abc\n", 7) == "abc\\x0a"
    assert printable("abc\n", 6) == "abc…"
    assert all(
        unicodedata.category(c)[0] != "C" for c in printable("".join(map(chr, range(3000))), 9999)
    )


def test_printable_needs_room():
    with pytest.raises(ValueError, match="limit must be at least 1, got 0"):
        printable("x", 0)
