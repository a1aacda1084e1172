"""A twin answers on loopback while its block runs, and is gone after it."""

import asyncio
import socket

import pytest

from holdfast.adapters.http_get import http_get
from holdfast.core.device.catalogue import FaultPlan
from holdfast.core.journal.events import Truth
from holdfast.errors import ConfigError
from holdfast.testing.running_twin import RunningTwin, parse_twin


@pytest.mark.parametrize(
    ("text", "name", "faults"),
    [
        ("dashboard", "dashboard", ()),
        ("dashboard:", "dashboard", ()),
        ("dashboard:stream-refused", "dashboard", (FaultPlan("stream-refused", 2.0),)),
        ("dashboard:stream-refused:for=5s+rssi-frozen", "dashboard",
         (FaultPlan("stream-refused", 2.0, {"for": "5s"}), FaultPlan("rssi-frozen", 2.0))),
    ],
)  # fmt: skip
def test_a_twin_is_named_with_its_faults(text, name, faults):
    assert parse_twin(text, 2.0) == (name, faults)


def test_wrong_names_are_config_errors():
    with pytest.raises(ConfigError, match="no such fault 'stream-refuse'"):
        parse_twin("dashboard:stream-refuse")
    with pytest.raises(ConfigError, match="no such twin 'dashbord'"):
        RunningTwin("dashbord")


@pytest.mark.net
def test_it_answers_while_it_runs_and_is_gone_afterwards():
    with RunningTwin() as twin:
        assert twin.address == f"127.0.0.1:{twin.port}"
        assert twin.telnet_port not in (None, twin.port)
        assert repr(twin) == f"RunningTwin('dashboard', {twin.address})"
        reply = asyncio.run(http_get(twin.host, twin.port, "/ping"))
        assert (reply.status, reply.body) == (200, b"OK")
    assert all(isinstance(event, Truth) for event in twin.truth)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((twin.host, twin.port), timeout=1.0)
    twin.close()


@pytest.mark.net
def test_two_twins_live_side_by_side():
    with RunningTwin() as one, RunningTwin(dialect="firmware", seed=1) as two:
        assert one.port != two.port
        for twin in (one, two):
            assert asyncio.run(http_get(twin.host, twin.port, "/ping")).status == 200
