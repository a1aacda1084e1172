"""Linux TCP_INFO, and systems without it."""

import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.adapters.tcp_info import outstanding_bytes, parse_tcp_info, read_tcp_info
from holdfast.core.journal.events import TcpInfo

SOURCE = str(Path(__file__).parents[2] / "src")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")


def info(**fields):
    """The kernel's structure, by the offsets of linux/tcp.h."""
    data = bytearray(232)
    for offset, value in fields.items():
        struct.pack_into("=I", data, int(offset[1:]), value)
    return bytes(data)


def test_fields_are_read_from_their_places():
    data = info(_32=3, _68=12_500, _72=2_250, _100=7)
    assert parse_tcp_info(data) == TcpInfo(rtt_s=0.0125, rttvar_s=0.00225, retransmits=7, lost=3)


def test_a_short_structure_says_nothing():
    assert parse_tcp_info(bytes(103)) is None
    assert parse_tcp_info(bytes(104)) == TcpInfo(rtt_s=0.0, rttvar_s=0.0)


@pytest.fixture
def pair():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
    yield client, accepted
    client.close()
    accepted.close()


@linux
@pytest.mark.net
def test_a_real_connection_has_a_round_trip(pair):
    tcp = read_tcp_info(pair[0])
    assert 0.0 < tcp.rtt_s < 1.0
    assert tcp.retransmits == 0


@linux
@pytest.mark.net
def test_what_the_peer_does_not_take_is_outstanding(pair):
    client, _ = pair
    assert outstanding_bytes(client) == 0
    client.setblocking(False)
    sent = client.send(bytes(50_000_000))  # the kernel takes what fits
    assert 0 < sent < 50_000_000
    assert 0 < outstanding_bytes(client) <= sent


@pytest.mark.net
def test_a_closed_socket_says_nothing(pair):
    pair[0].close()
    assert read_tcp_info(pair[0]) is None
    assert outstanding_bytes(pair[0]) is None


@pytest.mark.slow
@pytest.mark.net
def test_nothing_optional_is_needed_to_import_and_to_run():
    """As on a system without TCP_INFO, fcntl, termios, tty, pyserial and uvloop."""
    code = """
import socket, sys
for name in ("fcntl", "termios", "tty", "serial", "uvloop"):
    sys.modules[name] = None
for name in ("INFO", "KEEPIDLE", "KEEPINTVL", "KEEPCNT", "MAXSEG"):
    delattr(socket, "TCP_" + name)
del socket.MSG_ERRQUEUE
import asyncio
from holdfast.adapters.clock import RunClock
from holdfast.adapters.driver import drive
from holdfast.adapters.pseudo_terminal import PseudoTerminal
from holdfast.core.link.transport import *
from holdfast.errors import MissingExtraError, UnreachableError
from holdfast.testing.scripted import Scripted

async def main():
    ports = {}
    stop = asyncio.Event()
    device = Scripted(
        [(0.0, Listen(80, AcceptMode.ACCEPT))],
        lambda e: [Send(e.conn, b"hi")] if isinstance(e, Accepted)
        else [Close(e.conn)] if isinstance(e, Acked) else [],
    )
    async with asyncio.TaskGroup() as group:
        bound = asyncio.Event()
        group.create_task(drive(
            device, record=print, clock=RunClock(), ports={80: 0}, stop=stop,
            on_listening=lambda logical, host, port: (ports.update({logical: port}), bound.set()),
        ))
        await bound.wait()
        bench = Scripted(
            [(0.0, Open(1, "127.0.0.1", ports[80]))],
            lambda e: [AskTcp(1)] if isinstance(e, Received)
            else [Stop("done")] if isinstance(e, PeerClosed) else [],
        )
        print(await drive(bench, record=print, clock=RunClock()))
        stop.set()
    print([type(e).__name__ for e in bench.events()], bench.events()[2].tcp)

asyncio.run(main())
try:
    PseudoTerminal()
except UnreachableError as exc:
    print(exc)
try:
    asyncio.run(drive(Scripted(), record=print, clock=RunClock(), serial="COM3"))
except MissingExtraError as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": SOURCE},
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "done",
        "['Connected', 'Received', 'TcpSampled', 'PeerClosed'] None",
        "pty: this system has no pseudo-terminals",
        "reading the serial port COM3 needs an extra: pip install 'holdfast[serial]'",
    ]
