"""Runs made of events: ten minutes of a device whose stream blocks it, and of a healthy one."""

import math
import random

import msgspec

from holdfast.core.explain.finding import (
    Consequence,
    Evidence,
    Finding,
    FindingKind,
    RuledOut,
    Severity,
    Side,
)
from holdfast.core.journal.events import (
    CloseClass,
    Header,
    LogLine,
    Note,
    Outcome,
    Probe,
    Run,
    RunPhase,
    Sample,
    Stream,
    StreamWhat,
    TcpInfo,
    Tick,
)
from holdfast.core.measure.run import RunView

HEADER = Header(
    tool="holdfast 0.1.0",
    wall_at="2026-01-02T03:04:05.678+00:00",
    target="192.0.2.7:80",
    plan="general",
    profile="esp32-s3-dashboard",
    seed=7,
    tick_s=5.0,
    duration_s=600.0,
    warmup_s=90.0,
)


def http(at_s, target, outcome=Outcome.OK, *, took_s=0.03, connect_s=0.012, **more):
    ok = outcome.is_ok
    return Probe(
        at_s=at_s,
        source=f"probe.{target}",
        link="192.0.2.7:80",
        method="http",
        target=target,
        outcome=outcome,
        total_s=took_s,
        connect_s=connect_s,
        first_byte_s=took_s * 0.8 if ok else None,
        status=200 if ok else None,
        limit_s=4.0,
        tcp=TcpInfo(rtt_s=0.008, rttvar_s=0.002) if connect_s else None,
        **more,
    )


def icmp(at_s, rtt_s, target="icmp"):
    return Probe(
        at_s=at_s,
        source=f"probe.{target}",
        method="icmp",
        target=target,
        outcome=Outcome.NO_RESPONSE if rtt_s is None else Outcome.OK,
        total_s=2.0 if rtt_s is None else rtt_s,
        first_byte_s=rtt_s,
    )


def stream(at_s, what, session=1, **more):
    return Stream(at_s=at_s, source="stream", what=what, transport="sse", session=session, **more)


def _blocked(at_s, target, since_s):
    """The three phases of a device whose only task is in the stream's handler."""
    if since_s < 25:
        return http(at_s, target, Outcome.NO_RESPONSE, took_s=4.0)
    if since_s < 75:
        return http(at_s, target, Outcome.CONNECT_TIMEOUT, took_s=2.0, connect_s=None)
    return http(at_s, target, Outcome.EARLY_CLOSE, took_s=0.02)


def _is_down(at_s):
    """The device's two Wi-Fi drop-outs."""
    return 182.0 <= at_s <= 189.0 or 451.0 <= at_s <= 462.0


def _tick_events(n, rng):
    at_s = n * 5.0 + 0.2
    down = _is_down(at_s)
    events = [
        Tick(at_s=n * 5.0, n=n, due_s=n * 5.0),
        icmp(at_s, None if down else 0.006 * math.exp(rng.gauss(0, 0.6))),
        icmp(at_s + 0.1, 0.0009 * math.exp(rng.gauss(0, 0.3)), "control"),
    ]
    took_s = 0.028 * math.exp(rng.gauss(0, 0.45))
    for target in ("ping", "health") if n % 6 == 0 else ("ping",):
        if down:
            lost = http(at_s, target, Outcome.CONNECT_TIMEOUT, took_s=2.0, connect_s=None)
            events.append(lost)
        elif 40 <= at_s < 340:
            events.append(_blocked(at_s, target, at_s - 40))
        else:
            events.append(http(at_s, target, took_s=took_s, connect_s=took_s * 0.4))
    if n % 6 == 0 and not down and not 40 <= at_s < 340:
        values = {
            "heap_free_bytes": 142_000.0 - 95 * at_s + rng.gauss(0, 400),
            "heap_min_bytes": 138_000.0 - 96 * at_s,
            "rssi_dbm": float(-58 + round(rng.gauss(0, 2))),
            "uptime_s": at_s + 300,
        }
        events.append(Sample(at_s=at_s, source="health", values=values))
    return events


def _stream_events(rng):
    events = [stream(39.9, StreamWhat.OPENING), stream(40.0, StreamWhat.OPENED, status=200)]
    at_s = 40.0
    while at_s < 340.0:
        if not _is_down(at_s):
            events.append(stream(at_s, StreamWhat.MESSAGE, size_bytes=187))
        at_s += 1.0 + rng.uniform(-0.05, 0.09)
    events.append(stream(340.0, StreamWhat.CLOSED, close=CloseClass.BY_PEER, for_s=300.0))
    for session in range(2, 8):
        begin = 340.0 + 2**session / 2
        refused = {"close": CloseClass.STATUS, "status": 503}
        events.append(stream(begin, StreamWhat.OPENING, session))
        events.append(stream(begin + 0.03, StreamWhat.REFUSED, session, **refused))
    return events


LOG = (
    (2.0, "I", "wifi connected"),
    (182.0, "W", "bcn_timeout, ap_probe_send_start"),
    (188.0, "E", "wifi:disconnected, reason 200"),
    (189.0, "I", "got ip"),
)


def log(at_s, level, text, **more):
    more = {"source": "serial", "origin": "serial", "tag": "wifi", **more}
    return LogLine(at_s=at_s, level=level, text=text, **more)


def blocked_events(rng):
    """A stream from 40 s to 340 s blocks HTTP; two Wi-Fi drop-outs; heap falls."""
    return [
        Run(at_s=0.0, phase=RunPhase.STARTED),
        *(event for n in range(120) for event in _tick_events(n, rng)),
        *_stream_events(rng),
        *(log(*row) for row in LOG),
        Note(at_s=0.0, about="icmp-unprivileged", text="ICMP echo by a datagram socket."),
        Run(at_s=600.0, phase=RunPhase.ENDED),
    ]


def healthy_events(rng):
    events = [Run(at_s=0.0, phase=RunPhase.STARTED)]
    events.append(stream(0.5, StreamWhat.OPENING))
    events.append(stream(0.6, StreamWhat.OPENED, status=101))
    for n in range(120):
        at_s = n * 5.0 + 0.2
        events.append(Tick(at_s=n * 5.0, n=n, due_s=n * 5.0))
        events.append(icmp(at_s, 0.004 * math.exp(rng.gauss(0, 0.5))))
        took_s = 0.02 * math.exp(rng.gauss(0, 0.4))
        events.append(http(at_s + 0.3, "ping", took_s=took_s, connect_s=took_s * 0.4))
        if n % 6 == 0:
            events.append(http(at_s + 1, "health", took_s=took_s * 2, connect_s=took_s * 0.4))
            heap = 142_000.0 + rng.gauss(0, 900)
            values = {"heap_free_bytes": heap, "rssi_dbm": float(-52 + round(rng.gauss(0, 1)))}
            events.append(Sample(at_s=at_s, source="health", values=values))
    events += [
        stream(second + rng.uniform(-0.02, 0.05), StreamWhat.MESSAGE, size_bytes=187)
        for second in range(1, 600)
    ]
    events.append(stream(600.0, StreamWhat.CLOSED, close=CloseClass.BY_US, for_s=599.4))
    events.append(Run(at_s=600.0, phase=RunPhase.ENDED))
    return events


def numbered(events):
    """Events as a journal gives them: in order of time, numbered from 1."""
    rows = sorted(events, key=lambda e: e.at_s)
    return [msgspec.structs.replace(e, seq=seq) for seq, e in enumerate(rows, 1)]


def blocked_run(header=HEADER):
    return RunView(header, numbered(blocked_events(random.Random(7))))


def healthy_run(header=HEADER):
    return RunView(header, numbered(healthy_events(random.Random(8))))


def blocked_findings():
    """Findings as the rules would give them, so that pictures do not wait for the rules."""
    return [
        Finding(
            code="server-blocked-by-stream",
            kind=FindingKind.CAUSE,
            side=Side.SERVER,
            severity=Severity.ERROR,
            confidence=0.97,
            title="While a stream is open, the device's web server answers nobody else",
            evidence=(
                Evidence(
                    text="0 of 58 pings were answered while the stream was open",
                    source="probe.ping",
                    metric="ping.ok_ratio",
                    observed=0.0,
                    limit=0.99,
                    at_s=40.0,
                ),
                Evidence(
                    text="ICMP answered 58 of 60 in the same ticks: the device was there",
                    source="probe.icmp",
                    metric="icmp.ok_ratio",
                    observed=58 / 60,
                    at_s=40.0,
                ),
                Evidence(
                    text="connected, then silent for the first 25 s: no_response",
                    source="probe.ping",
                    seq=41,
                    metric="total_s",
                    observed=4.0,
                    limit=4.0,
                    at_s=40.2,
                ),
                Evidence(text="then SYN unanswered for 50 s", source="probe.ping", at_s=65.2),
                Evidence(text="then accepted and closed at once", source="probe.ping", at_s=115.2),
            ),
            remedy=(
                "Take the stream out of the server's only task: call "
                "httpd_req_async_handler_begin(req, &copy) and send from a task of its own."
            ),
            from_s=40.0,
            to_s=340.0,
            ruled_out=(
                RuledOut("wifi-dropout", "ICMP answered in the same ticks"),
                RuledOut("device-reboot", "uptime rises from 340 s to 900 s without a break"),
            ),
            consequences=(
                Consequence(code="no-response", at_s=40.2, text="/ping connected, no byte came"),
                Consequence(code="connect-timeout", at_s=65.2, text="listen queue full"),
                Consequence(code="stream-lifetime-cap", at_s=340.0),
            ),
        ),
        Finding(
            code="wifi-dropout",
            kind=FindingKind.CAUSE,
            side=Side.NETWORK,
            severity=Severity.WARNING,
            confidence=0.72,
            title="The device left the Wi-Fi for 11 s",
            evidence=(
                Evidence(text="3 ICMP echoes in a row unanswered", source="probe.icmp", at_s=451.0),
            ),
            remedy="Set esp_wifi_set_ps(WIFI_PS_NONE) and use a fixed channel.",
            from_s=451.0,
            to_s=462.0,
            ruled_out=(RuledOut("observer-side", "the control target answered throughout"),),
        ),
        Finding(
            code="heap-decline",
            kind=FindingKind.OBSERVATION,
            side=Side.DEVICE,
            severity=Severity.INFO,
            confidence=0.8,
            title="Free heap falls by 5.7 kB a minute",
            evidence=(
                Evidence(
                    text="free heap falls all through the run",
                    source="health",
                    metric="heap.slope_bytes_per_s",
                    observed=-95.0,
                    limit=-8.0,
                ),
            ),
            remedy="Log heap_caps_get_free_size(MALLOC_CAP_INTERNAL) around each handler.",
            from_s=0.0,
            to_s=600.0,
        ),
    ]
