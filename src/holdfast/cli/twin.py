"""``holdfast twin NAME``: a device's twin on real sockets, with faults on demand."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from holdfast.adapters.signals import stop_on_signal
from holdfast.apps.twin import Listening, TwinSettings, run_twin
from holdfast.cli.exit_codes import ExitCode
from holdfast.core.device.catalogue import (
    FaultPlan,
    dialects,
    faults,
    parse_fault,
    switches,
    twins,
)
from holdfast.core.duration import parse_duration_s
from holdfast.core.redact import printable
from holdfast.errors import ConfigError

__all__ = ["listing", "twin_command"]


def twin_command(
    name: Annotated[str, typer.Argument(help="Which twin; see --list.")] = "dashboard",
    dialect: Annotated[str, typer.Option(help="How it is built; plan or firmware.")] = "",
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="SWITCH=VALUE; repeatable, see --list.")
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", help="NAME[:key=value,...]; repeatable.")
    ] = None,
    fault_at: Annotated[
        list[str] | None, typer.Option("--fault-at", help="When; one a --fault, in their order.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all randomness; printed.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="HTTP port; 0 picks one.")] = 8080,
    telnet_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the telnet log; 0 picks one.")
    ] = 8023,
    bind: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    serial_pty: Annotated[
        bool, typer.Option("--serial-pty", help="Write the serial log to a pseudo-terminal.")
    ] = False,
    journal: Annotated[Path | None, typer.Option(help="File for the truth.")] = None,
    for_: Annotated[str, typer.Option("--for", help="How long; until Ctrl-C by default.")] = "",
    show: Annotated[bool, typer.Option("--list", help="List switches and faults.")] = False,
) -> int:
    """Run a device's twin on real sockets, with faults on demand."""
    if show:
        print(listing(name))
        return ExitCode.OK
    settings = TwinSettings(
        name=name,
        dialect=dialect,
        switches=_switches(sets or ()),
        faults=_faults(fault or (), fault_at or ()),
        seed=random.SystemRandom().randrange(2**31) if seed is None else seed,
        port=port,
        telnet_port=telnet_port,
        bind=_address(bind),
        has_serial=serial_pty,
        journal=journal,
        for_s=parse_duration_s(for_, "for", low_s=0.1) if for_ else None,
    )
    asyncio.run(_run(settings))
    return ExitCode.OK


async def _run(settings: TwinSettings) -> None:
    stop = asyncio.Event()

    def on_ready(where: Listening) -> None:
        print(f"listening {where.http}", flush=True)
        for label, place in (("telnet", where.telnet), ("serial", where.serial)):
            if place:
                print(f"{label} {place}", flush=True)
        print(f"seed {settings.seed}", file=sys.stderr, flush=True)

    with stop_on_signal(stop):
        await run_twin(settings, stop=stop, on_ready=on_ready)


def _switches(texts: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError("set", f"must be SWITCH=VALUE, got {printable(text, 60)!r}")
        values[name.strip()] = value.strip()
    return values


def _faults(texts: Sequence[str], times: Sequence[str]) -> tuple[FaultPlan, ...]:
    if len(times) > len(texts):
        raise ConfigError(
            "fault-at", f"{len(times)} times for {len(texts)} faults: give one a --fault at most"
        )
    at_s = [parse_duration_s(text, "fault-at") for text in times]
    at_s += [0.0] * (len(texts) - len(at_s))
    return tuple(parse_fault(text, when) for text, when in zip(texts, at_s, strict=True))


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text))
    except ValueError:
        raise ConfigError("bind", f"must be an address, got {printable(text, 60)!r}") from None


def listing(name: str) -> str:
    """Return the switches of twin ``name`` and all faults as text.

    Raises:
        ConfigError: If there is no such twin.
    """
    names = dialects(name)
    lines = [f"twins: {', '.join(twins())}", f"dialects: {', '.join(names)}", "", "switches"]
    for switch in switches(name):
        values = ", ".join(f"{dialect} {_shown(switch.defaults[dialect])}" for dialect in names)
        lines.append(f"  {switch.name:<20} {switch.kind:<9} {values}")
        lines.append(f"  {'':<20} {switch.buys}")
    return "\n".join([*lines, "", "faults", *(f"  {fault}" for fault in faults())])


def _shown(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value) or "(none)"
