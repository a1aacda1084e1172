"""Run the impairing proxy with its live control, and its truth in a journal of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
from msgspec import Struct

from holdfast import __version__
from holdfast.adapters.clock import RunClock
from holdfast.adapters.journal_file import JournalWriter
from holdfast.adapters.names import Address, Resolver
from holdfast.adapters.proxy_control import ProxyControl
from holdfast.adapters.proxy_relay import Relay
from holdfast.core.impair.impairment import Impairment
from holdfast.core.journal.events import Header, Truth
from holdfast.core.link.target import Target
from holdfast.errors import UnreachableError

__all__ = ["ProxyListening", "ProxySettings", "run_proxy"]

_SOURCE: Final = "proxy"


class ProxySettings(Struct, frozen=True, kw_only=True):
    """What is proxied, and how badly.

    Attributes:
        target: Where to; its port must be given.
        impairment: What happens on the way.
        bind: Address of the data port.
        port: Data port; 0 picks one.
        control_port: Port of the live control on loopback; 0 picks one, ``None`` has none.
        token: What control requests must show.
        seed: Of the models.
        for_s: How long it runs; ``None`` until it is stopped.
        journal: File for its truth; ``None`` for none.
    """

    target: Target
    impairment: Impairment
    bind: str = "127.0.0.1"
    port: int = 0
    control_port: int | None = 8091
    token: str = ""
    seed: int = 0
    for_s: float | None = None
    journal: Path | None = None

    def __repr__(self) -> str:
        return f"ProxySettings({self.target}, {self.impairment.title!r})"


class ProxyListening(Struct, frozen=True, kw_only=True):
    """Where a proxy can be reached.

    Attributes:
        data: ``tcp://HOST:PORT``.
        control: URL; ``""`` where it has no control.
        target: ``HOST:PORT`` that the name stands for from now on.
        hidden_bytes: What the kernel may hide of a stall, a connection and direction.
    """

    data: str
    control: str
    target: str
    hidden_bytes: int


async def run_proxy(
    settings: ProxySettings, *, stop: asyncio.Event, on_ready: Callable[[ProxyListening], object]
) -> None:
    """Run the proxy until ``stop`` is set or its time is over.

    Args:
        settings: What, and where.
        stop: Ends it.
        on_ready: Told once, when its ports listen.

    Raises:
        UnreachableError: If the target's name is not resolved or a port cannot be bound.
        OutputError: If the journal cannot be written.
    """
    address = await _resolved(settings.target)
    clock = RunClock()
    journal = None
    if settings.journal is not None:
        journal = JournalWriter(settings.journal, _header(settings, clock))
    try:
        async with asyncio.TaskGroup() as group:
            proxy = _Proxy(settings, address, clock, journal, group, stop)
            try:
                on_ready(await proxy.listen())
                timer = None
                if settings.for_s is not None:
                    timer = asyncio.get_running_loop().call_later(settings.for_s, stop.set)
                await stop.wait()
                if timer is not None:
                    timer.cancel()
            finally:
                await proxy.close()
        proxy.check()
    finally:
        if journal is not None:
            journal.close()


class _Proxy:
    """The relay, its control and its journal."""

    def __init__(
        self,
        settings: ProxySettings,
        address: Address,
        clock: RunClock,
        journal: JournalWriter | None,
        group: asyncio.TaskGroup,
        stop: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._stop = stop
        self._failure: OSError | None = None
        self._relay = Relay(
            address,
            settings.impairment,
            rng=Random(settings.seed),
            now=clock.now,
            happened=self._happened,
            group=group,
        )
        self._control: ProxyControl | None = None

    async def listen(self) -> ProxyListening:
        settings = self._settings
        host, port = await self._relay.listen(settings.bind, settings.port)
        url = ""
        if settings.control_port is not None:
            self._control = ProxyControl(
                token=settings.token, state=self._state, switch=self._relay.switch
            )
            url = await self._control.listen(settings.control_port)
        target = self._relay.target
        return ProxyListening(
            data=f"tcp://{_place(host, port)}",
            control=url,
            target=_place(target.host, int(target.sockaddr[1])),
            hidden_bytes=self._relay.state().hidden_bytes,
        )

    async def close(self) -> None:
        self._relay.close()
        if self._control is not None:
            await self._control.close()

    def check(self) -> None:
        """Raise what ended the journal."""
        if self._failure is not None:
            raise self._failure

    def _happened(
        self, what: str, at_s: float, values: dict[str, float | str | bool | None]
    ) -> None:
        if self._journal is None or self._failure is not None:
            return
        try:
            self._journal.append(Truth(at_s=at_s, source=_SOURCE, what=what, values=values))
        except OSError as exc:  # the disk is full: end in good order, then say so
            self._failure = exc
            self._stop.set()

    def _state(self) -> dict[str, Any]:
        relay = self._relay
        table = msgspec.to_builtins(relay.impairment)
        return {
            "for_s": round(self._clock.now(), 3),
            "target": _place(relay.target.host, int(relay.target.sockaddr[1])),
            "seed": self._settings.seed,
            "impairment": {key: value for key, value in table.items() if value},
            **msgspec.to_builtins(relay.state()),
        }


async def _resolved(target: Target) -> Address:
    """Return the one address that the target's name stands for from now on."""
    place = _place(target.host, target.port or 0)
    try:
        found = await Resolver().resolve(target.host, target.port or 0)
    except (OSError, UnicodeError) as exc:
        raise UnreachableError(place, "name not resolved") from exc
    return found[0]


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _header(settings: ProxySettings, clock: RunClock) -> Header:
    return Header(
        tool=f"holdfast {__version__}",
        wall_at=datetime.now(UTC).astimezone().isoformat(timespec="milliseconds"),
        monotonic_s=clock.origin_s,
        target=f"proxy to {_place(settings.target.host, settings.target.port or 0)}",
        plan="truth",
        seed=settings.seed,
        duration_s=settings.for_s,
        settings={"impairment": msgspec.json.encode(settings.impairment).decode()},
    )
