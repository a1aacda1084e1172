"""``holdfast proxy LISTEN TARGET``: a TCP proxy that is a bad network."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import re
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from msgspec import structs

from holdfast.adapters.credentials_file import load_token_file
from holdfast.adapters.event_loop import loop_factory
from holdfast.adapters.impairments import impairment_of, load_impairment, shipped_impairments
from holdfast.adapters.signals import stop_on_signal
from holdfast.apps.proxy import ProxyListening, ProxySettings, run_proxy
from holdfast.cli.exit_codes import ExitCode
from holdfast.core.duration import parse_duration_s
from holdfast.core.impair.impairment import NOTHING, Impairment, combined
from holdfast.core.link.target import Target, parse_target
from holdfast.core.redact import printable
from holdfast.errors import ConfigError

__all__ = ["parse_listen", "parse_websocket_fault", "proxy_command"]

_LISTEN: Final = re.compile(r"(?:(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+):)?(?P<port>[0-9]{1,5})\Z")
_FAULT_KEYS: Final = {
    "delay-pong": "delay_pong_s",
    "drop-message": "drop_message",
    "cut-message": "cut_message",
}


def proxy_command(
    listen: Annotated[
        str, typer.Argument(help="PORT or ADDRESS:PORT to listen on; port 0 picks one.")
    ] = "",
    target: Annotated[str, typer.Argument(help="HOST:PORT to connect to.")] = "",
    impair: Annotated[
        list[str] | None,
        typer.Option("--impair", help="NAME or FILE.toml; repeatable, they add up; see --list."),
    ] = None,
    websocket: Annotated[
        list[str] | None,
        typer.Option(
            "--websocket",
            help="[up:|down:]delay-pong=3s,drop-message=N,cut-message=N; repeatable.",
        ),
    ] = None,
    bind: Annotated[
        str, typer.Option(help="Address of the data port; needed to listen off loopback.")
    ] = "",
    control_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Live control on loopback; 0 picks one.")
    ] = 8091,
    no_control: Annotated[bool, typer.Option("--no-control", help="No live control.")] = False,
    token_file: Annotated[
        Path | None, typer.Option(help="File with the control's token; else one is made.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all randomness; printed.")] = None,
    for_: Annotated[str, typer.Option("--for", help="How long; until Ctrl-C by default.")] = "",
    journal: Annotated[Path | None, typer.Option(help="File for the truth.")] = None,
    show: Annotated[bool, typer.Option("--list", help="List the impairments.")] = False,
) -> int:
    """Proxy any TCP protocol through a bad network."""
    if show:
        for name in shipped_impairments():
            print(f"{name:<16} {load_impairment(name).title}")
        return ExitCode.OK
    if not listen or not target:
        raise ConfigError("proxy", "needs LISTEN and TARGET, such as 8080 board.local:80")
    host, port = parse_listen(listen, bind)
    settings = ProxySettings(
        target=_target(target),
        impairment=_impairment(impair or (), websocket or ()),
        bind=host,
        port=port,
        control_port=None if no_control else control_port,
        token=secrets.token_urlsafe(24) if token_file is None else load_token_file(token_file),
        seed=random.SystemRandom().randrange(2**31) if seed is None else seed,
        for_s=parse_duration_s(for_, "for", low_s=0.1) if for_ else None,
        journal=journal,
    )
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_run(settings, is_token_ours=token_file is None))
    return ExitCode.OK


async def _run(settings: ProxySettings, *, is_token_ours: bool) -> None:
    stop = asyncio.Event()

    def on_ready(where: ProxyListening) -> None:
        print(f"listening {where.data}", flush=True)
        lines = [
            f"target {where.target}, {settings.impairment.title}, seed {settings.seed}",
            f"the kernel hides up to {where.hidden_bytes} bytes of each connection and direction "
            "from a stall, besides the sender's own send buffer",
        ]
        if where.control:
            token = f" token {settings.token}" if is_token_ours else ""
            lines.append(f"control {where.control}{token}")
        print("\n".join(lines), file=sys.stderr, flush=True)

    with stop_on_signal(stop):
        await run_proxy(settings, stop=stop, on_ready=on_ready)


def parse_listen(text: str, bind: str) -> tuple[str, int]:
    """Return address and port of the data port.

    Args:
        text: ``PORT`` or ``ADDRESS:PORT``; an address here must be of loopback.
        bind: Any address of this machine; ``""`` for loopback.

    Raises:
        ConfigError: If one is wrong, or both name an address.
    """
    found = _LISTEN.match(text)
    if not found or int(found["port"]) > 65_535:
        shown = printable(text, 60)
        raise ConfigError("listen", f"must be PORT or ADDRESS:PORT, got {shown!r}")
    port = int(found["port"])
    if found["host"] is None:
        return _address(bind or "127.0.0.1", "bind"), port
    host = _address(found["host"].strip("[]"), "listen")
    if bind and _address(bind, "bind") != host:
        raise ConfigError("bind", f"differs from the address to listen on, {host}")
    if not bind and not ipaddress.ip_address(host).is_loopback:
        raise ConfigError("listen", f"{host} is off loopback: say so with --bind {host}")
    return host, port


def _address(text: str, key: str) -> str:
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text))
    except ValueError:
        raise ConfigError(key, f"must be an address, got {printable(text, 60)!r}") from None


def _target(text: str) -> Target:
    target = parse_target(text)
    if target.port is None:
        raise ConfigError("target", f"needs a port, such as {printable(text, 60)}:80")
    return target


def _impairment(names: Sequence[str], faults: Sequence[str]) -> Impairment:
    """Return what ``--impair`` and ``--websocket`` ask for together."""
    impairments = [load_impairment(name) for name in names]
    impairments += [parse_websocket_fault(text) for text in faults]
    return combined(impairments) if impairments else NOTHING


def parse_websocket_fault(text: str) -> Impairment:
    """Read ``[up:|down:]KEY=VALUE,...`` with the keys of ``--websocket``.

    Raises:
        ConfigError: If a key is unknown or a value wrong.
    """
    way, colon, rest = text.partition(":")
    table: dict[str, str | int | float] = {"direction": way} if colon else {}
    for pair in (rest if colon else text).split(","):
        key, equals, value = pair.partition("=")
        if not equals or key not in _FAULT_KEYS:
            known = ", ".join(_FAULT_KEYS)
            raise ConfigError("websocket", f"knows {known}, got {printable(pair, 60)!r}")
        if key == "delay-pong":
            table[_FAULT_KEYS[key]] = parse_duration_s(value, "websocket")
        elif re.fullmatch(r"[0-9]{1,9}", value):
            table[_FAULT_KEYS[key]] = int(value)
        else:
            raise ConfigError("websocket", f"{key} must be a number, got {printable(value, 20)!r}")
    made = impairment_of({"websocket": [table], "title": "websocket faults"}, "--websocket")
    return structs.replace(made, title=f"websocket {printable(text, 80)}")
