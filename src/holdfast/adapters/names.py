"""Names to addresses, off the loop and bounded in time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from dataclasses import dataclass
from ipaddress import ip_address
from typing import cast

__all__ = ["RESOLVE_LIMIT_S", "Address", "Resolver", "is_address"]

RESOLVE_LIMIT_S = 10.0
"""Longest wait for a name; a resolver's own two tries of 5 s."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect to.

    Attributes:
        family: Address family of the socket.
        sockaddr: What ``connect`` takes.
    """

    family: socket.AddressFamily
    sockaddr: tuple[str | int, ...]

    @property
    def host(self) -> str:
        """The numeric address."""
        return str(self.sockaddr[0])


def is_address(host: str) -> bool:
    """Whether ``host`` is a numeric address, so that nobody need be asked."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class Resolver:
    """Asks the system for names, anew each time.

    A thread a question: the system's resolver cannot be interrupted, and one that hangs
    must hold up neither the loop nor the end of the program. Questions for the same name
    at the same time share one thread, so a driver never has more threads than names.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], asyncio.Future[list[Address]]] = {}

    async def resolve(self, host: str, port: int) -> list[Address]:
        """Return the addresses of a name, families alternating (RFC 8305, section 4).

        Raises:
            OSError: ``socket.gaierror`` if there is none or no answer in time.
            UnicodeError: If it cannot be a name.
        """
        with contextlib.suppress(socket.gaierror):
            return _ask(host, port, socket.AI_NUMERICHOST)
        key = (host, port)
        answer = self._asked.get(key)
        if answer is None:
            answer = self._asked[key] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(lambda _: self._asked.pop(key, None))
            threading.Thread(target=_answer, args=(answer, host, port), daemon=True).start()
        try:
            async with asyncio.timeout(RESOLVE_LIMIT_S):
                return await asyncio.shield(answer)
        except TimeoutError:
            message = f"no answer within {RESOLVE_LIMIT_S:g} s"
            raise socket.gaierror(socket.EAI_AGAIN, message) from None


def _answer(answer: asyncio.Future[list[Address]], host: str, port: int) -> None:
    """Ask in a thread and bring the answer to the loop, if it is still there."""
    result: list[Address] | Exception
    try:
        result = _ask(host, port, 0)
    except (OSError, UnicodeError) as exc:
        result = exc

    def bring() -> None:
        if answer.done():
            return
        if isinstance(result, Exception):
            answer.set_exception(result)
            answer.exception()  # whoever asked may be gone: nothing to warn of
        else:
            answer.set_result(result)

    with contextlib.suppress(RuntimeError):  # the loop ended meanwhile
        answer.get_loop().call_soon_threadsafe(bring)


def _ask(host: str, port: int, flags: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    by_family: dict[socket.AddressFamily, list[Address]] = {}
    for family, _, _, _, sockaddr in found:
        address = Address(family, cast("tuple[str | int, ...]", sockaddr))
        by_family.setdefault(family, []).append(address)
    ordered: list[Address] = []
    while any(by_family.values()):
        ordered += [addresses.pop(0) for addresses in by_family.values() if addresses]
    return ordered
