"""The configuration: what may be set, and to what."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.device.dashboard.config_store import ConfigStore


def test_posting_clamps_and_reading_uses_other_names():
    store = ConfigStore("lab")
    assert store.post(b'{"auto_dim": false, "dim_timeout": 9999, "sleep_timeout": 1}')
    body = json.loads(store.as_json())
    assert body["auto_brightness"] is False
    assert (body["dim_timeout_secs"], body["sleep_timeout_secs"]) == (3600, 10)


def test_empty_names_and_passwords_keep_the_old():
    store = ConfigStore("lab")
    assert store.restore(b'{"wifi_ssid": "", "wifi_password": "", "brightness": 9}')
    body = json.loads(store.as_json())
    assert body["wifi_ssid"] == "lab"
    assert body["wifi_password"]
    assert store.brightness == 9


def test_types_are_kept():
    store = ConfigStore("lab")
    before = store.as_json()
    store.restore(b'{"brightness": "9", "ota_enabled": 1, "theme": 3, "new": 4}')
    store.post(b'{"brightness": true, "wifi_ssid": 7}')
    assert store.as_json() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b"{", b"\xff", b"null"])
def test_what_is_no_object_is_refused(body):
    store = ConfigStore("lab")
    assert not store.post(body)
    assert not store.restore(body)
    assert not store.control(body)


def test_control_sets_the_brightness_within_a_byte():
    store = ConfigStore("lab")
    assert store.control(b'{"brightness": 999, "mode": "eco"}')
    assert store.brightness == 255


@given(st.binary(max_size=200))
def test_hostile_bodies_raise_nothing(body):
    store = ConfigStore("lab")
    for apply in (store.post, store.restore, store.control):
        apply(body)
    assert 0 <= store.brightness <= 86_400
