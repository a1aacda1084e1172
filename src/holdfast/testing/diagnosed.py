"""A whole diagnosis of a twin in the simulated world: ten minutes in a fraction of a second."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING

import msgspec

from holdfast.adapters.profiles import load_profile
from holdfast.core.device.catalogue import make_twin, parse_fault
from holdfast.core.measure.run import RunView
from holdfast.core.observe.diagnosis import Diagnosis
from holdfast.core.observe.run_header import header_of
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.testing.world import PathModel, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast.core.profile import Profile

__all__ = ["CONTROL", "DEVICE", "diagnosed"]

DEVICE = "device.test"
"""The twin's name in the world."""
CONTROL = "control.test"
"""The control target's name in the world."""


def diagnosed(
    *,
    seed: int = 0,
    dialect: str = "plan",
    switches: Mapping[str, str] | None = None,
    faults: Sequence[tuple[str, float]] = (),
    profile: Profile | str = "esp32-s3-dashboard",
    path: PathModel | None = None,
    serial: bool = False,
    happenings: Sequence[tuple[float, Callable[[World], None]]] = (),
    **settings: object,
) -> RunView:
    """Diagnose one dashboard twin in the simulated world.

    Args:
        seed: Seed of twin, bench and world.
        dialect: The twin's dialect.
        switches: The twin's ``--set`` switches.
        faults: The twin's faults, as on the command line, and when each begins (s).
        profile: What the bench takes the device for.
        path: The IP path between them.
        serial: Whether the bench reads the twin's serial line along.
        happenings: What happens to the world itself, and when (s).
        **settings: Further ``DiagnosisSettings``, e.g. ``duration_s=60.0``.

    Returns:
        What the bench recorded; the twin's truth stays with the twin.
    """
    known = load_profile(profile) if isinstance(profile, str) else profile
    given = {"host": DEVICE, "port": 80, "profile": known, "control": CONTROL, "link": DEVICE}
    wanted = given | settings
    plan = DiagnosisSettings(**wanted)  # type: ignore[arg-type]  # keywords by name
    world = World(seed)
    twin = make_twin(
        "dashboard",
        dialect=dialect,
        settings=dict(switches or {}),
        faults=[parse_fault(text, at_s) for text, at_s in faults],
        rng=Random(seed),
    )
    device = world.add_device(DEVICE, twin, path=path or PathModel())
    bench = Diagnosis(plan, Random(seed + 1))
    world.add_bench(bench, serial_of=device if serial else None)
    for at_s, happening in happenings:
        world.at(at_s, partial(happening, world))
    world.run(plan.duration_s + plan.tick_s + 30.0)
    header = header_of(plan, seed=seed, tool="simulated")
    events = world.records(bench)
    return RunView(
        header, [msgspec.structs.replace(e, seq=n) for n, e in enumerate(events, start=1)]
    )
