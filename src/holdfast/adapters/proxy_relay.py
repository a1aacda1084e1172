"""A TCP proxy in user space: accepts, connects to one address, and carries bytes both ways.

Laws:
    - Without an impairment it changes nothing and adds no wait.
    - A FIN is carried as a FIN and leaves the other direction open; a RST as a RST.
    - With one, its sockets have small buffers, so that a stall fills the sender's own:
      the kernel still hides ``hidden_bytes`` a connection and direction.
    - At most ``MAX_CONNECTIONS`` at a time; a further one is reset at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any, Final, cast

from msgspec import Struct

from holdfast.adapters.names import Address
from holdfast.adapters.proxy_way import Way
from holdfast.adapters.socket_errors import connect_failure, reason
from holdfast.adapters.supervise import guard
from holdfast.core.impair.impairment import ImpairedLink, Impairment
from holdfast.core.impair.unit import Direction, End
from holdfast.errors import UnreachableError

__all__ = ["BUFFER_BYTES", "MAX_CONNECTIONS", "Relay", "RelayState"]

BUFFER_BYTES: Final = 16_384
"""Asked for where an impairment is on. Linux doubles it. Less makes loopback's large
segments wait for the window in steps of 0.2 s, which nobody configured."""

MAX_CONNECTIONS: Final = 8_192
"""Two descriptors each, below the usual hard limit of 20,000 open files."""

_CONNECT_LIMIT_S: Final = 10.0  # a device's SYN ladder at 0, 1, 3, 7 s has been tried
_BACKLOG: Final = 1_024
_WRITE_HIGH_BYTES: Final = 65_536  # asyncio's own default, stated as it is in the docs
_LINGER = struct.Struct("hh" if sys.platform == "win32" else "ii")

_Happened = Callable[[str, float, dict[str, float | str | bool | None]], None]


class RelayState(Struct, frozen=True, kw_only=True):
    """What a relay has done so far.

    Attributes:
        open_connections: Now.
        connections: In all.
        bytes_up: Carried to the target.
        bytes_down: Carried from it.
        happened: How often each thing happened that it journals.
        hidden_bytes: What the kernel may hide a direction of a connection, besides the
            sender's own send buffer.
    """

    open_connections: int
    connections: int
    bytes_up: int
    bytes_down: int
    happened: dict[str, int]
    hidden_bytes: int


class Relay:
    """Proxies one target.

    Args:
        target: Numeric address; never asked for again.
        impairment: What happens to the bytes.
        rng: Of the models.
        now: Returns the time on the run's clock.
        happened: Told what it does: a word, when, values.
        group: Its tasks run here.
    """

    def __init__(
        self,
        target: Address,
        impairment: Impairment,
        *,
        rng: Random,
        now: Callable[[], float],
        happened: _Happened,
        group: asyncio.TaskGroup,
    ) -> None:
        self.target = target
        self.impairment = impairment
        self.now = now
        self._rng = rng
        self._happened = happened
        self._group = group
        self._connections: set[_Connection] = set()
        self._counts: Counter[str] = Counter()
        self._count = 0
        self._carried = dict.fromkeys(Direction, 0)
        self._server: asyncio.Server | None = None
        self._hidden_bytes = 0
        self.link = ImpairedLink(impairment, rng, now())

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Open the data port and return its address.

        Raises:
            UnreachableError: If it cannot be bound.
        """
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.tune(sock)
            sock.bind((host, port))
            self._server = await asyncio.get_running_loop().create_server(
                partial(_accepted, self), sock=sock, backlog=_BACKLOG
            )
        except OSError as exc:
            sock.close()
            raise UnreachableError(shown, f"cannot listen: {reason(exc)}") from exc
        self._hidden_bytes = sum(
            sock.getsockopt(socket.SOL_SOCKET, which)
            for which in (socket.SO_RCVBUF, socket.SO_SNDBUF)
        )
        name = sock.getsockname()
        return str(name[0]), int(name[1])

    def close(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()

    def switch(self, impairment: Impairment) -> None:
        """Let another impairment apply from now on, to open connections too."""
        self.impairment = impairment
        self.link = ImpairedLink(impairment, self._rng, self.now())
        self.note("switched", self.now(), {"to": impairment.title})
        for connection in list(self._connections):
            connection.switch()

    def state(self) -> RelayState:
        """Return what was done so far."""
        alive = dict.fromkeys(Direction, 0)
        for connection in self._connections:
            for direction, way in connection.ways.items():
                alive[direction] += way.carried_bytes
        return RelayState(
            open_connections=len(self._connections),
            connections=self._count,
            bytes_up=self._carried[Direction.UP] + alive[Direction.UP],
            bytes_down=self._carried[Direction.DOWN] + alive[Direction.DOWN],
            happened=dict(self._counts),
            hidden_bytes=self._hidden_bytes,
        )

    # --- of its connections --------------------------------------------------------

    def tune(self, sock: Any) -> None:  # asyncio's TransportSocket, or uvloop's
        """Make a socket's buffers small, if an impairment is on."""
        if not self.impairment.is_nothing:
            for which in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                sock.setsockopt(socket.SOL_SOCKET, which, BUFFER_BYTES)

    def note(self, what: str, at_s: float, values: dict[str, float | str | bool | None]) -> None:
        """Count and tell what happened."""
        self._counts[what] += 1
        self._happened(what, at_s, values)

    def opened(self, connection: _Connection) -> bool:
        """Take in a connection; ``False`` if there are too many."""
        if len(self._connections) >= MAX_CONNECTIONS:
            self.note("refused", self.now(), {"limit": MAX_CONNECTIONS})
            return False
        self._count += 1
        connection.number = self._count
        self._connections.add(connection)
        self.note("opened", self.now(), {"conn": self._count})
        self._group.create_task(
            guard(f"connection {self._count}", connection.reach(), on_error=connection.failed)
        )
        return True

    def closed(self, connection: _Connection) -> None:
        """Let a connection go."""
        if connection in self._connections:
            self._connections.remove(connection)
            sizes = {d: way.carried_bytes for d, way in connection.ways.items()}
            for direction, size_bytes in sizes.items():
                self._carried[direction] += size_bytes
            values: dict[str, float | str | bool | None] = {
                "conn": connection.number,
                "bytes_up": sizes[Direction.UP],
                "bytes_down": sizes[Direction.DOWN],
            }
            self.note("closed", self.now(), values)


class _Connection:
    """Two sockets and the two ways between them."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self.number = 0
        self._is_over = False
        self.ways = {d: self._way(d) for d in Direction}
        self.client = _Side(self, Direction.UP)
        self.server = _Side(self, Direction.DOWN)
        up, down = self.ways[Direction.UP], self.ways[Direction.DOWN]
        up.lane.other, down.lane.other = down.lane, up.lane

    def _way(self, direction: Direction) -> Way:
        def note(what: str, at_s: float, values: dict[str, float | str | bool | None]) -> None:
            self._relay.note(what, at_s, {"conn": self.number, "way": str(direction), **values})

        relay = self._relay
        return Way(relay.link, direction, now=relay.now, note=note, owner=self)

    def made(self, side: _Side) -> None:
        """Begin: with the client's socket, the way to the target; with both, to carry."""
        assert side.transport is not None  # noqa: S101  # for mypy: asyncio just gave it
        self._relay.tune(side.transport.get_extra_info("socket"))
        if side is self.client:
            # Not paused here: uvloop begins to read after this, paused or not.
            self.ways[Direction.UP].begin(side.transport)
            if not self._relay.opened(self):
                self._is_over = True
                side.reset()
            return
        client, server = self.client.transport, side.transport
        if self._is_over or client is None:
            side.reset()
            return
        self.ways[Direction.UP].connect(client, server)
        self.ways[Direction.DOWN].connect(server, client)

    async def reach(self) -> None:
        """Connect to the target; where that fails, reset the client."""
        target, loop = self._relay.target, asyncio.get_running_loop()
        sock = socket.socket(target.family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            self._relay.tune(sock)
            async with asyncio.timeout(_CONNECT_LIMIT_S):
                await loop.sock_connect(sock, target.sockaddr)
            await loop.create_connection(lambda: self.server, sock=sock)
        except OSError as exc:
            sock.close()
            failure, why = connect_failure(exc)
            self._relay.note(
                "target failed",
                self._relay.now(),
                {"conn": self.number, "why": why, "class": str(failure)},
            )
            self._over(End.RESET)
        except asyncio.CancelledError:
            sock.close()
            raise

    def failed(self, name: str, error: Exception) -> None:
        """End after a bug of ours."""
        del name, error
        self._over(End.RESET)

    def lost(self, side: _Side, exc: Exception | None) -> None:
        """Hear that a socket is gone: what it sent is still carried, then its end."""
        if not self._is_over:
            way = self.ways[side.direction]
            way.break_off(End.RESET if exc is not None else End.CLOSE)
            if self.server.transport is None:
                self._over(End.CLOSE)

    def switch(self) -> None:
        """Go on with the relay's present impairment."""
        for side in (self.client, self.server):
            if side.transport is not None and not side.transport.is_closing():
                self._relay.tune(side.transport.get_extra_info("socket"))
        for way in list(self.ways.values()):
            way.switch(self._relay.link)

    def close(self) -> None:
        """End at once."""
        self._over(End.RESET)

    def finished(self) -> None:
        """Close when both ways have carried their FIN."""
        if all(way.is_finished for way in self.ways.values()):
            self._over(End.CLOSE)

    def broken(self, end: End) -> None:
        """End as a lane says."""
        self._over(end)

    def _over(self, end: End) -> None:
        if self._is_over:
            return
        self._is_over = True
        for way in self.ways.values():
            way.stop()
        for side in (self.client, self.server):
            if end is End.RESET:
                side.reset()
            elif side.transport is not None:
                side.transport.close()
        self._relay.closed(self)


class _Side(asyncio.Protocol):
    """One socket of a connection; ``direction`` is where its bytes go."""

    def __init__(self, connection: _Connection, direction: Direction) -> None:
        self._connection = connection
        self.direction = direction
        self.transport: asyncio.Transport | None = None
        # The way's own method, so that a chunk costs one call less.
        self.data_received = connection.ways[direction].receive  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=_WRITE_HIGH_BYTES)
        self._connection.made(self)

    def eof_received(self) -> bool:
        self._connection.ways[self.direction].receive_end()
        return True

    def pause_writing(self) -> None:
        self._opposite().set_sink_full(True)

    def resume_writing(self) -> None:
        self._opposite().set_sink_full(False)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.lost(self, exc)

    def reset(self) -> None:
        """Close by RST."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        with contextlib.suppress(OSError):
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(1, 0))
        transport.abort()

    def _opposite(self) -> Way:
        ways = self._connection.ways
        return ways[Direction.DOWN if self.direction is Direction.UP else Direction.UP]


def _accepted(relay: Relay) -> _Side:
    return _Connection(relay).client
