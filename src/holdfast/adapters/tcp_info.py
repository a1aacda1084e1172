"""What the kernel tells of a TCP socket: round trip, retransmissions, bytes outstanding.

Linux tells all, macOS the bytes outstanding; elsewhere the answer is ``None``.

Source: Linux ``include/uapi/linux/tcp.h`` (struct tcp_info), tcp(7), ``SIOCOUTQ``; macOS
``sys/socket.h`` (``SO_NWRITE``).
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any, Protocol

from holdfast.core.journal.events import TcpInfo

try:
    import fcntl
    import termios
except ImportError:  # Windows has neither
    fcntl = termios = None  # type: ignore[assignment]

__all__ = ["SocketOptions", "outstanding_bytes", "parse_tcp_info", "read_tcp_info"]

_TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)
_STRUCT = struct.Struct("=8B24I")  # up to tcpi_total_retrans, in every kernel since 2.6
_LOST, _RTT, _RTTVAR, _TOTAL_RETRANS = 8 + 6, 8 + 15, 8 + 16, 8 + 23
_PER_S = 1_000_000  # it counts microseconds
_SO_NWRITE = 0x1024  # macOS


class SocketOptions(Protocol):
    """The part of a socket, or of asyncio's view of one, that is needed here."""

    def fileno(self) -> int:
        """Return its file descriptor."""
        ...

    def getsockopt(self, level: int, option: int, length: int = ..., /) -> Any:
        """Return one option."""
        ...


def parse_tcp_info(data: bytes) -> TcpInfo | None:
    """Read the kernel's structure; ``None`` if it is shorter than expected."""
    if len(data) < _STRUCT.size:
        return None
    fields = _STRUCT.unpack_from(data)
    return TcpInfo(
        rtt_s=fields[_RTT] / _PER_S,
        rttvar_s=fields[_RTTVAR] / _PER_S,
        retransmits=fields[_TOTAL_RETRANS],
        lost=fields[_LOST],
    )


def read_tcp_info(sock: SocketOptions) -> TcpInfo | None:
    """Return the kernel's view of a connection; ``None`` where it gives none."""
    if _TCP_INFO is None or not sys.platform.startswith("linux"):
        return None
    try:
        return parse_tcp_info(sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _STRUCT.size))
    except OSError:  # closed meanwhile
        return None


def outstanding_bytes(sock: SocketOptions) -> int | None:
    """Return the bytes that the peer's stack has not acknowledged; ``None`` if unknown."""
    try:
        if sys.platform == "darwin":
            return int(sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE))
        if fcntl is None or not sys.platform.startswith("linux"):
            return None
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0" * 4)
    except (OSError, ValueError):  # closed meanwhile
        return None
    return int(struct.unpack("=i", answer)[0])
