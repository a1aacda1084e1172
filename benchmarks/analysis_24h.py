"""Time from a 24 h journal (5 s ticks, 1 Hz stream) to findings and report, part by part."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.machine import Figure
from holdfast.core.journal.events import (
    CloseClass,
    Event,
    Header,
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

REPETITIONS = 5
DAY_S = 86_400
TICK_S = 5
OUTAGE_S = 20.0
"""Once an hour the Wi-Fi drops for so long: a day without a fault would be analysed too fast."""


def day(seed: int = 1) -> list[Event]:
    """The events of a day: ticks, three probes a tick, health every 30 s, a 1 Hz stream."""
    rng = Random(seed)
    events: list[Event] = [Run(at_s=0.0, phase=RunPhase.STARTED), *_stream(rng)]
    for n, due_s in enumerate(range(0, DAY_S, TICK_S)):
        is_down = (due_s % 3600) < OUTAGE_S and due_s >= 3600
        events.append(Tick(at_s=due_s + 0.001, n=n, due_s=due_s))
        events += _probes(due_s + 0.25 * rng.random(), is_down=is_down, rng=rng)
        if due_s % 30 == 0:
            events += _health(due_s + 1.0, is_down=is_down, rng=rng)
    events.append(Run(at_s=float(DAY_S), phase=RunPhase.ENDED))
    return sorted(events, key=lambda e: e.at_s)


def _probes(at_s: float, *, is_down: bool, rng: Random) -> list[Event]:
    rtt_s = 0.01 * rng.lognormvariate(0.0, 0.5)
    echo = Outcome.NO_RESPONSE if is_down else Outcome.OK
    total_s = 2.0 if is_down else 0.04 * rng.lognormvariate(0.0, 0.4)
    return [
        Probe(at_s=at_s, source="probe.icmp", method="icmp", target="icmp", outcome=echo,
              total_s=2.0 if is_down else rtt_s, first_byte_s=None if is_down else rtt_s),
        Probe(at_s=at_s, source="probe.control", method="icmp", target="control",
              outcome=Outcome.OK, total_s=0.002, first_byte_s=0.002),
        Probe(at_s=at_s + 0.1, source="probe.ping", method="http", target="ping",
              outcome=Outcome.CONNECT_TIMEOUT if is_down else Outcome.OK, total_s=total_s,
              status=None if is_down else 200, connect_s=None if is_down else 0.3 * total_s,
              first_byte_s=None if is_down else 0.8 * total_s, limit_s=4.0,
              tcp=None if is_down else TcpInfo(rtt_s=rtt_s, rttvar_s=rtt_s / 2)),
    ]  # fmt: skip


def _health(at_s: float, *, is_down: bool, rng: Random) -> list[Event]:
    if is_down:
        return [Probe(at_s=at_s, source="probe.health", method="http", target="health",
                      outcome=Outcome.CONNECT_TIMEOUT, total_s=2.0)]  # fmt: skip
    values: dict[str, float | str | bool | None] = {
        "uptime_s": at_s + 100.0, "heap_free_bytes": 8e6 - 2.0 * at_s + rng.gauss(0, 500),
        "rssi_dbm": round(rng.gauss(-65, 2)), "wifi_disconnects": float(at_s // 3600),
        "wifi_last_reason": 200.0,
    }  # fmt: skip
    return [
        Probe(at_s=at_s, source="probe.health", method="http", target="health",
              outcome=Outcome.OK, status=200, connect_s=0.02, first_byte_s=0.05, total_s=0.06),
        Sample(at_s=at_s + 0.06, source="health", values=values),
    ]  # fmt: skip


def _stream(rng: Random) -> list[Event]:
    """A message a second; each outage resets the stream, which comes back after it."""

    def event(what: StreamWhat, at_s: float, **more: Any) -> Stream:
        return Stream(
            at_s=at_s, source="stream", what=what, transport="ws", session=session, **more
        )

    rows: list[Event] = []
    session, hour_s = 1, 3600.0
    for start_s in range(0, DAY_S, 3600):
        begin_s = start_s + (OUTAGE_S if start_s else 0.0)
        rows += [event(StreamWhat.OPENING, begin_s), event(StreamWhat.OPENED, begin_s + 0.1)]
        at_s = begin_s + 0.2
        while at_s < start_s + hour_s:
            rows.append(event(StreamWhat.MESSAGE, at_s, size_bytes=320, device_s=at_s + 100.0))
            at_s += 1.0 + rng.uniform(-0.02, 0.02)
        rows.append(
            event(StreamWhat.GAP, start_s + hour_s - 0.5, for_s=OUTAGE_S)
            if start_s + hour_s < DAY_S
            else event(StreamWhat.HEARTBEAT, DAY_S - 0.4, for_s=0.02)
        )
        why = CloseClass.RESET if start_s + hour_s < DAY_S else CloseClass.BY_US
        rows.append(event(StreamWhat.CLOSED, start_s + hour_s - 0.3, close=why, for_s=3580.0))
        session += 1
    return rows


def _timed(into: dict[str, list[float]], name: str, work: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = work()
    into.setdefault(name, []).append(time.perf_counter() - began)
    return result


def run() -> list[Figure]:
    from holdfast.adapters.journal_file import JournalWriter
    from holdfast.adapters.render.html import render_html
    from holdfast.apps.load_run import load_run
    from holdfast.core.explain.engine import explain
    from holdfast.core.judge.criteria import default_criteria
    from holdfast.core.judge.verdict import judge
    from holdfast.core.measure.summary import measures

    header = Header(target="192.0.2.7:80", plan="general", profile="esp32-s3-dashboard",
                    tick_s=float(TICK_S), duration_s=float(DAY_S))  # fmt: skip
    criteria = default_criteria("general", duration_s=DAY_S, has_health=True)
    took: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl.zst"
        events = day()
        with JournalWriter(path, header, time.monotonic) as journal:
            for event in events:
                journal.append(event)
        size_mb = path.stat().st_size / 1e6
        for _ in range(REPETITIONS):
            view = _timed(took, "read the journal", lambda: load_run(path))
            _timed(took, "measure", lambda: measures(view))  # noqa: B023  # called at once
            verdict = _timed(took, "judge", lambda: judge(view, criteria))  # noqa: B023
            findings = _timed(took, "explain", lambda: explain(view))  # noqa: B023
            _timed(took, "report.html", lambda: render_html(view, findings, verdict, title="24 h"))  # noqa: B023
    print(f"analysis_24h: {len(events)} events, {size_mb:.1f} MB, "
          f"findings: {', '.join(f.code for f in findings) or 'none'}")  # fmt: skip
    whole = [sum(parts) for parts in zip(*took.values(), strict=True)]
    figures = [
        Figure(name, "s", values, "< 1 s" if name == "measure" else "-",
               name != "measure" or max(values) < 1.0)
        for name, values in took.items()
    ]  # fmt: skip
    return [*figures, Figure("24 h to findings and report", "s", whole, "< 5 s", max(whole) < 5.0)]


if __name__ == "__main__":
    for figure in run():
        print(figure.row())
