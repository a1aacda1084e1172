"""Metrics text: parsable, in order, with the firmware's oddities."""

import msgspec
from prometheus_client.parser import text_string_to_metric_families
from tests.core.device.dashboard.test_payloads import FACTS

from holdfast.core.device.dashboard.prometheus_text import metrics_text


def samples(facts):
    text = metrics_text(facts).decode()
    return {
        s.name: (s.value, s.labels)
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def test_every_series_has_help_type_sample_blank():
    blocks = metrics_text(FACTS).decode().split("\n\n")
    assert blocks[-1] == ""
    for block in blocks[:-1]:
        first, second, third = block.split("\n")
        name = first.split()[2]
        assert first.startswith(f"# HELP {name} ")
        assert second.split()[:3] == ["#", "TYPE", name]
        assert third.startswith(name)


def test_values_and_labels():
    seen = samples(FACTS)
    assert len(seen) == 32
    assert seen["esp32_device_info"] == (
        1.0,
        {"version": "v6.26", "board": "ESP32-S3", "model": "T-Display-S3"},
    )
    assert seen["esp32_wifi_connected"] == (1.0, {"ssid": "lab"})
    assert seen["esp32_heap_total_bytes"][0] == 7_900_000  # the least ever free
    assert next(iter(seen)) == "esp32_device_info"


def test_the_dead_counters_stay_dead_unless_live():
    live = msgspec.structs.replace(FACTS, has_live_metrics=True, http_total=9)
    assert samples(FACTS)["esp32_wifi_disconnects_total"][0] == 0
    assert samples(live)["esp32_wifi_disconnects_total"][0] == 2
    assert samples(live)["esp32_http_connections_total"][0] == 9


def test_without_an_address_the_rssi_is_minus_100():
    seen = samples(msgspec.structs.replace(FACTS, is_connected=False))
    assert seen["esp32_wifi_rssi_dbm"][0] == -100
    assert seen["esp32_wifi_connected"] == (0.0, {"ssid": "_disconnected"})
