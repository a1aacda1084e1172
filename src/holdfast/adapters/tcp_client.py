"""Opens TCP connections: names, both IP families, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from holdfast.adapters.names import Address, Resolver, is_address
from holdfast.adapters.tcp_link import TcpLink
from holdfast.core.link.transport import Connected, Open

__all__ = ["Spawn", "TcpClient"]

_NEXT_FAMILY_S = 0.25  # RFC 8305, "connection attempt delay"
# A dead peer is noticed 20 s after its last sign of life: idle, then 3 probes, in seconds.
_KEEPALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPALIVE": 5, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}

Spawn = Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]


class TcpClient:
    """Opens connections for one driver.

    Args:
        spawn: Starts a child task in the driver's group.
        tls: Context for TLS; the system's trust store by default.
    """

    def __init__(self, spawn: Spawn, tls: ssl.SSLContext | None = None) -> None:
        self.resolver = Resolver()
        self._spawn = spawn
        self._tls = tls

    async def open(self, action: Open, make_link: Callable[[Connected], TcpLink]) -> None:
        """Resolve, connect and shake hands; cancel it to give up.

        Raises:
            OSError: If any of it fails; see ``socket_errors``.
            UnicodeError: If the host cannot be a name.
        """
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        addresses = await self.resolver.resolve(action.host, action.port)
        is_name = not is_address(action.host)
        resolve_s = loop.time() - began_s if is_name else None
        sock, address = await self._connect(addresses)
        with contextlib.suppress(OSError):
            _tune(sock)
        link = make_link(Connected(action.conn, address.host, resolve_s))
        if action.tls:
            self._tls = self._tls or ssl.create_default_context()
            await _shake_hands(link, sock, self._tls, action.host)
        else:
            await loop.create_connection(lambda: link, sock=sock)

    async def _connect(self, addresses: list[Address]) -> tuple[socket.socket, Address]:
        """Try addresses, each 250 ms after the one before; the first to answer wins."""
        if len(addresses) == 1:
            return await _attempt(addresses[0]), addresses[0]
        rest = list(addresses)
        attempts: dict[asyncio.Task[socket.socket | OSError], Address] = {}
        error: OSError = OSError("no address")
        try:
            while rest or attempts:
                if rest:
                    address = rest.pop(0)
                    attempts[self._spawn(_attempt_quietly(address))] = address
                done, _ = await asyncio.wait(
                    attempts,
                    timeout=_NEXT_FAMILY_S if rest else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    address, result = attempts.pop(task), task.result()
                    if isinstance(result, socket.socket):
                        return result, address
                    error = result
        finally:
            for task in attempts:
                task.cancel()
                task.add_done_callback(_close_late)
        raise error


async def _attempt(address: Address) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    except BaseException:
        sock.close()
        raise
    return sock


async def _attempt_quietly(address: Address) -> socket.socket | OSError:
    try:
        return await _attempt(address)
    except OSError as exc:  # a child that raised would end its siblings
        return exc


def _close_late(task: asyncio.Task[socket.socket | OSError]) -> None:
    """Close what a loser of the race opened after all."""
    if not task.cancelled() and isinstance(result := task.result(), socket.socket):
        result.close()


async def _shake_hands(
    link: TcpLink, sock: socket.socket, context: ssl.SSLContext, host: str
) -> None:
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(lambda: link, sock=sock, ssl=context, server_hostname=host)
    except ssl.SSLError:
        raise
    except (ConnectionError, TimeoutError) as exc:
        # TCP is established: whatever ends the handshake now is a failure of TLS.
        raise ssl.SSLError(str(exc)) from exc


def _tune(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        option = getattr(socket, name, None)  # each system has some of them
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
