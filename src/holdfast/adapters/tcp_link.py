"""One established TCP connection of a machine, on a real socket.

Laws:
    - FIN and RST are told apart; a FIN leaves our own side open.
    - Bytes count as acknowledged when they left the program, the kernel and, where the
      kernel tells, the peer's stack took them (Linux ``SIOCOUTQ``).
    - Nothing is unbounded: reads are handed on at once or held up to 64 KiB, then the
      socket is not read; a peer that does not read costs at most 8 MiB.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from holdfast.adapters.radio_gate import Lane, RadioGate
from holdfast.adapters.socket_errors import reason
from holdfast.adapters.tcp_info import outstanding_bytes, read_tcp_info
from holdfast.core.journal.events import TcpInfo
from holdfast.core.link.retransmission import LINUX, LWIP
from holdfast.core.link.transport import (
    Accepted,
    Acked,
    Connected,
    Input,
    PeerClosed,
    PeerReset,
    Received,
)

__all__ = ["TcpLink"]

_HELD_LIMIT_BYTES = 64 * 1024
_UNREAD_LIMIT_BYTES = 8 * 1024 * 1024
_LINGER_S = 10.0  # a closed connection may still send so long what was queued
_FIRST_LOOK_S, _LAST_LOOK_S = 0.002, 0.05  # between looks for acknowledgements
_KEEPALIVE_S = 5.0  # how often an idle peer asks, as our own client does
_KEEPALIVE_PROBES = 4  # unanswered ones after which it knows by itself
_LINGER = struct.Struct("hh" if sys.platform == "win32" else "ii")
_RESET = "connection reset by peer"


class TcpLink(asyncio.Protocol):
    """A connection; its owner calls it with actions, asyncio with events.

    Args:
        first: What the machine is told when the connection is there.
        deliver: Takes inputs for the machine.
        on_made: Called once before that; ``False`` if nobody wants it any more.
        on_lost: Called once when the socket is closed.
        gate: The device's radio; ``None`` where none is imposed.

    Attributes:
        conn: The machine's number for it.
    """

    def __init__(
        self,
        first: Connected | Accepted,
        deliver: Callable[[Input], Any],
        on_made: Callable[[TcpLink], bool],
        on_lost: Callable[[TcpLink], None],
        gate: RadioGate | None = None,
    ) -> None:
        self.conn = first.conn
        self._first = first
        self._deliver = deliver
        self._on_made = on_made
        self._on_lost = on_lost
        self._gate = gate
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._in = None if gate is None else Lane(gate, LINUX, is_inbound=True)
        self._out = None if gate is None else Lane(gate, LWIP, is_inbound=False)
        self._is_tls = False
        self._is_left = self._is_ended = self._is_forgotten = False
        self._unread: list[Callable[[], Any]] = []
        self._wants_pause = self._is_paused = False
        self._sent_bytes = self._acked_bytes = 0
        self._look: asyncio.TimerHandle | None = None
        self._look_s = _FIRST_LOOK_S

    # --- asyncio -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Tell the machine that the connection is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._is_tls = transport.get_extra_info("sslcontext") is not None
        if self._on_made(self):
            self._deliver(self._first)
        else:
            self.kill()

    def data_received(self, data: bytes) -> None:
        """Hand bytes on, or hold them as the radio does."""
        if self._in is None:
            self._deliver(Received(self.conn, data))
            return
        if self._is_forgotten:
            self._in.put(len(data), self._abort)
            return
        received = partial(self._deliver, Received(self.conn, data))
        self._in.put(len(data), partial(self._read, received))
        self._balance_reading()

    def eof_received(self) -> bool:
        """Tell of the peer's FIN; our side stays open."""
        if self._is_forgotten:
            self._arrive(self._abort)
            return True
        self._is_ended = True
        closed = partial(self._deliver, PeerClosed(self.conn, self.tcp_info()))
        self._arrive(partial(self._read, closed))
        return not self._is_tls

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell of a reset; an end of our own, or after a FIN, is nobody's news."""
        if self._look is not None:
            self._look.cancel()
        if not self._is_left and not (self._is_ended and exc is None):
            detail = reason(exc) if isinstance(exc, OSError) else _RESET
            self._arrive(partial(self._deliver, PeerReset(self.conn, detail, self.tcp_info())))
        if self._out is not None:
            self._out.clear()
        self._on_lost(self)

    # --- actions -------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send bytes, in order."""
        transport = self._transport
        if transport is None or self._is_left or transport.is_closing():
            return
        if transport.get_write_buffer_size() + len(data) > _UNREAD_LIMIT_BYTES:
            self._deliver(PeerReset(self.conn, "the peer does not read", self.tcp_info()))
            self.abort()
            return
        self._sent_bytes += len(data)
        self._leave(len(data), partial(self._write, data))
        self._look_s = _FIRST_LOOK_S
        if self._look is None:
            self._look = self._loop.call_later(0.0, self._look_for_acks)

    def close(self) -> None:
        """Send what is queued, then FIN."""
        if self._is_forgotten:
            self._abort()
        elif self._enter_leaving():
            self._loop.call_later(_LINGER_S, self._abort)
            self._leave(0, self._close)

    def abort(self) -> None:
        """Send RST; from behind a dead radio it leaves when that is back."""
        if self._enter_leaving():
            if self._out is not None:
                self._out.clear()
            self._leave(0, self._abort)

    def forget(self) -> None:
        """Fall silent; RST answers what the peer sends next, or its keepalive."""
        if self._gate is None:
            self.abort()
        elif self._enter_leaving():
            if self._out is not None:
                self._out.clear()
            self._is_forgotten, self._wants_pause = True, False
            self._balance_reading()
            self._loop.call_later(_KEEPALIVE_S, self._on_keepalive, 1)

    def kill(self) -> None:
        """Close at once, whatever the radio does."""
        self._is_left = True
        self._abort()

    def pause(self) -> None:
        """Stop reading."""
        self._wants_pause = True
        self._balance_reading()

    def resume(self) -> None:
        """Read again."""
        self._wants_pause = False
        while self._unread and not self._wants_pause:
            self._unread.pop(0)()
        self._balance_reading()

    def tcp_info(self) -> TcpInfo | None:
        """Return the kernel's view, where it gives one."""
        sock = self._socket
        return None if sock is None else read_tcp_info(sock)

    # --- in and out ----------------------------------------------------------------

    @property
    def _socket(self) -> Any:  # asyncio's TransportSocket, or uvloop's
        return None if self._transport is None else self._transport.get_extra_info("socket")

    def _arrive(self, go: Callable[[], Any]) -> None:
        if self._in is None:
            go()
        else:
            self._in.put(0, go)

    def _read(self, go: Callable[[], Any]) -> None:
        if self._wants_pause:
            self._unread.append(go)
        else:
            go()
            self._balance_reading()

    def _leave(self, size_bytes: int, go: Callable[[], None]) -> None:
        if self._out is None:
            go()
        else:
            self._out.put(size_bytes, go)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _enter_leaving(self) -> bool:
        if self._is_left:
            return False
        self._is_left = True
        if self._in is not None:
            self._in.clear()
        return True

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _abort(self) -> None:
        sock = self._socket
        if self._transport is None or sock is None:
            return
        if sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(1, 0))
        self._transport.abort()

    def _on_keepalive(self, asked: int) -> None:
        """Do what the peer's keepalive does to a connection that its device forgot."""
        if self._gate is None or self._gate.is_reachable or asked >= _KEEPALIVE_PROBES:
            self._abort()
        else:
            self._loop.call_later(_KEEPALIVE_S, self._on_keepalive, asked + 1)

    def _balance_reading(self) -> None:
        held = self._in is not None and self._in.held_bytes > _HELD_LIMIT_BYTES
        wanted = self._wants_pause or held
        if wanted == self._is_paused or self._transport is None or self._transport.is_closing():
            return
        self._is_paused = wanted
        if wanted:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    # --- acknowledgements ----------------------------------------------------------

    def _look_for_acks(self) -> None:
        """Tell what was acknowledged since the last look; look again while more is out."""
        self._look = None
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        out_bytes = transport.get_write_buffer_size()
        out_bytes += self._out.held_bytes if self._out is not None else 0
        out_bytes += outstanding_bytes(self._socket) or 0
        if out_bytes:
            self._look = self._loop.call_later(self._look_s, self._look_for_acks)
            self._look_s = min(_LAST_LOOK_S, self._look_s * 2.0)
        if out_bytes and self._is_tls:
            return  # these are the record layer's bytes, not the machine's
        acked_bytes = self._sent_bytes - out_bytes
        if acked_bytes > self._acked_bytes:
            size_bytes, self._acked_bytes = acked_bytes - self._acked_bytes, acked_bytes
            self._deliver(Acked(self.conn, size_bytes))
