"""Payloads: names, order and bytes as the firmware's."""

import json
import struct

import msgspec
import pytest

from holdfast.core.device.dashboard import payloads
from holdfast.core.device.dashboard.payloads import Facts

FACTS = Facts(
    uptime_s=3601.25,
    version="v6.26",
    ssid="lab",
    boot_id=7,
    reset_code=11,
    reset_reason="Unknown reason code",
    heap_free_bytes=8_000_000,
    heap_min_bytes=7_900_000,
    heap_largest_bytes=7_700_000,
    is_connected=True,
    rssi_dbm=-61,
    association_rssi_dbm=-64,
    channel=11,
    disconnects=2,
    reconnects=3,
    last_disconnect_s=5_000_000.5,
    last_reason=200,
    temperature_c=45.3,
    fps=9.8,
    cpu0_percent=31,
    cpu1_percent=12,
    frames=36_000,
    errors={"reset_by_peer": 4},
    sockets_open=5,
)


def health(**more):
    asked = {"keys": "v4", "last_reason": True, "error_buckets": False} | more
    return json.loads(payloads.health(FACTS, **asked))


def test_health_has_the_recorded_key_sets():
    v1 = {
        "free_heap", "issues", "reset_code", "reset_reason", "status", "uptime_seconds",
        "version", "wifi_rssi",
    }  # fmt: skip
    wifi = {
        "channel", "connected", "disconnects", "last_disconnect_ms", "reconnects", "rssi_dbm",
    }  # fmt: skip
    assert set(health(keys="v1")) == v1
    assert set(health(keys="v2")) == v1 | {"wifi"}
    assert set(health(keys="v2")["wifi"]) == wifi
    assert set(health(keys="v3")["wifi"]) == wifi | {"last_reason", "last_reason_ms"}
    assert set(health(keys="v4")) == v1 | {"wifi", "boot_id"}


def test_health_of_the_recorded_device_byte_for_byte():
    facts = msgspec.structs.replace(
        FACTS,
        heap_free_bytes=7_875_996,
        uptime_s=4704.0,
        version="v6.25",
        association_rssi_dbm=-69,
    )
    assert payloads.health(facts, keys="v1", last_reason=True, error_buckets=False) == (
        b'{"free_heap":7875996,"issues":[],"reset_code":11,"reset_reason":"Unknown reason code",'
        b'"status":"healthy","uptime_seconds":4704,"version":"v6.25","wifi_rssi":-69}'
    )


def test_times_of_losses_wrap_at_32_bits():
    assert health()["wifi"]["last_disconnect_ms"] == 5_000_000_500 - 2**32


def test_error_buckets_bring_sockets_and_heap():
    body = health(error_buckets=True)
    assert body["transport"] == {"reset_by_peer": 4}
    assert body["sockets"] == {"max": 16, "open": 5}
    assert (body["heap_min"], body["heap_largest"]) == (7_900_000, 7_700_000)


@pytest.mark.parametrize(
    ("heap", "status", "issues"),
    [(50_000, "healthy", []), (49_999, "warning", ["low_memory"])],
)
def test_low_memory_is_below_50000(heap, status, issues):
    facts = msgspec.structs.replace(FACTS, heap_free_bytes=heap)
    body = json.loads(payloads.health(facts, keys="v1", last_reason=True, error_buckets=False))
    assert (body["status"], body["issues"]) == (status, issues)


def test_the_binary_packet_is_46_bytes():
    packet = payloads.binary_metrics(FACTS)
    assert len(packet) == 46
    assert packet[0] == 1
    assert struct.unpack_from("<Q", packet, 1) == (3601,)
    assert struct.unpack_from("<h", packet, 9) == (453,)
    assert struct.unpack_from("<H", packet, 15) == (98,)
    assert struct.unpack_from("<II", packet, 23) == (8_000_000, 7_900_000)
    assert struct.unpack_from("<b", packet, 31) == (-64,)
    assert packet[32] == 1
    assert struct.unpack_from("<HH", packet, 42) == (11, 6)


def test_metrics_json_has_millivolts_and_a_widened_float():
    body = json.loads(payloads.metrics_json(FACTS))
    assert body["battery_voltage"] == 4110
    assert body["temperature"] == 45.29999923706055
    assert body["battery_percentage"] == 90
    assert list(body) == sorted(body)
    assert len(body) == 21


def test_event_messages_carry_uptime_and_number():
    body = json.loads(payloads.events_message(FACTS, 3))
    assert (body["uptime_ms"], body["seq"], body["type"]) == (3_601_250, 3, "metrics")
    assert body["temperature_str"] == "45.3"
    assert "seq" not in json.loads(payloads.events_message(FACTS, 0))


def test_the_old_message_is_nested():
    body = json.loads(payloads.old_events_message(FACTS, 3))
    assert (body["pressure"], body["type"]) == (0, "metrics")
    assert body["data"]["fps_actual_str"] == "9.8"


def test_the_stats_message():
    body = json.loads(payloads.stats_message(FACTS, 3))
    assert body == {"count": 1, "heap": 8_000_000, "timestamp": 3601, "uptime": 3601}


def test_the_websocket_message_is_the_whole_struct():
    body = json.loads(payloads.stream_metrics(FACTS, 9))
    assert len(body) == 35
    assert (body["seq"], body["uptime_ms"], body["wifi_rssi"]) == (9, 3_601_250, -61)


def test_errors_have_the_firmwares_shape():
    body = json.loads(payloads.error_json("NOT_FOUND", "No", number=404, uptime_s=16.9))
    assert body == {
        "error": {
            "code": "NOT_FOUND",
            "message": "No",
            "request_id": "req_000000100194",
            "timestamp": 16,
        }
    }


def test_system_tells_identity():
    body = json.loads(payloads.system(FACTS))
    assert body["uptime_ms"] == 3_601_250
    assert body["ota"] == {"available": False, "running_partition": "ota_0"}


def test_a_battery_is_a_line_between_two_voltages():
    assert msgspec.structs.replace(FACTS, battery_mv=3300).battery_percent == 0
    assert msgspec.structs.replace(FACTS, battery_mv=4200).battery_percent == 100
    assert msgspec.structs.replace(FACTS, battery_mv=5000).battery_percent == 100


def test_json_is_sorted():
    assert payloads.json_body({"b": 1, "a": {"d": 1, "c": 2}}) == b'{"a":{"c":2,"d":1},"b":1}'
    assert payloads.widened(9.8) == 9.800000190734863
