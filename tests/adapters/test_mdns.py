"""Announcements are heard on loopback, bounded and printable."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from holdfast.adapters.mdns import Announced, browse
from holdfast.errors import UnreachableError

pytestmark = [pytest.mark.net, pytest.mark.slow]

LOOPBACK = ["127.0.0.1"]


def service(kind, name, *, port=8080, text=None, host="board.local."):
    return ServiceInfo(
        f"{kind}.local.",
        f"{name}.{kind}.local.",
        addresses=[socket.inet_aton("127.0.0.1")],
        port=port,
        properties=text or {},
        server=host,
    )


@asynccontextmanager
async def announcing(*services):
    zeroconf = AsyncZeroconf(interfaces=LOOPBACK)
    try:
        for info in services:
            await (await zeroconf.async_register_service(info, cooperating_responders=True))
        yield
    finally:
        await zeroconf.async_close()


def heard(services, kinds, *, rounds=6):
    """Browse in rounds until every service is heard; the second question goes out after 1 s."""

    async def run():
        found = []
        async with announcing(*services):
            for _ in range(rounds):
                found = await browse(kinds, for_s=2.0, interfaces=LOOPBACK)
                if len([f for f in found if f.port]) == len(services):
                    break
        return found

    return asyncio.run(run())


def test_an_announced_service_is_heard_and_resolved():
    info = service("_hftest-a._tcp", "wled-kitchen", text={"mac": "a8032abe54dc"})
    assert heard([info], ["_hftest-a._tcp"]) == [
        Announced(
            service="_hftest-a._tcp",
            name="wled-kitchen",
            host="board.local",
            addresses=("127.0.0.1",),
            port=8080,
            text={"mac": "a8032abe54dc"},
        )
    ]


def test_hostile_texts_are_printable_and_bounded():
    text = {b"k\x1b[31m": b"\x00\xff\x1b]0;x\x07", b"long": b"y" * 200, "none": None}
    text |= {f"key{i}": "v" for i in range(40)}
    (found,) = heard([service("_hftest-b._tcp", "evil", text=text)], ["_hftest-b._tcp"])
    assert found.text["k\\x1b[31m"] == "\\x00\\xff\\x1b]0;x\\x07"
    assert found.text["long"] == "y" * 79 + "…"
    assert found.text["none"] == ""
    assert len(found.text) == 16
    assert all(k.isprintable() and v.isprintable() for k, v in found.text.items())


def test_only_the_asked_types_are_heard():
    assert heard([service("_hftest-c._tcp", "x")], ["_hftest-d._tcp"], rounds=1) == []


def test_no_multicast_is_one_clear_error():
    """203.0.113.9 is reserved for documentation: no interface of ours has it."""
    with pytest.raises(UnreachableError, match="mdns: multicast is not available here: "):
        asyncio.run(browse(["_http._tcp"], for_s=0.1, interfaces=["203.0.113.9"]))
