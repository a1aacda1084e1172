"""What is measured against what a twin knows it did: outcome classes and gaps.

Twins and benches run on loopback sockets; the twin's truth events go to a list of
their own and are joined on the host's monotonic clock only here.

Outcomes: each request ends as a seeded script says; connection outcomes
(``connect_timeout``, ``connect_refused``) hold for slots of time, and a probe that lies
wholly within a slot is compared with it. Gaps: the stream falls silent for seeded
lengths; each gap measured is compared with the length that the twin records.
"""

from __future__ import annotations

import asyncio
from random import Random

import msgspec
import numpy as np

from benchmarks.machine import Figure
from holdfast.adapters.clock import RunClock
from holdfast.adapters.driver import drive
from holdfast.adapters.profiles import load_profile
from holdfast.core.device.catalogue import make_twin, parse_fault
from holdfast.core.journal.events import Outcome, Probe, Stream, StreamWhat, Truth
from holdfast.core.observe.diagnosis import Diagnosis
from holdfast.core.observe.settings import DiagnosisSettings

LIMIT_S = 0.4
"""Limit of a request, shortened so that a thousand take a minute."""
PAIRS = 4
REQUESTS_EACH = 200
SLOTS_FOR_S = 110.0
GAPS_FOR_S = 60.0
EXPECTED = {
    "answered": Outcome.OK, "bad_status": Outcome.BAD_STATUS, "bad_body": Outcome.BAD_BODY,
    "no_response": Outcome.NO_RESPONSE, "early_close": Outcome.EARLY_CLOSE, "reset": Outcome.RESET,
    "too_slow": Outcome.TOO_SLOW, "not_http": Outcome.NOT_HTTP,
    "connect_timeout": Outcome.CONNECT_TIMEOUT, "connect_refused": Outcome.CONNECT_REFUSED,
}  # fmt: skip


def quick_profile():
    """The dashboard's profile with short limits and no pause between requests."""
    known = load_profile("esp32-s3-dashboard")
    ping = msgspec.structs.replace(known.ping, limit_s=LIMIT_S, connect_limit_s=LIMIT_S)
    limits = msgspec.structs.replace(known.limits, min_request_interval_s=0.0)
    return msgspec.structs.replace(known, ping=ping, limits=limits)


async def watched(fault: str, seed: int, **settings) -> tuple[list, list]:
    """Diagnose one twin with one fault; return measured and true events on one clock."""
    ports: asyncio.Queue[int] = asyncio.Queue()
    over = asyncio.Event()
    measured: list = []
    true: list = []
    clock = RunClock()
    twin = make_twin("dashboard", settings={}, faults=[parse_fault(fault, 0.0)], rng=Random(seed))
    async with asyncio.TaskGroup() as group:
        group.create_task(
            drive(twin, record=true.append, clock=clock, ports={80: 0}, stop=over,
                  on_listening=lambda logical, _h, port: logical == 80 and ports.put_nowait(port))
        )  # fmt: skip
        plan = DiagnosisSettings(
            host="127.0.0.1", port=await ports.get(), profile=quick_profile(), icmp=False,
            health_every_s=86_400.0, warmup_s=0.0, **settings,
        )  # fmt: skip
        await drive(Diagnosis(plan, Random(seed)), record=measured.append, clock=clock)
        over.set()
    return measured, [e for e in true if isinstance(e, Truth)]


def pings(events: list) -> list[Probe]:
    return sorted(
        (e for e in events if isinstance(e, Probe) and e.target == "ping"), key=lambda e: e.at_s
    )


async def request_outcomes() -> tuple[int, int, list[str]]:
    """Right, compared, and the wrong ones of scripted requests."""
    script = "outcomes:shuffled=on,cycle=" + "/".join(
        name for name in EXPECTED if not name.startswith("connect_")
    )
    runs = await asyncio.gather(
        *(
            watched(
                script,
                seed,
                stream=False,
                duration_s=REQUESTS_EACH * 0.5 + 3,
                tick_s=0.5,
                jitter_s=0.02,
            )
            for seed in range(PAIRS)
        )
    )
    right, compared, wrong = 0, 0, []
    for measured, true in runs:
        told = [t for t in true if t.what == "request" and t.values.get("path") == "/ping"]
        seen = pings(measured)[:REQUESTS_EACH]
        for probe, truth in zip(seen, told, strict=False):
            compared += 1
            expected = EXPECTED[str(truth.values["outcome"])]
            if probe.outcome is expected:
                right += 1
            else:
                wrong.append(f"{truth.values['outcome']} measured as {probe.outcome}")
    return right, compared, wrong


async def slot_outcomes() -> tuple[int, int, list[str]]:
    """Right, compared, and the wrong ones of outcomes that hold for slots of time."""
    script = "outcomes:slot=1.5s,shuffled=on,cycle=connect_timeout*2/connect_refused*2/answered"
    runs = await asyncio.gather(
        *(
            watched(script, seed, stream=False, duration_s=SLOTS_FOR_S, tick_s=0.5, jitter_s=0.05)
            for seed in range(PAIRS)
        )
    )
    right, compared, wrong = 0, 0, []
    for measured, true in runs:
        slots = [t for t in true if t.what == "slot"]
        starts = np.array([t.at_s for t in slots])
        for probe in pings(measured):
            n = int(np.searchsorted(starts, probe.at_s, "right")) - 1
            end = starts[n + 1] if n + 1 < len(starts) else np.inf
            # The port needs a moment to change its mind: the edges of a slot are left out.
            if n < 0 or probe.at_s < starts[n] + 0.1 or probe.at_s + probe.total_s > end - 0.02:
                continue
            compared += 1
            expected = EXPECTED[str(slots[n].values["outcome"])]
            if probe.outcome is expected:
                right += 1
            else:
                wrong.append(f"{slots[n].values['outcome']} measured as {probe.outcome}")
    return right, compared, wrong


async def gap_errors() -> list[float]:
    """Errors in seconds of measured gaps against the twin's."""
    runs = await asyncio.gather(
        *(
            watched(f"stream-stalled:for={3.2 + 0.13 * seed:.2f}s,every={6 + 0.21 * seed:.2f}s", seed,
                    duration_s=GAPS_FOR_S, tick_s=5.0)
            for seed in range(12)
        )
    )  # fmt: skip
    errors = []
    for measured, true in runs:
        told = {round(t.at_s, 1): t for t in true if t.what == "stream_gap"}
        for gap in (e for e in measured if isinstance(e, Stream) and e.what is StreamWhat.GAP):
            near = min(told.values(), key=lambda t: abs(t.at_s - gap.at_s), default=None)
            if near is not None and abs(near.at_s - gap.at_s) < 0.5:
                errors.append(abs(float(near.values["for_s"]) - float(gap.for_s)))
    return errors


def run() -> list[Figure]:
    right, compared, wrong = asyncio.run(request_outcomes())
    slot_right, slot_compared, slot_wrong = asyncio.run(slot_outcomes())
    errors = asyncio.run(gap_errors())
    for line in sorted(set(wrong + slot_wrong)):
        print(f"wrong: {line} ({(wrong + slot_wrong).count(line)})")
    total, all_right = compared + slot_compared, right + slot_right
    p99 = float(np.percentile(errors, 99)) if errors else float("nan")
    return [
        Figure("outcomes compared", "", [total], ">= 1000", total >= 1000),
        Figure("outcomes classified right", "", [all_right], "all of them", all_right == total),
        Figure("gaps compared", "", [len(errors)], "", len(errors) > 50),
        Figure("gap error, p99", "ms", [1e3 * p99], "< 5 ms", p99 < 0.005),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure.row())
