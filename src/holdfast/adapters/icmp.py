"""ICMP echo through icmplib's sockets, without a thread and without blocking the loop.

One socket a family: a datagram one where the system allows it to everybody, else a raw one
where we may, else every echo fails as not permitted. The round trip is taken from the
kernel's own time of arrival where it gives one, so that a busy loop does not lengthen it.

Source: RFC 792, RFC 4443; icmp(7), ip(7) (IP_RECVERR), socket(7) (SO_TIMESTAMPNS).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from icmplib import ICMPRequest, ICMPv4Socket, ICMPv6Socket, async_ping
from icmplib.exceptions import ICMPLibError, SocketPermissionError

from holdfast.adapters.names import Address, Resolver
from holdfast.adapters.socket_errors import connect_failure, reason
from holdfast.core.link.transport import Echo, EchoFailed, EchoReply, Input

__all__ = ["Answer", "Pinger", "parse_answer"]

_LOGGER = logging.getLogger(__name__)

_LIMIT_S = 60.0  # an answer later than this is of no use to anybody
_MAX_PENDING = 4_096
_READ_BYTES = 2_048
_TIMESPEC = struct.Struct("@ll")
_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, id, sequence
_NANOSECOND_S = 1e-9
_NOT_PERMITTED = "this system allows icmp neither to everybody nor to this process"
# Linux; Python 3.11 names none of the three.
_SO_TIMESTAMPNS = 35
_RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
_ERROR_QUEUE = getattr(socket, "MSG_ERRQUEUE", 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """An ICMP message that speaks of one of our echoes.

    Attributes:
        is_reply: Whether it is a reply; else an error.
        id: The echo's identifier.
        sequence: The echo's sequence number.
    """

    is_reply: bool
    id: int
    sequence: int


def parse_answer(data: bytes, family: int, *, has_ip_header: bool) -> Answer | None:
    """Read one ICMP message; ``None`` if it is about no echo.

    Args:
        data: The message as the socket gave it.
        family: ``AF_INET`` or ``AF_INET6``.
        has_ip_header: Whether an IPv4 header comes first, as raw sockets have it.
    """
    is_v4 = family == socket.AF_INET
    if has_ip_header and is_v4:
        data = _after_ip_header(data)
    if len(data) < _HEADER.size:
        return None
    kind, _, _, ident, sequence = _HEADER.unpack_from(data)
    if kind == (0 if is_v4 else 129):
        return Answer(True, ident, sequence)
    if kind not in ((3, 11) if is_v4 else (1, 3)):  # unreachable, time exceeded
        return None
    inner = data[_HEADER.size :]
    inner = _after_ip_header(inner) if is_v4 else inner[40:]
    if len(inner) < _HEADER.size:
        return None
    kind, _, _, ident, sequence = _HEADER.unpack_from(inner)
    return Answer(False, ident, sequence) if kind == (8 if is_v4 else 128) else None


def _after_ip_header(data: bytes) -> bytes:
    return data[(data[0] & 0x0F) * 4 :] if data else b""


class _Channel:
    """The socket of one family, and the echoes that wait for an answer on it."""

    def __init__(self, family: int, deliver: Callable[[Input], Any]) -> None:
        self.family = family
        self._deliver = deliver
        self._socket = _open_socket(family)
        self._id = id(self) & 0xFFFF
        self._sequence = 0
        self._pending: dict[int, tuple[int, float, float]] = {}
        sock = self._socket.sock
        sock.setblocking(False)
        if sys.platform.startswith("linux"):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
                if not self._socket.is_privileged:
                    sock.setsockopt(*_RECVERR[socket.AddressFamily(family)], 1)
        asyncio.get_running_loop().add_reader(sock.fileno(), self._on_readable)

    def send(self, token: int, host: str) -> None:
        """Send one request.

        Raises:
            ICMPLibError: If the system refuses it.
        """
        now = time.monotonic()
        self._sequence = (self._sequence + 1) & 0xFFFF
        while self._pending and (
            len(self._pending) >= _MAX_PENDING
            or now - next(iter(self._pending.values()))[1] > _LIMIT_S
        ):
            del self._pending[next(iter(self._pending))]
        self._pending[self._sequence] = (token, now, time.time())
        try:
            self._socket.send(ICMPRequest(host, id=self._id, sequence=self._sequence))
        except ICMPLibError:
            del self._pending[self._sequence]
            raise

    def close(self) -> None:
        """Close the socket."""
        asyncio.get_running_loop().remove_reader(self._socket.sock.fileno())
        self._socket.close()

    def _on_readable(self) -> None:
        while True:
            try:
                data, ancillary, _, _ = self._socket.sock.recvmsg(_READ_BYTES, 256)
            except BlockingIOError:
                return
            except OSError as exc:  # an error that waits in the queue
                if not self._read_error_queue(reason(exc)):
                    return
                continue
            has_header = self._socket.is_privileged or sys.platform == "darwin"
            answer = parse_answer(data, self.family, has_ip_header=has_header)
            if answer is not None and self._is_ours(answer):
                self._finish(answer, ancillary)

    def _is_ours(self, answer: Answer) -> bool:
        # Without privileges the kernel chose the identifier, and shows us only our own.
        return not self._socket.is_privileged or answer.id == self._id

    def _read_error_queue(self, detail: str) -> bool:
        if not _ERROR_QUEUE:
            return False
        try:
            data = self._socket.sock.recvmsg(_READ_BYTES, 512, _ERROR_QUEUE)[0]
        except OSError:
            return False
        if len(data) >= _HEADER.size:  # the request as it was sent
            self._fail(_HEADER.unpack_from(data)[4], detail)
        return True

    def _finish(self, answer: Answer, ancillary: list[tuple[int, int, bytes]]) -> None:
        if not answer.is_reply:
            self._fail(answer.sequence, "host unreachable")
            return
        pending = self._pending.pop(answer.sequence, None)
        if pending is None:
            return
        token, sent_at, sent_wall_at = pending
        rtt_s = time.monotonic() - sent_at
        for level, kind, data in ancillary:
            is_time = (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS)
            if is_time and len(data) >= _TIMESPEC.size:
                seconds, nanoseconds = _TIMESPEC.unpack_from(data)
                kernel_s = seconds + nanoseconds * _NANOSECOND_S - sent_wall_at
                if 0.0 < kernel_s <= rtt_s:  # else the wall clock moved meanwhile
                    rtt_s = kernel_s
        self._deliver(EchoReply(token, rtt_s))

    def _fail(self, sequence: int, detail: str) -> None:
        pending = self._pending.pop(sequence, None)
        if pending is not None:
            self._deliver(EchoFailed(pending[0], detail))


def _open_socket(family: int) -> ICMPv4Socket | ICMPv6Socket:
    make = ICMPv4Socket if family == socket.AF_INET else ICMPv6Socket
    try:
        return make(privileged=False)
    except ICMPLibError:  # forbidden here, or unknown to this system
        return make(privileged=True)


class Pinger:
    """Sends a machine's echoes.

    Args:
        resolver: Asks for names.
        deliver: Takes replies and failures.
    """

    def __init__(self, resolver: Resolver, deliver: Callable[[Input], Any]) -> None:
        self._resolver = resolver
        self._deliver = deliver
        self._channels: dict[int, _Channel] = {}
        self._is_forbidden = False

    async def echo(self, echo: Echo) -> None:
        """Send one request; what comes of it is delivered, at once or later."""
        if self._is_forbidden:
            self._deliver(EchoFailed(echo.token, _NOT_PERMITTED, permitted=False))
            return
        try:
            address = (await self._resolver.resolve(echo.host, 0))[0]
            await self._send(echo.token, address)
        except SocketPermissionError:
            self._is_forbidden = True
            _LOGGER.warning("icmp: %s", _NOT_PERMITTED)
            self._deliver(EchoFailed(echo.token, _NOT_PERMITTED, permitted=False))
        except ICMPLibError as exc:
            cause = exc.__context__
            detail = reason(cause) if isinstance(cause, OSError) else str(exc).lower()
            self._deliver(EchoFailed(echo.token, detail))
        except (OSError, UnicodeError) as exc:
            self._deliver(EchoFailed(echo.token, connect_failure(exc)[1]))

    def close(self) -> None:
        """Close the sockets."""
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()

    async def _send(self, token: int, address: Address) -> None:
        channel = self._channels.get(address.family)
        if channel is None:
            try:
                channel = _Channel(address.family, self._deliver)
            except NotImplementedError:  # Windows' loop watches no raw sockets
                await self._send_alone(token, address.host)
                return
            self._channels[address.family] = channel
        channel.send(token, address.host)

    async def _send_alone(self, token: int, host: str) -> None:
        """Let icmplib do one echo from beginning to end."""
        answer = await async_ping(host, count=1, timeout=_LIMIT_S, privileged=True)
        if answer.rtts:
            self._deliver(EchoReply(token, answer.rtts[0] / 1000.0))
