"""Each finding of the doctor says how it stands and what to do."""

import asyncio
import socket

import pytest
from msgspec.structs import replace

from holdfast.adapters.host import HostFacts
from holdfast.adapters.profiles import load_profile
from holdfast.apps.doctor import Check, Status, check_target, examine

GOOD = HostFacts(
    python="3.11.7",
    system="Linux",
    icmp="unprivileged",
    tcp_info=True,
    open_files=1024,
    mdns="",
    serial=True,
    clock="clock_gettime(CLOCK_MONOTONIC)",
    clock_resolution_s=1e-9,
    clock_source="tsc",
)


def check(name, **changed):
    (found,) = [c for c in examine(replace(GOOD, **changed)) if c.name == name]
    return found


def test_a_good_machine_is_ok_throughout():
    checks = examine(GOOD)
    assert [c.name for c in checks] == [
        "python",
        "icmp",
        "tcp_info",
        "open files",
        "mdns",
        "serial",
        "clock",
        "browser",
    ]
    assert {c.status for c in checks} == {Status.OK}
    assert not any(c.todo for c in checks)


@pytest.mark.parametrize(
    ("name", "changed", "status", "todo"),
    [
        ("icmp", {"icmp": "raw"}, Status.OK, ""),
        ("icmp", {"icmp": ""}, Status.MISSING,
         'run: sudo sysctl -w net.ipv4.ping_group_range="0 2147483647"'),
        ("icmp", {"icmp": "", "system": "Windows"}, Status.MISSING,
         "run with sudo, or as an administrator"),
        ("tcp_info", {"tcp_info": False}, Status.MISSING,
         "run the bench on Linux where that matters"),
        ("open files", {"open_files": 1023}, Status.WARN, "run: ulimit -n 1024"),
        ("open files", {"open_files": None}, Status.OK, ""),
        ("mdns", {"mdns": "no such device"}, Status.MISSING,
         "name devices by address; in a container, use the host's network"),
        ("serial", {"serial": False}, Status.MISSING, "run: pip install 'holdfast[serial]'"),
        ("clock", {"clock_resolution_s": 0.0156}, Status.WARN,
         "expect times that are coarse by that much"),
        ("clock", {"clock_resolution_s": 0.001}, Status.OK, ""),
        ("clock", {"clock_source": "hpet"}, Status.WARN,
         "expect more processor time per event; tsc is the quick source"),
        ("clock", {"clock_source": ""}, Status.OK, ""),
    ],
)  # fmt: skip
def test_each_shortcoming_has_its_remedy(name, changed, status, todo):
    found = check(name, **changed)
    assert (found.status, found.todo) == (status, todo)


def asked(answer, profile="esp32-s3-dashboard"):
    """Check a target that answers with these bytes."""

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def run():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await check_target("127.0.0.1", port, load_profile(profile)), port

    return asyncio.run(run())


@pytest.mark.net
@pytest.mark.parametrize(
    ("answer", "status", "text", "todo"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", Status.OK,
         "127.0.0.1:{} answers GET /ping with 200", ""),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", Status.WARN,
         "127.0.0.1:{} answers GET /ping with 401", "give credentials by --auth-file"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", Status.WARN,
         "127.0.0.1:{} answers GET /ping with 404", "try another --profile"),
    ],
)  # fmt: skip
def test_a_target_that_answers(answer, status, text, todo):
    found, port = asked(answer)
    assert found == Check(name="target", status=status, text=text.format(port), todo=todo)


@pytest.mark.net
def test_a_target_that_speaks_something_else():
    found, port = asked(b"SSH-2.0-x\r\n\r\n")
    assert found.status is Status.WARN
    assert found.todo == f"something is there; holdfast diagnose 127.0.0.1:{port} says more"


@pytest.mark.net
def test_a_target_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = asyncio.run(check_target("127.0.0.1", port, load_profile("generic")))
    assert found.status is Status.MISSING
    assert found.text.startswith(f"127.0.0.1:{port}: ")
