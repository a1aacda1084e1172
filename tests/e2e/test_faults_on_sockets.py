"""Each fault that loopback can show, diagnosed blind on real sockets, is named as itself.

Not here: ``modem-sleep`` and ``retransmission-ladder`` (on loopback the kernel itself
answers SYNs and acknowledges at once: the simulated world shows them) and
``stream-lifetime-cap`` (two lives of 300 s: the soak of ``make bench`` shows it).
"""

import asyncio
from random import Random

import pytest

from holdfast.adapters.clock import RunClock
from holdfast.adapters.driver import drive
from holdfast.adapters.profiles import load_profile, with_stream
from holdfast.apps.diagnose import diagnose, make_header
from holdfast.core.device.catalogue import faults, finding_of, make_twin, parse_fault
from holdfast.core.explain.finding import FindingKind
from holdfast.core.link.target import Target
from holdfast.testing.link_run import short_settings

FOR_S = 75.0
BEGIN_S = 8.0
FROM_THE_START = {
    "rssi-frozen",
    "host-unreachable",
    "device-booting",
    "stream-refused",
    "server-blocked-by-stream",
}
SHORTENED = {
    "keepalive-mismatch": "keepalive-mismatch:after=9s",
    "wifi-dropout": "wifi-dropout:for=6s",
}
NOT_ON_LOOPBACK = {"modem-sleep", "retransmission-ladder", "stream-lifetime-cap"}
CASES = [f for f in faults() if finding_of(f) and f not in NOT_ON_LOOPBACK]


async def diagnosed(fault):
    """Diagnose one twin with one fault (``""`` for none) on sockets of its own."""
    profile = load_profile("esp32-s3-dashboard")
    if fault == "torn-frames":
        profile = with_stream(profile, "ws")
    at_s = 0.0 if fault in FROM_THE_START else BEGIN_S
    plans = [parse_fault(SHORTENED.get(fault, fault), at_s)] if fault else []
    twin = make_twin("dashboard", settings={}, faults=plans, rng=Random(1))
    ports, over = asyncio.Queue(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(
            drive(
                twin, record=lambda _: None, clock=RunClock(), ports={80: 0}, stop=over,
                on_listening=lambda logical, _h, port: logical == 80 and ports.put_nowait(port),
            )
        )  # fmt: skip
        target = Target("127.0.0.1", await ports.get())
        settings = short_settings(
            target, profile, for_s=FOR_S, tick_s=2.0, health_every_s=4.0, warmup_s=4.0
        )
        done = await diagnose(settings, header=make_header(settings, seed=1))
        over.set()
    return done.findings


@pytest.mark.slow
@pytest.mark.net
@pytest.mark.timeout(200)
def test_each_fault_is_named_as_itself_on_real_sockets():
    """All at once: the machine waits, it does not work."""

    async def main():
        return await asyncio.gather(*(diagnosed(fault) for fault in ["", *CASES]))

    wrong = []
    for fault, findings in zip(["", *CASES], asyncio.run(main()), strict=True):
        expected = finding_of(fault) if fault else None
        causes = [f for f in findings if f.kind is FindingKind.CAUSE]
        others = [f.code for f in causes if f.confidence >= 0.8 and f.code != expected]
        named = expected is None or expected in [f.code for f in findings]
        first = not causes or expected not in [f.code for f in causes] or causes[0].code == expected
        if not named or not first or others or (expected is None and findings):
            wrong.append((fault, [(f.code, round(f.confidence, 2)) for f in findings]))
    assert wrong == []
