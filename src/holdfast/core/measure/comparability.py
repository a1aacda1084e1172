"""Whether two runs may be compared at all, and why not.

Source: two of the recorded dashboard runs look clean only because their stream never
opened; a comparison that does not control for that crowns the wrong firmware.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from holdfast.core.journal.events import RunPhase
from holdfast.core.measure.boots import boots
from holdfast.core.measure.gaps import ASSUMED, gap_limit_s
from holdfast.core.measure.summary import measures_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdfast.core.measure.run import RunView

__all__ = ["TRUNCATED", "caveats", "obstacles", "stream_state"]

TRUNCATED: Final = "run-truncated"
"""Note of a run that was cut short."""

_JUST_BOOTED_S: Final = 60.0
"""A device that booted so shortly before a run is still warming up in it: recorded ones
needed up to 40 s after boot, and were flashed 8 to 18 s before."""
_WHOLE: Final = 0.9
"""A run that covers less of its planned length was cut short; tick rounding costs 1 %."""
_A_AND_B: Final = {"a", "b"}
"""The two plans of document 000 that are meant to be held side by side: they differ in the
sparse pings only, so what the stream suffers from those is the question."""
_CONTROL_OK: Final = 0.95
"""Below this share of answered control echoes the bench's own network is in doubt."""


def obstacles(before: RunView, after: RunView, names: tuple[str, str]) -> list[str]:
    """Return why the two runs cannot be compared; empty where they can.

    Args:
        before: The run that is the measure.
        after: The run that is compared with it.
        names: What people call the two, in this order.
    """
    pair = ((names[0], before), (names[1], after))
    return [
        *_settings(before, after),
        *_streams(pair),
        *_boots(pair),
        *(f"{name} was cut short" for name, run in pair if _is_cut_short(run)),
        *(f"the bench's own network failed in {name}" for name, run in pair if _is_deaf(run)),
    ]


def caveats(before: RunView, after: RunView, names: tuple[str, str]) -> list[str]:
    """Return what should be kept in mind where the two runs can be compared."""
    notes = [
        f"{name} does not tell when its device booted"
        for name, run in zip(names, (before, after), strict=True)
        if _has_just_booted(run) is None
    ]
    if {before.header.plan, after.header.plan} == _A_AND_B:
        notes.append("plans a and b differ in their pings: only the stream is compared")
    return notes


def stream_state(run: RunView) -> str:
    """Return ``none`` (not asked for), ``unknown``, ``never opened`` or ``opened``."""
    if any(note.about == ASSUMED for note in run.notes):
        return "unknown"
    if not run.sessions:
        return "none"
    return "opened" if any(s.opened_s is not None for s in run.sessions) else "never opened"


def _settings(before: RunView, after: RunView) -> Iterator[str]:
    one, two = before.header, after.header
    if one.imported_from != two.imported_from:
        origins = " and ".join(h.imported_from or "holdfast itself" for h in (one, two))
        yield f"they were measured by different tools: {origins}"
    if one.plan != two.plan and {one.plan, two.plan} != _A_AND_B:
        yield f"they followed different plans: {one.plan or 'none'} and {two.plan or 'none'}"
    if one.profile and two.profile and one.profile != two.profile:
        yield f"they used different profiles: {one.profile} and {two.profile}"
    for what, a, b in (
        ("ticks", one.tick_s, two.tick_s),
        ("planned lengths", one.duration_s, two.duration_s),
        ("warm-ups", one.warmup_s, two.warmup_s),
        ("gap limits", gap_limit_s(before), gap_limit_s(after)),
    ):
        if a is not None and b is not None and abs(a - b) > 0.1 * max(a, b):
            yield f"they had different {what}: {a:g} s and {b:g} s"


def _streams(pair: tuple[tuple[str, RunView], ...]) -> Iterator[str]:
    states = [(name, stream_state(run)) for name, run in pair]
    if states[0][1] == states[1][1]:
        return
    words = {
        "none": "no stream was asked for in {}",
        "unknown": "nothing is known of the stream in {}",
        "never opened": "the stream never opened in {}",
        "opened": "",
    }
    for name, state in states:
        if state != "opened":
            yield words[state].format(name)


def _boots(pair: tuple[tuple[str, RunView], ...]) -> Iterator[str]:
    just = [(name, _has_just_booted(run)) for name, run in pair]
    if {state for _, state in just} == {True, False}:
        name = next(name for name, state in just if state)
        yield f"the device had just booted in {name} only"


def _has_just_booted(run: RunView) -> bool | None:
    """Whether the device booted at the run's start; ``None`` where it does not tell."""
    known = [boot.at_s for boot in boots(run.samples) if boot.at_s is not None]
    return -_JUST_BOOTED_S <= known[0] <= run.header.warmup_s if known else None


def _is_cut_short(run: RunView) -> bool:
    if any(note.about == TRUNCATED for note in run.notes):
        return True
    if any(m.phase in (RunPhase.ABORTED, RunPhase.INTERRUPTED) for m in run.milestones):
        return True
    planned_s = run.header.duration_s
    return planned_s is not None and run.end_s < _WHOLE * planned_s


def _is_deaf(run: RunView) -> bool:
    values = measures_between(run, run.header.warmup_s, run.end_s, groups={"control"})
    share = values["control.ok_ratio"]
    return share is not None and share < _CONTROL_OK
