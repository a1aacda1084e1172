"""A twin's ports on real sockets: they accept, stay silent, or refuse.

Laws:
    - A port is ours from the start to the end, whatever it does with a SYN.
    - Silent: the accept queue is kept full, by a connection of our own (the *filler*), so
      that Linux drops every further SYN. Other systems answer some of them; there the
      connection is established and then waits.
    - Refuse: the port is bound and does not listen, so the kernel answers with RST.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address

from holdfast.adapters.tcp_client import Spawn
from holdfast.core.link.transport import AcceptMode
from holdfast.errors import UnreachableError

__all__ = ["Port", "Ports"]

_LOGGER = logging.getLogger(__name__)

_BACKLOG = 5  # backlog_conn of esp_http_server
_BUFFER_BYTES = 5_760  # LWIP_TCP_SND_BUF_DEFAULT, LWIP_TCP_WND_DEFAULT; Linux doubles it
_MSS_BYTES = 1_440  # else loopback's 64 kB segments do not fit these buffers
_EXHAUSTED_S = 0.1  # wait when this process has no file descriptor left


class Port:
    """One port of a twin.

    Args:
        host: Address to bind.
        port: Real port; 0 picks one.
        on_accept: Takes a connected socket and the peer's address.
        spawn: Starts a child task in the driver's group.

    Attributes:
        port: The real port.

    Raises:
        UnreachableError: If the port cannot be bound.
    """

    def __init__(
        self,
        host: str,
        port: int,
        on_accept: Callable[[socket.socket, str], None],
        spawn: Spawn,
    ) -> None:
        self.port = port
        self._host = "127.0.0.1" if host == "localhost" else host
        self._on_accept = on_accept
        self._spawn = spawn
        self._mode = AcceptMode.REFUSE
        self._fillers: dict[int, socket.socket] = {}
        self._task: asyncio.Task[None] | None = None
        try:
            self._sock = self._bind()
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "strerror", None) or str(exc)
            raise UnreachableError(f"{host}:{port}", reason.lower()) from exc
        self.port = self._sock.getsockname()[1]

    def set_mode(self, mode: AcceptMode) -> None:
        """Do as ``mode`` says with every SYN from now on."""
        if mode is self._mode:
            return
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._mode is AcceptMode.ACCEPT or mode is AcceptMode.ACCEPT:
            self._take_what_waits()
        self._close_fillers()
        if mode is AcceptMode.REFUSE:
            self._sock.close()
            self._sock = self._bind()
        elif mode is AcceptMode.SILENT:
            self._sock.listen(0)
            self._fill()
        else:
            self._sock.listen(_BACKLOG)
            self._task = self._spawn(self._accept())
        self._mode = mode

    def close(self) -> None:
        """Give the port back."""
        if self._task is not None:
            self._task.cancel()
        self._sock.close()
        self._close_fillers()

    def _bind(self) -> socket.socket:
        version = ip_address(self._host.partition("%")[0]).version
        sock = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET)
        try:
            sock.setblocking(False)
            if sys.platform != "win32":  # there it would let others share the port
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            if hasattr(socket, "TCP_MAXSEG"):
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _MSS_BYTES)
            sock.bind((self._host, self.port))
        except BaseException:
            sock.close()
            raise
        return sock

    # --- accept --------------------------------------------------------------------

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, peer = await loop.sock_accept(self._sock)
            except OSError as exc:
                _LOGGER.warning("port %d: cannot accept: %s", self.port, exc)
                await asyncio.sleep(_EXHAUSTED_S)
                continue
            self._take(sock, peer)

    def _take(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        filler = self._fillers.pop(peer[1], None)
        if filler is not None:
            filler.close()
            sock.close()
            return
        sock.setblocking(False)
        self._on_accept(sock, f"{peer[0]}:{peer[1]}")

    def _take_what_waits(self) -> None:
        """Take the connections that completed their handshake."""
        with contextlib.suppress(OSError):  # nothing more waits, or nothing listens
            while True:
                self._take(*self._sock.accept())

    # --- stay silent ---------------------------------------------------------------

    def _fill(self) -> None:
        """Take the one place that ``listen(0)`` leaves in the accept queue."""
        unspecified = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nothing is bound here
        filler = socket.socket(self._sock.family)
        filler.setblocking(False)
        filler.connect_ex((unspecified.get(self._host, self._host), self.port))
        # On loopback the handshake is over by now, or the queue was full without us; then
        # this SYN is dropped like all others.
        self._fillers[filler.getsockname()[1]] = filler

    def _close_fillers(self) -> None:
        for filler in self._fillers.values():
            filler.close()
        self._fillers.clear()


class Ports:
    """All ports of one twin, by the numbers that the twin knows.

    Args:
        host: Address to bind.
        on_accept: Takes a logical port, a connected socket and the peer's address.
        spawn: Starts a child task in the driver's group.
        on_listening: Told of each port: logical port, address, real port.
    """

    def __init__(
        self,
        host: str,
        on_accept: Callable[[int, socket.socket, str], None],
        spawn: Spawn,
        on_listening: Callable[[int, str, int], object] | None,
    ) -> None:
        self._host = host
        self._on_accept = on_accept
        self._spawn = spawn
        self._on_listening = on_listening
        self._ports: dict[int, Port] = {}
        self._modes: dict[int, AcceptMode] = {}
        self._is_reachable = True

    def bind(self, logical: int, real: int = 0) -> Port:
        """Make a port ours, if it is not yet; it refuses at first.

        Raises:
            UnreachableError: If it cannot be bound.
        """
        port = self._ports.get(logical)
        if port is None:
            take = partial(self._on_accept, logical)
            port = self._ports[logical] = Port(self._host, real, take, self._spawn)
            if self._on_listening is not None:
                self._on_listening(logical, self._host, port.port)
        return port

    def listen(self, logical: int, mode: AcceptMode) -> None:
        """Set what a port does with a SYN, once one reaches the device."""
        self._modes[logical] = mode
        self.bind(logical).set_mode(mode if self._is_reachable else AcceptMode.SILENT)

    def set_reachable(self, is_reachable: bool) -> None:
        """Keep all ports silent while the device's radio hears nothing."""
        self._is_reachable = is_reachable
        for logical in self._ports:
            self.listen(logical, self._modes.get(logical, AcceptMode.REFUSE))

    def close(self) -> None:
        """Give all ports back."""
        for port in self._ports.values():
            port.close()
