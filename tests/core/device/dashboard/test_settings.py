"""The switches of the dashboard: each has an effect that a client or the bench can see."""

import pytest
from tests.core.device.rig import UPGRADE, Rig

from holdfast.core.device.dashboard.settings import (
    DIALECTS,
    SWITCHES,
    board_settings,
    settings_of,
)
from holdfast.core.link.transport import Acked
from holdfast.errors import ConfigError

EFFECTS = {}


def effect(name):
    """Register the test of what switch ``name`` changes."""

    def register(function):
        EFFECTS[name] = function
        return function

    return register


def ws(rig, wait_s=1.0):
    conn = rig.connect()
    if conn not in rig.ended:
        rig.send(conn, UPGRADE)
    rig.run_for(wait_s)
    return conn


def health(rig):
    return rig.body(rig.get("/health", 0.5)).decode()


def number(body, key):
    return float(body.split(f'"{key}":')[1].split(",")[0].split("}")[0])


@effect("ws_stream")
def ws_stream():
    on, off = Rig(), Rig(ws_stream="off")
    assert on.status(ws(on)) == 101
    assert off.status(ws(off)) == 404


@effect("heartbeat")
def heartbeat():
    on, off = Rig(heartbeat="25s"), Rig(heartbeat="off")
    for rig in (on, off):
        ws(rig, 120.0)
    assert b"\x89\x00" in on.got[1]
    assert b"\x89\x00" not in off.got[1]
    # a client that never speaks is dropped after 60 s, with a heartbeat only
    assert on.ended[1][0] == "Close"
    assert 60.0 <= on.ended[1][1] <= 61.0
    assert 1 not in off.ended


@effect("max_streams")
def max_streams():
    for limit in (1, 2):
        rig = Rig(max_streams=limit)
        statuses = [rig.status(ws(rig)) for _ in range(3)]
        assert statuses == [101] * limit + [503] * (3 - limit)


@effect("sse_limit")
def sse_limit():
    for limit in (0, 1, 2):
        rig = Rig(sse_limit=limit, max_streams=3)
        statuses = [rig.status(rig.get("/api/events")) for _ in range(3)]
        assert statuses == [200] * limit + [503] * (3 - limit)


@effect("nodelay")
def nodelay():
    sent = {}
    for value in ("on", "off"):
        rig = Rig(nodelay=value, acks=False)
        ws(rig, 3.5)
        sent[value] = len(rig.sent_at[1])
    # without it only whole segments leave while the head is unacknowledged
    assert sent == {"on": 5, "off": 3}


@effect("keepalive")
def keepalive():
    ended = {}
    for value in ("on", "off"):
        rig = Rig(keepalive=value, acks=False, heartbeat="off", stream__interval="30s")
        ws(rig, 100.0)
        ended[value] = rig.ended.get(1)
    assert ended["on"][0] == "Abort"
    assert 20.0 <= ended["on"][1] <= 21.0
    assert ended["off"] is None


@effect("session_timeout")
def session_timeout():
    for value, closes in (("5s", True), ("0", False)):
        rig = Rig(session_timeout=value)
        conn = rig.get("/api/system", 20.0)
        assert (conn in rig.ended) is closes
        if closes:
            assert rig.ended[conn][1] == pytest.approx(5.01, abs=0.02)


@effect("max_sessions")
def max_sessions():
    for limit, ended in ((3, 2), (9, 0)):
        rig = Rig(max_sessions=limit, early_503="off", session_timeout="0")
        for _ in range(5):
            rig.connect()
        assert len(rig.ended) == ended


@effect("lru_purge")
def lru_purge():
    for value in ("on", "off"):
        rig = Rig(max_sessions=2, early_503="off", session_timeout="0", lru_purge=value)
        rig.connect()
        rig.connect()
        third = rig.get("/ping", 0.5)
        assert (1 in rig.ended) is (value == "on")
        assert rig.status(third) == (200 if value == "on" else None)
        if value == "off":  # until somebody leaves
            rig.leave(2)
            rig.run_for(0.5)
            assert rig.status(third) == 200


@effect("connection_close")
def connection_close():
    for value, says, closes in (("off", 0, 0), ("header", 1, 0), ("close", 1, 1)):
        rig = Rig(connection_close=value, session_timeout="0")
        conn = rig.get("/ping")
        assert (b"Connection: close" in rig.got[conn]) == says
        assert (conn in rig.ended) == closes


@effect("early_503")
def early_503():
    for value, status in (("on", 503), ("off", 200)):
        rig = Rig(early_503=value, max_sessions=3, session_timeout="0")
        rig.connect()
        rig.connect()
        assert rig.status(rig.get("/ping")) == status
        assert (1 in rig.ended) is False


@effect("sockets")
def sockets():
    for value, resets in ((8, 2), (16, 0)):
        rig = Rig(sockets=value, max_sessions=5, early_503="off", session_timeout="0")
        rig.connect(23)
        rig.connect(23)
        for _ in range(4):
            rig.connect()
        assert [how for how, _ in rig.ended.values()] == ["Abort"] * resets


@effect("backlog")
def backlog():
    for value in (2, 5):
        rig = Rig(dialect="firmware", backlog=value)
        rig.get("/api/events")
        for _ in range(value - 1):
            rig.connect()
        assert rig.listen[80] == "accept"
        rig.connect()
        assert rig.listen[80] == "silent"


@effect("wifi_buffers")
def wifi_buffers():
    for segments in (2, 64):
        rig = Rig(wifi_buffers=segments, acks=False, session_timeout="0")
        first, second = rig.get("/metrics"), rig.get("/metrics")
        in_flight = len(rig.got[first]) + len(rig.got[second])
        assert (in_flight == segments * 1440) is (segments == 2)
        assert in_flight > 7000 or segments == 2


@effect("lwip_pools")
def lwip_pools():
    for pools, killed in ((4, 1), (24, 0)):
        rig = Rig(lwip_pools=pools, session_timeout="0")
        for _ in range(5):
            rig.connect()
        assert len(rig.told("connection_killed")) == killed
        assert [how for how, _ in rig.ended.values()] == ["Abort"] * killed


@effect("power_save")
def power_save():
    rig = Rig(power_save="on")
    assert rig.radio.beacon_s == 0.3072
    assert Rig().radio is None


@effect("fast_scan")
def fast_scan():
    back_at_s = {}
    for value in ("on", "off"):
        rig = Rig(("wifi-dropout:for=1s", 10.0), fast_scan=value, seed=4)
        rig.run(60.0)
        back_at_s[value] = rig.told("wifi_connected")[0].at_s
    assert 2.0 < back_at_s["off"] - back_at_s["on"] < 5.5


@effect("last_reason")
def last_reason():
    assert '"last_reason":0,"last_reason_ms":0' in health(Rig())
    assert "last_reason" not in health(Rig(last_reason="off"))


@effect("error_buckets")
def error_buckets():
    rig = Rig()
    rig.reset(rig.connect())
    rig.leave(rig.connect())
    conn = rig.connect()
    rig.send(conn, b"GET /pi")
    rig.leave(conn)
    rig.connect()
    rig.run_for(6.0)
    bad = rig.connect()
    rig.send(bad, UPGRADE.replace(b"Version: 13", b"Version: 8"))
    rig.run_for(1.0)
    assert rig.status(bad) == 400
    body = health(rig)
    for bucket in ("reset_by_peer", "early_close", "connect_timeout", "handshake_failures"):
        assert number(body, bucket) == 1, bucket
    assert "transport" not in health(Rig(error_buckets="off"))


@effect("reconnect_self_heal")
def reconnect_self_heal():
    for value, is_up in (("on", True), ("off", False)):
        rig = Rig(("wifi-dropout:wedged=on", 10.0), reconnect_self_heal=value)
        rig.run(600.0)
        assert rig.radio.is_up is is_up


@effect("accept_self_heal")
def accept_self_heal():
    for value, is_healed in (("on", True), ("off", False)):
        rig = Rig(("socket-exhaustion:for=0,step=10ms", 0.0), accept_self_heal=value)
        stream = ws(rig, 5.0)
        rig.machine._faults._due.clear()
        for _ in range(10):
            rig.get("/ping", 3.0)
        assert (rig.status(rig.get("/ping")) == 200) is is_healed
        assert len(rig.told("self_heal")) == is_healed
        assert (stream in rig.ended) is is_healed


@effect("stream.interval")
def stream_interval():
    rig = Rig(stream__interval="100ms")
    conn = ws(rig, 10.0)
    gaps = [b - a for a, b in zip(rig.sent_at[conn], rig.sent_at[conn][1:], strict=False)]
    assert len(gaps) == 100
    assert max(gaps) == pytest.approx(0.1, abs=1e-6)


@effect("stream.work")
def stream_work():
    rig = Rig(stream__work="50ms", heartbeat="off")
    conn = ws(rig, 100.0)
    assert 93 <= len(rig.sent_at[conn]) - 2 <= 97


@effect("stream.cap")
def stream_cap():
    rig = Rig(stream__cap="60s")
    conn = rig.get("/api/events", 100.0)
    assert rig.ended[conn][1] == pytest.approx(60.0, abs=0.1)
    assert 1 not in Rig().ended


@effect("stream.one_task")
def stream_one_task():
    for value, status in (("on", None), ("off", 200)):
        rig = Rig(stream__one_task=value)
        ws(rig)
        assert rig.status(rig.get("/ping")) == status


@effect("stream.format")
def stream_format():
    old, head = Rig(stream__format="old"), Rig()
    assert b'"pressure":0,"type":"metrics"' in old.got[old.get("/api/events", 3.0)]
    assert b'"type":"connected"' in old.got[1]
    assert b'"uptime_ms":' in head.got[head.get("/api/events", 3.0)]


@effect("health.keys")
def health_keys():
    assert '"wifi":' not in health(Rig(health__keys="v1"))
    v2 = health(Rig(health__keys="v2"))
    assert '"wifi":' in v2
    assert "last_reason" not in v2
    v3 = health(Rig(health__keys="v3"))
    assert "last_reason" in v3
    assert "boot_id" not in v3
    assert '"boot_id":' in health(Rig())


@effect("rssi")
def rssi():
    assert -90 <= number(health(Rig(rssi=-85)), "rssi_dbm") <= -80
    assert -50 <= number(health(Rig(rssi=-45)), "rssi_dbm") <= -40


@effect("rssi_frozen")
def rssi_frozen():
    for value, is_frozen in (("on", True), ("off", False)):
        rig = Rig(rssi_frozen=value)
        seen = set()
        for _ in range(20):
            seen.add(number(health(rig), "rssi_dbm"))
            rig.run_for(10.0)
        assert (len(seen) == 1) is is_frozen


@effect("live_metrics")
def live_metrics():
    for value, count in (("on", b" 2"), ("off", b" 0")):
        rig = Rig(live_metrics=value)
        rig.get("/ping")
        body = rig.body(rig.get("/metrics"))
        assert b"\nesp32_http_connections_total" + count + b"\n" in body


@effect("send_buffer")
def send_buffer():
    rig = Rig(send_buffer=1000, acks=False)
    conn = rig.get("/metrics")
    assert len(rig.got[conn]) == 1000
    rig.give(Acked(conn, 1000))
    assert len(rig.got[conn]) == 2000


@effect("heap.free")
def heap_free():
    assert 98_000 < number(health(Rig(heap__free=105_000)), "free_heap") < 105_000


@effect("heap.leak")
def heap_leak():
    rig = Rig(heap__leak=100)
    before = number(health(rig), "free_heap")
    rig.run_for(1000.0)
    assert 98_000 < before - number(health(rig), "free_heap") < 102_000


@effect("handler")
def handler():
    rig = Rig(handler="2s")
    conn = rig.get("/ping", 4.0)
    assert 1.0 <= rig.sent_at[conn][0] <= 3.0


@effect("boot")
def boot():
    assert Rig(boot="cold").listen[80] == "silent"
    assert Rig(boot="warm").listen[80] == "accept"


@effect("boot.ready")
def boot_ready():
    rig = Rig(boot="cold", boot__ready="40s")
    rig.run(29.9)
    assert rig.listen[80] == "silent"
    rig.run(50.1)
    assert rig.listen[80] == "accept"


@effect("uptime")
def uptime():
    assert number(health(Rig(uptime="2h")), "uptime_seconds") == 7200


@effect("telnet")
def telnet():
    assert 23 in Rig().listen
    assert 23 not in Rig(telnet="off").listen


@effect("restart_token")
def restart_token():
    rig = Rig(restart_token="sesame")
    conn = rig.connect()
    rig.send(conn, b"POST /api/restart HTTP/1.1\r\nHost: x\r\nX-Restart-Token: sesame\r\n\r\n")
    rig.run_for(2.0)
    assert rig.status(conn) == 200
    assert rig.values("reset", "cause") == ["software"]


@effect("version")
def version():
    assert '"version":"v9.9"' in health(Rig(version="v9.9"))


@effect("ssid")
def ssid():
    rig = Rig(ssid="cellar")
    assert b'ssid="cellar"' in rig.body(rig.get("/metrics"))


@pytest.mark.parametrize("name", [switch.name for switch in SWITCHES])
def test_every_switch_has_an_effect_that_is_seen(name):
    EFFECTS[name]()


def test_every_effect_is_of_a_switch():
    assert set(EFFECTS) == {switch.name for switch in SWITCHES}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_default_is_within_its_own_range(dialect):
    for switch in SWITCHES:
        value = switch.defaults[dialect]
        text = {True: "on", False: "off"}.get(value) if isinstance(value, bool) else str(value)
        assert switch.parse(text) == value
        assert switch.buys.endswith(".")


def test_the_plan_is_document_000s():
    plan = settings_of("plan", {})
    assert (plan.heartbeat_s, plan.max_streams, plan.session_timeout_s) == (25.0, 1, 5.0)
    assert 8 <= plan.max_sessions <= 10
    assert plan.ws_stream
    assert plan.lru_purge
    assert plan.early_503


def test_the_firmware_is_as_it_was():
    real = settings_of("firmware", {})
    assert real.stream_one_task
    assert real.rssi_frozen
    assert (real.stream_cap_s, real.max_sessions, real.sockets) == (300.0, 12, 16)
    assert not real.ws_stream


def test_many_clients_bring_what_they_need():
    many = settings_of("plan", {"stream.max_clients": "20"})
    assert (many.max_streams, many.sse_limit) == (20, 20)
    assert many.max_sessions >= 24
    assert many.sockets >= many.max_sessions + 3
    rig = Rig(stream__max_clients=20)
    assert [rig.status(ws(rig, 0.1)) for _ in range(21)] == [101] * 20 + [503]
    assert rig.status(rig.get("/ping")) == 200


def test_what_is_said_outweighs_what_many_clients_bring():
    assert settings_of("plan", {"stream.max_clients": "5", "sse_limit": "1"}).sse_limit == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"max_sessions": "14"},
            "max_sessions: is too large (max allowed 13, 3 of 16 sockets used by HTTP server "
            "internally), got 14",
        ),
        ({"max_streams": "0"}, "max_streams: must be within 1 to 200, got '0'"),
        ({"stream.max_clients": "x"}, "max_streams: must be a count, got 'x'"),
        ({"connection_close": "maybe"}, "connection_close: must be one of off, header, close"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ConfigError) as caught:
        settings_of("plan", settings)
    assert str(caught.value).startswith(message)


def test_a_board_without_telnet_has_a_socket_more():
    on, off = (board_settings(settings_of("plan", {"telnet": t})) for t in ("on", "off"))
    assert (on.ports, off.ports) == ((80, 23), (80,))
    assert on.reserved_sockets - off.reserved_sockets == 1
