"""Run a device twin on real sockets, with its truth in a journal of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct

from holdfast import __version__
from holdfast.adapters.clock import RunClock
from holdfast.adapters.driver import drive
from holdfast.adapters.journal_file import JournalWriter
from holdfast.core.device.catalogue import FaultPlan, make_twin, twin_ports
from holdfast.core.journal.events import Event, Header

__all__ = ["Listening", "TwinSettings", "run_twin"]

_HTTP, _TELNET = 80, 23  # the ports of the real device
_REDACTED: Final = "***"


class TwinSettings(Struct, frozen=True, kw_only=True):
    """Which twin, and where it listens.

    Attributes:
        name: Of the twin.
        dialect: ``""`` for its default.
        switches: Switches that differ from the dialect's defaults.
        faults: What goes wrong, and when.
        seed: Of all its randomness.
        port: Real HTTP port; 0 picks one.
        telnet_port: Real telnet port; 0 picks one, ``None`` serves none.
        bind: Address of the ports.
        has_serial: Whether its serial line becomes a pseudo-terminal.
        journal: File for its truth; ``None`` for none.
        for_s: How long it runs; ``None`` until it is stopped.
    """

    name: str
    dialect: str = ""
    switches: Mapping[str, str] = {}
    faults: tuple[FaultPlan, ...] = ()
    seed: int = 0
    port: int = 8080
    telnet_port: int | None = 8023
    bind: str = "127.0.0.1"
    has_serial: bool = False
    journal: Path | None = None
    for_s: float | None = None


class Listening(Struct, frozen=True, kw_only=True):
    """Where a twin can be reached.

    Attributes:
        http: URL.
        telnet: ``HOST:PORT``; ``""`` where it serves none.
        serial: Name of the pseudo-terminal; ``""`` where there is none.
    """

    http: str
    telnet: str = ""
    serial: str = ""


async def run_twin(
    settings: TwinSettings, *, stop: asyncio.Event, on_ready: Callable[[Listening], object]
) -> str:
    """Run a twin until ``stop`` is set or its time is over.

    Args:
        settings: Which, and where.
        stop: Ends it.
        on_ready: Told once, when every port listens.

    Returns:
        Why it ended.

    Raises:
        ConfigError: If a name or value is wrong.
        UnreachableError: If a port cannot be bound.
        OutputError: If the journal cannot be written.
    """
    switches = dict(settings.switches)
    if settings.telnet_port is None:
        switches.setdefault("telnet", "off")
    twin = make_twin(
        settings.name,
        dialect=settings.dialect,
        settings=switches,
        faults=settings.faults,
        rng=Random(settings.seed),
    )
    real = {_HTTP: settings.port, _TELNET: settings.telnet_port or 0}
    ports = {
        port: real.get(port, 0)
        for port in twin_ports(settings.name, dialect=settings.dialect, settings=switches)
    }
    ready = _Ready(len(ports), settings.has_serial, on_ready)
    clock = RunClock()
    journal = None
    if settings.journal is not None:
        journal = JournalWriter(settings.journal, _header(settings, clock))
    timer = None
    if settings.for_s is not None:
        timer = asyncio.get_running_loop().call_later(settings.for_s, stop.set)
    try:
        return await drive(
            twin,
            record=_ignore if journal is None else journal.append,
            clock=clock,
            ports=ports,
            bind=settings.bind,
            on_listening=ready.listening,
            pty=ready.serial if settings.has_serial else None,
            stop=stop,
            rng=Random(settings.seed + 1),
        )
    finally:
        if timer is not None:
            timer.cancel()
        if journal is not None:
            journal.close()


class _Ready:
    """Collects places until all are known."""

    def __init__(
        self, ports: int, has_serial: bool, on_ready: Callable[[Listening], object]
    ) -> None:
        self._missing = ports + has_serial
        self._on_ready = on_ready
        self._places: dict[int, str] = {}
        self._serial = ""

    def listening(self, logical: int, host: str, port: int) -> None:
        self._places[logical] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._arrived()

    def serial(self, name: str) -> None:
        self._serial = name
        self._arrived()

    def _arrived(self) -> None:
        self._missing -= 1
        if not self._missing:
            self._on_ready(
                Listening(
                    http=f"http://{self._places[_HTTP]}",
                    telnet=self._places.get(_TELNET, ""),
                    serial=self._serial,
                )
            )


def _header(settings: TwinSettings, clock: RunClock) -> Header:
    shown = {
        f"set.{name}": _REDACTED if "token" in name else value
        for name, value in settings.switches.items()
    }
    for number, plan in enumerate(settings.faults, start=1):
        text = ",".join(f"{key}={value}" for key, value in plan.params.items())
        shown[f"fault.{number}"] = f"{plan.name}:{text} at {plan.at_s:g} s"
    return Header(
        tool=f"holdfast {__version__}",
        wall_at=datetime.now(UTC).astimezone().isoformat(timespec="milliseconds"),
        monotonic_s=clock.origin_s,
        target=f"twin {settings.name}",
        plan="truth",
        seed=settings.seed,
        duration_s=settings.for_s,
        settings={"dialect": settings.dialect or "default", **shown},
    )


def _ignore(event: Event) -> None:
    del event
