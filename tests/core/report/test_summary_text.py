"""The summary's lines: the original's rules, then ours."""

from holdfast.core.explain.finding import Evidence, Finding, FindingKind, Severity, Side
from holdfast.core.journal.events import (
    Header,
    Outcome,
    Probe,
    Run,
    RunPhase,
    Sample,
    Stream,
    StreamWhat,
    Tick,
)
from holdfast.core.measure.run import RunView
from holdfast.core.report.summary_text import summary_text

HEADER = Header(
    wall_at="2025-08-08T20:00:00+02:00",
    target="board:80",
    tick_s=5.0,
    duration_s=20.0,
    warmup_s=10.0,
)


def run(*events, header=HEADER):
    ticks = [Tick(at_s=5.0 * n, n=n, due_s=5.0 * n) for n in range(4)]
    ended = Run(at_s=20.0, phase=RunPhase.ENDED)
    return RunView(header, [*ticks, *events, ended])


def ping(at_s, total_s, outcome=Outcome.OK, status=200):
    return Probe(
        at_s=at_s,
        method="http",
        target="ping",
        outcome=outcome,
        total_s=total_s,
        connect_s=total_s / 2,
        status=status,
    )


def echo(at_s, rtt_s):
    outcome = Outcome.NO_RESPONSE if rtt_s is None else Outcome.OK
    return Probe(
        at_s=at_s, method="icmp", target="icmp", outcome=outcome, total_s=2.0, first_byte_s=rtt_s
    )


MEASURED = run(
    echo(0.0, 0.010),
    echo(5.0, 0.020),
    echo(10.0, None),
    ping(0.1, 0.030),
    ping(5.1, 0.050),
    ping(10.1, 0.040),
    ping(15.1, 0.2, Outcome.EARLY_CLOSE, None),
    Sample(at_s=6.0, source="health", values={"rssi_dbm": -60, "wifi_disconnects": 2}),
    Stream(at_s=0.0, what=StreamWhat.OPENING, transport="sse", session=1),
    Stream(at_s=0.0, what=StreamWhat.OPENED, transport="sse", session=1),
    *(
        Stream(at_s=t, what=StreamWhat.MESSAGE, transport="sse", session=1, size_bytes=100)
        for t in (0.5, 1.5, 2.5, 3.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5, 18.5, 19.5)
    ),
)


def test_the_original_s_lines():
    assert summary_text(MEASURED).splitlines()[:17] == [
        "Diagnostics summary @ 2025-08-08T20:00:20",
        "Device: board:80",
        "Duration: 20s",
        "/ping: 3/4 200s",
        "/health: 0/0 200s",
        "Logs: .",
        "",
        "=== Detailed summary ===",
        "ICMP: ok=2 fail=1 ok%=66.7 avg=15.0 p50=10.0 p95=10.0 ms",
        "HTTP /ping: ok=3 fail=1 ok%=75.0 connect_ms[avg=20.0 p50=20.0 p95=20.0] "
        "total_ms[avg=40.0 p50=40.0 p95=40.0]",
        "HTTP /health: ok=0 fail=0 ok%=- connect_ms[-] total_ms[-]",
        "SSE: active_ticks=3/4 (75.0%) bytes[avg=300.0 p50=300.0 p95=400.0]",
        "WiFi RSSI: avg=-60.0 p50=-60.0 p95=-60.0 dBm last_disc=2 last_reconn=-",
        "",
        "=== Late-window (post-warmup) ===",
        "ICMP late ok%: 0.0",
        "HTTP /ping late ok%: 50.0 avg_connect_ms: 20.0 avg_total_ms: 40.0",
    ]


def test_what_the_original_could_not_tell():
    lines = summary_text(MEASURED).splitlines()
    assert "stream.gap_max_s: 0 s; 9 s" in lines
    assert "ping.p99_s: 0.04 s; 0.0498 s" in lines
    assert "ping: ok=3 early_close=1" in lines
    assert lines[lines.index("=== Gaps ===") + 1] == "3.5 s: 9.0 s of silence"


def test_a_run_that_measured_nothing_still_has_its_summary():
    text = summary_text(RunView(Header(), []))
    assert text.startswith("Diagnostics summary @ -\nDevice: \nDuration: 0s\n/ping: 0/0 200s\n")
    assert "ICMP: ok=0 fail=0 ok%=- - ms" in text
    assert "=== Gaps ===\nno stream was watched" in text
    assert text.endswith("=== Findings ===\nnone\n")


def test_findings_end_the_text_and_cannot_break_its_lines():
    finding = Finding(
        code="wifi-dropout",
        kind=FindingKind.CAUSE,
        side=Side.NETWORK,
        severity=Severity.ERROR,
        confidence=0.93,
        title="Wi-Fi dropped\n\x1b[31m",
        evidence=(Evidence(text="x"),),
        remedy="Move the access point.",
        from_s=3.4,
        to_s=20.0,
    )
    lines = summary_text(MEASURED, [finding]).splitlines()
    assert lines[-2:] == [
        "1. Wi-Fi dropped\\x0a\\x1b[31m [wifi-dropout, 93%, 3-20 s]",
        "   -> Move the access point.",
    ]


def test_a_date_beyond_the_calendar_is_left_open():
    header = Header(wall_at="9999-12-31T23:59:59+00:00")
    assert summary_text(run(header=header)).startswith("Diagnostics summary @ -\n")
