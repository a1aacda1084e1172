"""The main job in a minute: two twins, one healthy and one ill, diagnosed side by side."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Final

import msgspec

from holdfast.adapters.clock import RunClock
from holdfast.adapters.driver import drive
from holdfast.adapters.profiles import load_profile, without_pause
from holdfast.apps.kept_run import KeptRun, diagnose_and_keep
from holdfast.core.device.catalogue import make_twin
from holdfast.core.judge.planned import planned_criteria
from holdfast.core.observe.settings import DiagnosisSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdfast.core.journal.events import Event
    from holdfast.core.observe.watch import Watch

__all__ = ["DEMO_FOR_S", "PATIENTS", "run_demo"]

DEMO_FOR_S: Final = 36.0
"""Length of each diagnosis; both run at once, so that the whole demo stays below a minute."""
_TICK_S: Final = 1.0
_HEALTH_EVERY_S: Final = 6.0
_WARMUP_S: Final = 5.0

PATIENTS: Final = {
    "healthy": "plan",
    "ill": "firmware",
}
"""Folder name to dialect: the reliability plan built, and the firmware as it was."""


async def run_demo(
    out: Path,
    *,
    seed: int,
    stop: asyncio.Event,
    for_s: float = DEMO_FOR_S,
    on_event: Callable[[str, Event, Watch], None] | None = None,
) -> dict[str, KeptRun]:
    """Start both twins on loopback, diagnose both, end both.

    Args:
        out: Folder of all runs.
        seed: Seed of all randomness.
        stop: Set from outside to end early.
        for_s: Length of each diagnosis in seconds.
        on_event: Called with the patient's name and each event.

    Returns:
        The finished diagnoses by patient.
    """
    async with asyncio.TaskGroup() as group:
        tasks = {
            name: group.create_task(
                _diagnosed(name, dialect, out, seed=seed, stop=stop, for_s=for_s, on_event=on_event)
            )
            for name, dialect in PATIENTS.items()
        }
    return {name: task.result() for name, task in tasks.items()}


async def _diagnosed(
    name: str,
    dialect: str,
    out: Path,
    *,
    seed: int,
    stop: asyncio.Event,
    for_s: float,
    on_event: Callable[[str, Event, Watch], None] | None,
) -> KeptRun:
    profile = without_pause(load_profile("esp32-s3-dashboard"))
    ports: asyncio.Queue[int] = asyncio.Queue()

    def listening(logical: int, _host: str, port: int) -> None:
        if logical == profile.port:
            ports.put_nowait(port)

    twin = make_twin("dashboard", dialect=dialect, settings={}, faults=[], rng=Random(seed))
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(
            drive(
                twin,
                record=lambda _event: None,
                clock=RunClock(),
                ports={profile.port: 0},
                on_listening=listening,
                stop=over,
            )
        )
        settings = DiagnosisSettings(
            host="127.0.0.1",
            port=await ports.get(),
            profile=profile,
            duration_s=for_s,
            tick_s=_TICK_S,
            health_every_s=_HEALTH_EVERY_S,
            warmup_s=_WARMUP_S,
            link=f"{name}-twin",
        )
        run = await diagnose_and_keep(
            msgspec.structs.replace(settings, criteria=planned_criteria(settings)),
            seed=seed,
            out=out,
            stop=stop,
            on_event=None if on_event is None else lambda e, w: on_event(name, e, w),
        )
        over.set()
    return run
