"""``holdfast diagnose TARGET``: the documented protocol, a verdict, and the cause."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from holdfast.adapters.credentials_file import TargetAuth, load_auth_file, parse_auth_line
from holdfast.adapters.default_gateway import default_gateway
from holdfast.adapters.profiles import load_profile, shipped_profiles, with_stream
from holdfast.adapters.render.terminal import LiveView, print_run
from holdfast.adapters.signals import stop_on_signal
from holdfast.apps.compare import compare_runs
from holdfast.apps.diagnose import was_reached
from holdfast.apps.identify import http_fetch, identify
from holdfast.apps.kept_run import KeptRun, diagnose_and_keep
from holdfast.cli.compare import print_comparison
from holdfast.cli.durations import parse_duration_s
from holdfast.cli.exit_codes import ExitCode
from holdfast.core.judge.criteria import parse_criterion
from holdfast.core.judge.planned import planned_criteria
from holdfast.core.judge.verdict import Ruling
from holdfast.core.link.target import Target, parse_target
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.core.profile import Profile
from holdfast.errors import ConfigError

__all__ = ["diagnose_command"]

_PLANS = ("general", "a", "b", "ab")


def diagnose_command(
    target: Annotated[str, typer.Argument(help="Host, address, HOST:PORT or URL.")],
    plan: Annotated[
        str, typer.Option(help="general | a (stream only) | b (stream, sparse pings) | ab.")
    ] = "general",
    duration: Annotated[str, typer.Option("--for", help="Length of the run.")] = "10m",
    tick: Annotated[str, typer.Option(help="Time between ticks.")] = "5s",
    ping_every: Annotated[str, typer.Option(help="Time between pings; each tick, 10s in b.")] = "",
    health_every: Annotated[str, typer.Option(help="Time between health requests.")] = "30s",
    warmup: Annotated[str, typer.Option(help="Time at the start that is judged apart.")] = "90s",
    stream: Annotated[bool, typer.Option(help="Open the live stream.")] = True,
    stream_kind: Annotated[str, typer.Option(help="sse or ws, where the device has both.")] = "",
    profile: Annotated[str, typer.Option(help="Profile name or file, or auto.")] = "auto",
    control: Annotated[
        str, typer.Option(help="Control target of ICMP: an address, or none. The default gateway.")
    ] = "",
    icmp: Annotated[bool, typer.Option(help="Send ICMP echoes.")] = True,
    serial: Annotated[str, typer.Option(help="Serial port whose log is read along.")] = "",
    telnet: Annotated[bool, typer.Option(help="Read the device's telnet log along.")] = False,
    require: Annotated[
        list[str] | None, typer.Option(help="'MEASURE OP LIMIT [over 60s] [abort]'; repeatable.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of all runs.")] = Path("diag-logs"),
    auth_file: Annotated[Path | None, typer.Option(help="File with the credentials.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all randomness; recorded.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Measure a device's link and name the cause of its faults."""
    if plan not in _PLANS:
        raise ConfigError("plan", f"must be one of {', '.join(_PLANS)}, got {plan[:40]!r}")
    where = parse_target(target)
    auth = _auth(auth_file)
    known = asyncio.run(_profile(profile, where))
    if stream_kind:
        known = with_stream(known, stream_kind)
    for_s = parse_duration_s(duration, "for", low_s=0.5, high_s=30 * 86_400.0)
    base = DiagnosisSettings(
        host=where.host,
        port=where.port or known.port,
        profile=known if where.tls is None else msgspec.structs.replace(known, tls=where.tls),
        duration_s=for_s,
        tick_s=parse_duration_s(tick, "tick", low_s=0.05, high_s=3_600.0),
        ping_every_s=_maybe(ping_every, "ping-every"),
        health_every_s=parse_duration_s(health_every, "health-every", low_s=0.1),
        warmup_s=_warmup_s(warmup, for_s),
        stream=stream,
        control=_control(control, where),
        icmp=icmp,
        telnet=telnet,
        authorization=auth.authorization,
        credentials=auth.credentials,
    )
    asked = tuple(parse_criterion(text) for text in require or ())
    plans = ("a", "b") if plan == "ab" else (plan,)
    chosen = random.SystemRandom().randrange(2**31) if seed is None else seed
    runs: list[KeptRun] = []
    for name in plans:
        settings = msgspec.structs.replace(base, plan=name)
        settings = msgspec.structs.replace(settings, criteria=planned_criteria(settings, asked))
        with LiveView(settings, quiet=as_json) as live:
            runs.append(asyncio.run(_run(settings, chosen, out, serial, live)))
        if runs[-1].interrupted or runs[-1].failure:
            break
    return _answer(runs, as_json=as_json)


async def _run(
    settings: DiagnosisSettings, seed: int, out: Path, serial: str, live: LiveView
) -> KeptRun:
    stop = asyncio.Event()
    with stop_on_signal(stop):
        return await diagnose_and_keep(
            settings,
            seed=seed,
            out=out,
            argv=tuple(sys.argv[1:]),
            stop=stop,
            serial=serial or None,
            on_event=live.update,
        )


def _answer(runs: Sequence[KeptRun], *, as_json: bool) -> int:
    compared = compare_runs([kept.run for kept in runs]) if len(runs) > 1 else None
    if as_json:
        rows = [kept.as_dict() for kept in runs]
        answer = rows[0] if len(rows) == 1 else {"format": 1, "runs": rows}
        if compared is not None:
            answer["comparison"] = msgspec.to_builtins(compared)
        print(json.dumps(answer))
    else:
        for kept in runs:
            print_run(kept.run, kept.findings, kept.verdict, folder=kept.folder)
        if compared is not None:
            print_comparison(compared)
    for kept in runs:
        if kept.failure:
            print(f"holdfast: {kept.failure}", file=sys.stderr)
            return ExitCode.COULD_NOT_RUN
    if any(kept.interrupted for kept in runs):
        return ExitCode.INTERRUPTED
    if not all(was_reached(kept.run) for kept in runs):
        return ExitCode.COULD_NOT_RUN
    passed = all(kept.verdict.ruling is Ruling.PASSED for kept in runs)
    return ExitCode.OK if passed else ExitCode.MISSED


def _warmup_s(text: str, for_s: float) -> float:
    # A run shorter than its warm-up would have nothing to judge: a sixth of it is then
    # the warm-up, about what 90 s are of the documented ten minutes.
    warmup_s = parse_duration_s(text, "warmup")
    return warmup_s if warmup_s < for_s / 2 else for_s / 6


def _maybe(text: str, key: str) -> float | None:
    return parse_duration_s(text, key, low_s=0.05, high_s=86_400.0) if text else None


def _control(text: str, target: Target) -> str:
    """The user's control target; else the gateway, but none for a target on this machine."""
    if text == "none" or (not text and target.is_loopback):
        return ""
    return parse_target(text).host if text else default_gateway()


def _auth(path: Path | None) -> TargetAuth:
    if path is not None:
        return load_auth_file(path)
    line = os.environ.get("HOLDFAST_TARGET_AUTH", "")
    return parse_auth_line(line, "HOLDFAST_TARGET_AUTH") if line else TargetAuth()


async def _profile(name: str, target: Target) -> Profile:
    if name != "auto":
        return load_profile(name)

    tls = bool(target.tls)
    fetch = http_fetch(target.host, target.port or (443 if tls else 80), tls=tls)
    found = await identify(fetch, [load_profile(name) for name in shipped_profiles()])
    print(f"profile {found.name}: {found.why}", file=sys.stderr)
    return load_profile(found.name)
