"""A healthy twin behind a bad network: the diagnosis sees the network and accuses no device."""

import asyncio
import time
from random import Random

import pytest

from holdfast.adapters.clock import RunClock
from holdfast.adapters.driver import drive
from holdfast.adapters.impairments import load_impairment
from holdfast.adapters.names import Resolver
from holdfast.adapters.profiles import load_profile
from holdfast.adapters.proxy_relay import Relay
from holdfast.apps.diagnose import diagnose, make_header
from holdfast.core.device.catalogue import make_twin
from holdfast.core.explain.finding import FindingKind
from holdfast.core.link.target import Target
from holdfast.core.measure.summary import measures
from holdfast.testing.link_run import short_settings

FOR_S = 40.0
OF_THE_LINK = {
    "none": set(),
    "wifi-sleeping": {"modem-sleep"},
    "weak-antenna": {"retransmission-ladder", "stream-stalled", "modem-sleep"},
}
"""What may be found; what the twin's own software would be to blame for may not."""


async def diagnosed(name):
    """Diagnose a healthy twin through a proxy with the impairment ``name``."""
    twin = make_twin("dashboard", settings={}, faults=[], rng=Random(1))
    ports, over = asyncio.Queue(), asyncio.Event()
    begin = time.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(
            drive(
                twin, record=lambda _: None, clock=RunClock(), ports={80: 0}, stop=over,
                on_listening=lambda logical, _h, port: logical == 80 and ports.put_nowait(port),
            )
        )  # fmt: skip
        (address,) = await Resolver().resolve("127.0.0.1", await ports.get())
        relay = Relay(
            address,
            load_impairment(name),
            rng=Random(2),
            now=lambda: time.monotonic() - begin,
            happened=lambda what, at_s, values: None,
            group=group,
        )
        host, port = await relay.listen("127.0.0.1", 0)
        settings = short_settings(
            Target(host, port), load_profile("esp32-s3-dashboard"), for_s=FOR_S, tick_s=1.0,
            health_every_s=3.0, warmup_s=3.0,
        )  # fmt: skip
        done = await diagnose(settings, header=make_header(settings, seed=1))
        relay.close()
        over.set()
    return done, relay.state()


@pytest.mark.slow
@pytest.mark.net
@pytest.mark.timeout(150)
def test_a_bad_network_is_measured_and_no_device_is_accused():
    """All at once: the machine waits, it does not work."""

    async def main():
        return await asyncio.gather(*(diagnosed(name) for name in OF_THE_LINK))

    seen = dict(zip(OF_THE_LINK, asyncio.run(main()), strict=True))
    for name, (done, _) in seen.items():
        causes = {f.code for f in done.findings if f.kind is FindingKind.CAUSE}
        assert causes <= OF_THE_LINK[name], name
    plain, sleeping, weak = (measures(done.run) for done, _ in seen.values())
    assert plain["ping.p95_s"] < sleeping["ping.p95_s"]
    # A comb of 0.307 s: single pings wait for half of it on average, nearly all of it at worst.
    assert 0.2 < sleeping["ping.p95_s"] < 1.0
    assert sleeping["ping.ok_ratio"] >= 0.95
    # Retries and lost frames on the way from the device: lwIP sends again after 1.5 s.
    assert weak["ping.p95_s"] > plain["ping.p95_s"]
    assert seen["wifi-sleeping"][1].happened["held"] > 20
    assert seen["none"][1].happened.keys() <= {"opened", "closed"}
