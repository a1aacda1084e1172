"""A twin on real loopback sockets, in a thread and event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, Self

from holdfast.adapters.clock import RunClock
from holdfast.adapters.driver import drive
from holdfast.core.device.catalogue import FaultPlan, make_twin, parse_fault
from holdfast.core.journal.events import Event
from holdfast.errors import LinkTimeoutError, UnreachableError

__all__ = ["RunningTwin", "parse_twin"]

_HTTP: Final = 80
_TELNET: Final = 23
_START_S: Final = 5.0
"""Longest wait for the ports; they are bound before the twin boots."""


def parse_twin(text: str, at_s: float = 0.0) -> tuple[str, tuple[FaultPlan, ...]]:
    """Read ``NAME[:FAULT[:key=value,...]]``; faults are separated by ``+``.

    Raises:
        ConfigError: If a fault is unknown or its parameters are wrong.
    """
    name, _, faults = text.partition(":")
    return name, tuple(parse_fault(f, at_s) for f in faults.split("+") if f)


class RunningTwin:
    """A device twin that answers on loopback while the ``with`` block runs.

    Args:
        name: Which twin.
        dialect: In which of its ways; ``""`` for its default.
        settings: Switches that differ from the dialect's defaults.
        faults: What goes wrong, and when.
        seed: Seed of its randomness.
    """

    def __init__(
        self,
        name: str = "dashboard",
        *,
        dialect: str = "",
        settings: Mapping[str, str] | None = None,
        faults: Sequence[FaultPlan] = (),
        seed: int = 0,
    ) -> None:
        self.name = name
        self.truth: list[Event] = []
        """What the twin did, as it happened."""
        self._machine = make_twin(
            name, dialect=dialect, settings=settings or {}, faults=faults, rng=Random(seed)
        )
        self._ports: dict[int, int] = {}
        self._listening = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"twin {name}", daemon=True)

    @property
    def host(self) -> str:
        """Address to reach it at."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """Port of its web server."""
        return self._ports[_HTTP]

    @property
    def telnet_port(self) -> int | None:
        """Port of its log; ``None`` where it has none."""
        return self._ports.get(_TELNET)

    @property
    def address(self) -> str:
        """``HOST:PORT`` of its web server."""
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"RunningTwin({self.name!r}, {self.address if self._ports else 'not started'})"

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listening.wait(_START_S):
            self.close()
            raise self._error or LinkTimeoutError(self.name, f"no port within {_START_S:g} s")
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """End the twin; harmless when called twice.

        Raises:
            HoldfastError: What broke the twin while it ran.
        """
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_START_S)
        if self._thread.is_alive():
            raise UnreachableError(self.name, f"the twin did not end within {_START_S:g} s")
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _run(self) -> None:
        try:
            asyncio.run(self._drive())
        except Exception as exc:  # noqa: BLE001  # handed to the thread that waits
            self._error = exc
        finally:
            self._loop = None

    async def _drive(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await drive(
            self._machine,
            record=self.truth.append,
            clock=RunClock(),
            ports={_HTTP: 0, _TELNET: 0},
            bind=self.host,
            on_listening=self._on_listening,
            stop=self._stop,
        )

    def _on_listening(self, logical: int, _address: str, port: int) -> None:
        self._ports[logical] = port
        if logical == _HTTP and self._loop is not None:
            # The other ports are bound in the same turn of the loop: wait for them too.
            self._loop.call_soon(self._listening.set)
