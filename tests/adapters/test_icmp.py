"""ICMP messages, and real echoes where this system permits them."""

import asyncio
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.icmp import Answer, Pinger, parse_answer
from holdfast.adapters.names import Resolver
from holdfast.core.link.transport import Echo, EchoFailed, EchoReply

SOURCE = str(Path(__file__).parents[2] / "src")
V4, V6 = socket.AF_INET, socket.AF_INET6
IP4 = bytes([0x45]) + bytes(19)
IP4_LONG = bytes([0x46]) + bytes(23)


def icmp(kind, ident, sequence, body=b""):
    return struct.pack("!BBHHH", kind, 0, 0, ident, sequence) + body


@pytest.mark.parametrize(
    ("data", "family", "has_header", "expected"),
    [
        (icmp(0, 7, 9), V4, False, Answer(True, 7, 9)),
        (IP4 + icmp(0, 7, 9), V4, True, Answer(True, 7, 9)),
        (IP4_LONG + icmp(0, 7, 9, b"x" * 56), V4, True, Answer(True, 7, 9)),
        (icmp(129, 7, 9), V6, False, Answer(True, 7, 9)),
        (icmp(129, 7, 9), V6, True, Answer(True, 7, 9)),
        (IP4 + icmp(3, 0, 0, IP4 + icmp(8, 7, 9)), V4, True, Answer(False, 7, 9)),
        (IP4 + icmp(11, 0, 0, IP4_LONG + icmp(8, 7, 9)), V4, True, Answer(False, 7, 9)),
        (icmp(1, 0, 0, bytes(40) + icmp(128, 7, 9)), V6, True, Answer(False, 7, 9)),
        (IP4 + icmp(8, 7, 9), V4, True, None),  # our own request, seen on loopback
        (icmp(128, 7, 9), V6, True, None),
        (IP4 + icmp(3, 0, 0, IP4 + icmp(0, 7, 9)), V4, True, None),
        (IP4 + icmp(3, 0, 0, IP4 + b"\x08\x00\x00"), V4, True, None),
        (IP4 + b"\x00\x00\x00\x00\x00\x07\x00", V4, True, None),
        (b"", V4, True, None),
        (b"", V6, False, None),
    ],
)
def test_messages_are_told_apart(data, family, has_header, expected):
    assert parse_answer(data, family, has_ip_header=has_header) == expected


@given(st.binary(max_size=200), st.sampled_from([V4, V6]), st.booleans())
def test_any_bytes_are_read_without_harm(data, family, has_header):
    answer = parse_answer(data, family, has_ip_header=has_header)
    assert answer is None or 0 <= answer.sequence <= 0xFFFF


def echoed(*echoes, expected):
    async def main():
        got, came = [], asyncio.Event()

        def deliver(event):
            got.append(event)
            came.set()

        pinger = Pinger(Resolver(), deliver)
        try:
            async with asyncio.timeout(8):
                for echo in echoes:
                    await pinger.echo(echo)
                while len(got) < expected:
                    came.clear()
                    await came.wait()
        finally:
            pinger.close()
        return got

    return asyncio.run(main())


def may_ping():
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
        except OSError:
            continue
        return True
    return False


needs_icmp = pytest.mark.skipif(not may_ping(), reason="icmp is not permitted here")


@needs_icmp
@pytest.mark.net
def test_loopback_answers_each_echo_with_its_own_token():
    got = echoed(*(Echo(n, "127.0.0.1") for n in range(20)), expected=20)
    assert sorted(event.token for event in got) == list(range(20))
    assert all(isinstance(e, EchoReply) and 0.0 < e.rtt_s < 1.0 for e in got)


@needs_icmp
@pytest.mark.net
def test_what_cannot_be_sent_fails_at_once():
    (name,) = echoed(Echo(1, "no-such-host.invalid"), expected=1)
    assert name == EchoFailed(1, "name not resolved")
    (broadcast,) = echoed(Echo(2, "255.255.255.255"), expected=1)
    assert (broadcast.token, broadcast.permitted) == (2, True)


@pytest.mark.slow
@pytest.mark.net
@pytest.mark.root
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
def test_without_permission_every_echo_says_so():
    """As a user whom neither kind of socket is allowed to; loopback of an own network."""
    code = """
import asyncio, os
from holdfast.adapters.icmp import Pinger
from holdfast.adapters.names import Resolver
from holdfast.core.link.transport import Echo

async def main():
    pinger = Pinger(Resolver(), lambda e: print(e.token, e.permitted))
    await pinger.echo(Echo(1, "127.0.0.1"))
    await pinger.echo(Echo(2, "127.0.0.1"))
    pinger.close()

"".encode("idna")  # imported before the files of this installation are out of reach
os.setgid(65534)
os.setuid(65534)
asyncio.run(main())
"""
    forbid = 'echo 1 0 > /proc/sys/net/ipv4/ping_group_range && exec "$@"'
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", forbid, "sh", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": SOURCE, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if "unshare failed" in done.stderr or "Operation not permitted" in done.stderr:
        pytest.skip("no network namespaces here")
    assert done.stdout == "1 False\n2 False\n"


@pytest.mark.slow
@pytest.mark.net
@pytest.mark.root
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
def test_where_everybody_may_no_privilege_is_needed():
    code = """
import asyncio, os
from holdfast.adapters.icmp import Pinger
from holdfast.adapters.names import Resolver
from holdfast.core.link.transport import Echo

async def main():
    got = asyncio.Event()
    pinger = Pinger(Resolver(), lambda e: (print(e.token, e.rtt_s < 1.0), got.set()))
    await pinger.echo(Echo(1, "127.0.0.1"))
    await got.wait()
    pinger.close()

"".encode("idna")  # imported before the files of this installation are out of reach
os.setgid(65534)
os.setuid(65534)
asyncio.run(main())
"""
    allow = (
        'ip link set lo up && echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range && exec "$@"'
    )
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", allow, "sh", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": SOURCE, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if "unshare failed" in done.stderr or "not permitted" in done.stderr:
        pytest.skip("no network namespaces here")
    assert done.stdout == "1 True\n"
