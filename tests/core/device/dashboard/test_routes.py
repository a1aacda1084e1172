"""Routes: every path answers, nothing is changed without leave."""

import json

import pytest
from tests.core.device.rig import Rig


def ask(rig, method, path, body=b"", headers=""):
    conn = rig.connect()
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    rig.send(conn, head.encode() + body)
    rig.run_for(0.5)
    return rig.status(conn), rig.body(conn)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/dashboard", "/ping", "/health", "/metrics", "/debug/stats", "/debug/events",
        "/api/system", "/api/metrics", "/api/metrics/binary", "/api/config",
        "/api/config/backup", "/api/logs?count=5", "/api/logs/recent", "/api/v1/logs/recent",
        "/api/v1/sensors/temperature/history", "/api/v1/sensors/battery/history?hours=1",
        "/api/v1/system/processes", "/api/v1/diagnostics/health", "/api/v1/status/errors",
        "/api/files?path=/", "/api/ota/status", "/ota", "/logs",
    ],
)  # fmt: skip
def test_every_page_and_route_answers(path):
    status, body = ask(Rig(), "GET", path)
    assert status == 200
    assert body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ws", 404),
        ("GET", "/nothing", 404),
        ("PATCH", "/api/v1/config/brightness", 404),
        ("POST", "/ping", 404),
        ("GET", "/control", 302),
        ("GET", "/api/v1/diagnostics/last-crash", 204),
        ("DELETE", "/api/v1/diagnostics/last-crash", 200),
        ("POST", "/ota/update", 503),
        ("POST", "/restart", 503),
        ("POST", "/api/restart", 503),
        ("HEAD", "/ping", 200),
    ],
)
def test_statuses(method, path, status):
    assert ask(Rig(), method, path)[0] == status


def test_the_config_shows_the_password_as_the_device_does():
    body = json.loads(ask(Rig(), "GET", "/api/config")[1])
    assert body["wifi_password"]
    assert body["brightness"] == 80


def test_a_posted_config_is_kept():
    rig = Rig()
    assert ask(rig, "POST", "/api/config", b'{"brightness": 7, "dim_timeout": 1}')[0] == 200
    body = json.loads(ask(rig, "GET", "/api/config")[1])
    assert (body["brightness"], body["dim_timeout_secs"]) == (7, 5)


@pytest.mark.parametrize(
    ("path", "status"), [("/api/config", 400), ("/api/config/restore", 400), ("/api/control", 500)]
)
def test_invalid_json_is_refused(path, status):
    assert ask(Rig(), "POST", path, b"{nope")[0] == status


@pytest.mark.parametrize(("path", "wrong"), [("/restart", 400), ("/api/restart", 403)])
def test_a_restart_needs_the_token(path, wrong):
    rig = Rig(restart_token="sesame")
    assert ask(rig, "POST", path)[0] == wrong
    assert ask(rig, "POST", path, headers="X-Restart-Token: seesame\r\n")[0] == wrong
    rig.run_for(5.0)
    assert rig.told("reset") == []
    assert ask(rig, "POST", path, headers="X-Restart-Token: sesame\r\n")[0] == 200
    rig.run_for(1.0)
    assert rig.values("reset", "cause") == ["software"]


def test_debug_events_tell_losses():
    rig = Rig(("wifi-dropout:for=1s,reason=8", 5.0))
    rig.run(60.0)
    events = json.loads(ask(rig, "GET", "/debug/events")[1])["wifi_events"]
    assert [(e["kind"], e["reason"]) for e in events] == [
        ("sta_connected", 0),
        ("sta_disconnected", 8),
        ("sta_connected", 0),
    ]
    assert [e["channel"] for e in events] == [11, 0, 11]
    assert events[1]["ts_ms"] == 3_605_000


def test_debug_stats_count_pings_and_healths():
    rig = Rig()
    ask(rig, "GET", "/ping")
    ask(rig, "GET", "/ping")
    body = json.loads(ask(rig, "GET", "/debug/stats")[1])
    assert (body["ping"]["total"], body["health"]["total"], body["total_requests"]) == (2, 0, 3)


def test_logs_are_counted_by_what_was_asked():
    rig = Rig()
    for _ in range(5):
        ask(rig, "GET", "/ping")
    assert len(json.loads(ask(rig, "GET", "/api/logs/recent?count=3")[1])) == 3
    assert len(json.loads(ask(rig, "GET", "/api/logs/recent?count=0")[1])) == 0
    assert len(json.loads(ask(rig, "GET", "/api/logs/recent?count=-1")[1])) >= 5
