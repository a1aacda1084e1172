"""``holdfast diagnose TARGET``: the documented protocol, a verdict, and the cause."""

from __future__ import annotations

import asyncio
import json
import os
import random
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer

from holdfast.adapters.credentials_file import TargetAuth, load_auth_file, parse_auth_line
from holdfast.adapters.default_gateway import default_gateway
from holdfast.adapters.http_get import unverified
from holdfast.adapters.profiles import load_profile, with_stream, without_pause
from holdfast.adapters.render.terminal import LiveView, print_run
from holdfast.adapters.signals import stop_on_signal
from holdfast.apps.compare import compare_runs
from holdfast.apps.diagnose import was_reached
from holdfast.apps.identify import identify_target
from holdfast.apps.kept_run import KeptRun, diagnose_and_keep
from holdfast.cli.compare import print_comparison
from holdfast.cli.exit_codes import ExitCode
from holdfast.core.duration import parse_duration_s
from holdfast.core.judge.criteria import Criterion, parse_criterion
from holdfast.core.judge.planned import planned_criteria
from holdfast.core.judge.verdict import Ruling
from holdfast.core.link.target import Target, parse_target
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.core.profile import Profile
from holdfast.errors import ConfigError

__all__ = ["diagnose_command"]

_PLANS = ("general", "a", "b", "ab")


_PlanName = Annotated[
    str, typer.Option(help="general | a (stream only) | b (stream, sparse pings) | ab (a, then b).")
]
_For = Annotated[str, typer.Option("--for", help="Length of the run.")]
_Tick = Annotated[str, typer.Option(help="Time between ticks.")]
_PingEvery = Annotated[str, typer.Option(help="Time between pings; each tick, 10s in b.")]
_HealthEvery = Annotated[str, typer.Option(help="Time between health requests.")]
_Warmup = Annotated[str, typer.Option(help="Time at the start that is judged apart.")]
_Stream = Annotated[bool, typer.Option(help="Open the live stream.")]
_StreamKind = Annotated[str, typer.Option(help="sse or ws, where the device has both.")]
_ProfileName = Annotated[str, typer.Option(help="Profile name or .toml file, or auto.")]
_Control = Annotated[
    str, typer.Option(help="Control target of ICMP: ADDR or none; the default gateway.")
]
_Icmp = Annotated[bool, typer.Option(help="Send ICMP echoes.")]
_Serial = Annotated[
    str, typer.Option(help="Serial port whose log is read along, PORT or PORT@BAUD.")
]
_Telnet = Annotated[bool, typer.Option(help="Read the device's telnet log along.")]
_Require = Annotated[
    list[str] | None,
    typer.Option(help="'MEASURE OP LIMIT [over 60s] [abort]'; may be given more than once."),
]
_Out = Annotated[Path, typer.Option(help="Folder of all runs.")]
_AuthFile = Annotated[Path | None, typer.Option(help="File with the target's credentials.")]
_Insecure = Annotated[
    bool, typer.Option("--insecure", help="Take any TLS certificate; not with credentials.")
]
_Seed = Annotated[int | None, typer.Option(help="Seed of all randomness; recorded.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def diagnose_command(
    target: Annotated[str, typer.Argument(help="Host, address, HOST:PORT or URL.")],
    plan: _PlanName = "general",
    duration: _For = "10m",
    tick: _Tick = "5s",
    ping_every: _PingEvery = "",
    health_every: _HealthEvery = "30s",
    warmup: _Warmup = "90s",
    stream: _Stream = True,
    stream_kind: _StreamKind = "",
    profile: _ProfileName = "auto",
    control: _Control = "",
    icmp: _Icmp = True,
    serial: _Serial = "",
    telnet: _Telnet = False,
    require: _Require = None,
    out: _Out = Path("diag-logs"),
    auth_file: _AuthFile = None,
    insecure: _Insecure = False,
    seed: _Seed = None,
    as_json: _Json = False,
) -> int:
    """Measure a device's link and name the cause of its faults."""
    if plan not in _PLANS:
        raise ConfigError("plan", f"must be one of {', '.join(_PLANS)}, got {plan[:40]!r}")
    where = parse_target(target)
    auth = _auth(auth_file, insecure=insecure)
    asked = tuple(parse_criterion(text) for text in require or ())
    for_s = parse_duration_s(duration, "for", low_s=0.5, high_s=30 * 86_400.0)
    tick_s = parse_duration_s(tick, "tick", low_s=0.05, high_s=3_600.0)
    ping_every_s = _maybe(ping_every, "ping-every")
    health_every_s = parse_duration_s(health_every, "health-every", low_s=0.1)
    warmup_s = _warmup_s(warmup, for_s)
    controlled = _control(control, where)
    known = asyncio.run(_profile(profile, where, stream_kind))
    base = DiagnosisSettings(
        host=where.host,
        port=where.port or known.port,
        profile=known,
        stream=stream,
        control=controlled,
        icmp=icmp,
        telnet=telnet,
        authorization=auth.authorization,
        credentials=auth.credentials,
        duration_s=for_s,
        tick_s=tick_s,
        ping_every_s=ping_every_s,
        health_every_s=health_every_s,
        warmup_s=warmup_s,
    )
    chosen = random.SystemRandom().randrange(2**31) if seed is None else seed
    plans = [_planned(base, name, asked) for name in (("a", "b") if plan == "ab" else (plan,))]
    outside = _Outside(out, serial or None, unverified() if insecure else None)
    runs = _run_all(plans, chosen, outside, quiet=as_json)
    return _answer(runs, as_json=as_json)


def _planned(base: DiagnosisSettings, plan: str, asked: tuple[Criterion, ...]) -> DiagnosisSettings:
    settings = msgspec.structs.replace(base, plan=plan)
    return msgspec.structs.replace(settings, criteria=planned_criteria(settings, asked))


class _Outside(NamedTuple):
    """What a run touches beside the target."""

    out: Path
    serial: str | None
    tls: ssl.SSLContext | None


def _run_all(
    plans: Sequence[DiagnosisSettings], seed: int, outside: _Outside, *, quiet: bool
) -> list[KeptRun]:
    """Run the plans one after the other, until one is ended from outside."""
    runs: list[KeptRun] = []
    for settings in plans:
        with LiveView(settings, quiet=quiet) as live:
            runs.append(asyncio.run(_run(settings, seed, outside, live)))
        if runs[-1].interrupted or runs[-1].failure:
            break
    return runs


async def _run(
    settings: DiagnosisSettings, seed: int, outside: _Outside, live: LiveView
) -> KeptRun:
    stop = asyncio.Event()
    with stop_on_signal(stop):
        return await diagnose_and_keep(
            settings,
            seed=seed,
            out=outside.out,
            argv=tuple(sys.argv[1:]),
            stop=stop,
            serial=outside.serial,
            tls=outside.tls,
            on_event=live.update,
        )


def _answer(runs: Sequence[KeptRun], *, as_json: bool) -> int:
    named = [(f"plan {kept.run.header.plan}", kept.run) for kept in runs]
    compared = compare_runs(named) if len(named) > 1 else None
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


def _auth(path: Path | None, *, insecure: bool) -> TargetAuth:
    line = os.environ.get("HOLDFAST_TARGET_AUTH", "")
    if insecure and (path is not None or line):
        # Whoever presents any certificate would be given the password.
        raise ConfigError("insecure", "credentials are not sent to a peer that nobody checked")
    if path is not None:
        return load_auth_file(path)
    return parse_auth_line(line, "HOLDFAST_TARGET_AUTH") if line else TargetAuth()


async def _profile(name: str, target: Target, stream_kind: str) -> Profile:
    """Return the profile that is asked for, or found by asking, as this target wants it."""
    if name == "auto":
        found = await identify_target(target)
        print(f"profile {found.name}: {found.why}", file=sys.stderr)
        name = found.name
    known = load_profile(name)
    if target.tls is not None:
        known = msgspec.structs.replace(known, tls=target.tls)
    if stream_kind:
        known = with_stream(known, stream_kind)
    # A twin takes no harm from requests without a pause.
    return without_pause(known) if target.is_loopback else known
