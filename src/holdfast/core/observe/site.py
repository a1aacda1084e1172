"""The target as its observers see it: one budget of connections, one way to ask.

Laws:
    - Connections are numbered from 1 upwards; a number is never used again.
    - No more than ``limit`` are ever open at once; ``peak`` proves it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final, Protocol, TypeAlias

from holdfast.core.link.transport import Action, Input, Open
from holdfast.core.observe.credentials import Authorizer
from holdfast.core.wire.http_exchange import HttpExchange, host_header

__all__ = ["Connections", "Observer", "Site", "is_address"]

_USER_AGENT: Final = "holdfast"


class Observer(Protocol):
    """Something that holds connections of one run."""

    def receive(self, event: Input, now: float) -> list[Action]:
        """React to one input for one of its connections."""
        ...


Headers: TypeAlias = Mapping[str, str]


class Connections:
    """The connections of one run.

    Args:
        limit: How many may be open at once, at least 1.

    Attributes:
        peak: Most that were ever open at once.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._last = 0
        self._owners: dict[int, Observer] = {}
        self.peak = 0

    @property
    def free(self) -> int:
        """How many more may be opened now."""
        return self._limit - len(self._owners)

    def take(self, owner: Observer) -> int | None:
        """Return a number for a connection of ``owner``; ``None`` at the limit."""
        if not self.free:
            return None
        self._last += 1
        self._owners[self._last] = owner
        self.peak = max(self.peak, len(self._owners))
        return self._last

    def drop(self, conn: int) -> None:
        """Note that a connection is closed, failed or given up."""
        self._owners.pop(conn, None)

    def owner(self, conn: int) -> Observer | None:
        """Return who holds a connection; ``None`` once it is gone."""
        return self._owners.get(conn)


class Site:
    """One target.

    Args:
        host: Name or address.
        port: Its TCP port.
        tls: Whether HTTP is over TLS.
        link: Name of the link in events.
        authorizer: What it asks for.
        connections: The run's budget.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: bool = False,
        link: str = "",
        authorizer: Authorizer,
        connections: Connections,
    ) -> None:
        self.host = host
        self.link = link or f"{host}:{port}"
        self.authorizer = authorizer
        self.connections = connections
        self.has_address = is_address(host)
        self._port = port
        self._tls = tls
        self._host_header = host_header(host, port, tls=tls)

    def open(self, owner: Observer, port: int | None = None) -> Open | None:
        """Return the action that opens a connection; ``None`` where the budget is used up.

        Args:
            owner: Who will hold it.
            port: Another port than the site's own, without TLS.
        """
        conn = self.connections.take(owner)
        if conn is None:
            return None
        if port is None:
            return Open(conn, self.host, self._port, self._tls)
        return Open(conn, self.host, port)

    def exchange(self, path: str, headers: Headers) -> HttpExchange:
        """Return the exchange of one GET."""
        wanted = {"User-Agent": _USER_AGENT, **headers}
        authorization = self.authorizer.header(path)
        if authorization:
            wanted["Authorization"] = authorization
        return HttpExchange(path, self._host_header, wanted)


def is_address(host: str) -> bool:
    """Return whether ``host`` is an address, so that no name is to be resolved."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
