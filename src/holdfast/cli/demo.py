"""``holdfast demo``: the main job in a minute, without a device."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from holdfast.adapters.render.terminal import print_run
from holdfast.adapters.signals import stop_on_signal
from holdfast.apps.demo import DEMO_FOR_S, PATIENTS, run_demo
from holdfast.apps.kept_run import KeptRun
from holdfast.cli.exit_codes import ExitCode
from holdfast.core.duration import parse_duration_s
from holdfast.core.journal.events import Event, Tick
from holdfast.core.observe.watch import Watch

__all__ = ["demo_command"]

_WHAT = {
    "healthy": "a dashboard built by the reliability plan",
    "ill": "the same dashboard with the firmware as it was",
}


def demo_command(
    duration: Annotated[str, typer.Option("--for", help="Length of each diagnosis.")] = (
        f"{DEMO_FOR_S:.0f}s"
    ),
    out: Annotated[Path, typer.Option(help="Folder of all runs.")] = Path("diag-logs"),
    seed: Annotated[int, typer.Option(help="Seed of all randomness.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Diagnose a healthy twin and an ill one, side by side; takes a minute."""
    for_s = parse_duration_s(duration, "for", low_s=5.0, high_s=600.0)
    print(f"two twins of an ESP32-S3 on loopback, {for_s:.0f} s:", file=sys.stderr)
    for name in PATIENTS:
        print(f"  {name}: {_WHAT[name]}", file=sys.stderr)
    runs = asyncio.run(_run(out, seed, for_s))
    if as_json:
        print(json.dumps({name: kept.as_dict() for name, kept in runs.items()}))
    else:
        for kept in runs.values():
            print_run(kept.run, kept.findings, kept.verdict, folder=kept.folder)
    for kept in runs.values():
        if kept.failure:
            print(f"holdfast: {kept.failure}", file=sys.stderr)
            return ExitCode.COULD_NOT_RUN
    if any(kept.interrupted for kept in runs.values()):
        return ExitCode.INTERRUPTED
    return ExitCode.OK


async def _run(out: Path, seed: int, for_s: float) -> dict[str, KeptRun]:
    stop = asyncio.Event()
    seen: dict[str, set[str]] = {name: set() for name in PATIENTS}

    def show(name: str, event: Event, watch: Watch) -> None:
        """Say what is found as soon as it is found; a sign of life each ten seconds."""
        for finding in watch.findings:
            if finding.code not in seen[name]:
                seen[name].add(finding.code)
                print(
                    f"{event.at_s:5.0f} s  {name}: {finding.code} ({finding.confidence:.2f})",
                    file=sys.stderr,
                )
        if isinstance(event, Tick) and name == "healthy" and event.n and event.n % 10 == 0:
            print(f"{event.at_s:5.0f} s", file=sys.stderr)

    with stop_on_signal(stop):
        return await run_demo(out, seed=seed, stop=stop, for_s=for_s, on_event=show)
