"""Criteria as part of a run's header, so that a finished run is judged as it was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from holdfast.core.judge.criteria import default_criteria, format_criterion, parse_criterion
from holdfast.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdfast.core.journal.events import Header
    from holdfast.core.judge.criteria import Criterion

__all__ = ["recorded_criteria", "settings_of"]

_PREFIX: Final = "criterion."
_MAX: Final = 100
"""More criteria than this were not written by us."""


def settings_of(criteria: Iterable[Criterion]) -> dict[str, str]:
    """Return header settings that hold ``criteria``; their ``why`` is not kept."""
    return {f"{_PREFIX}{n:02d}": format_criterion(c) for n, c in enumerate(criteria)}


def recorded_criteria(header: Header) -> tuple[Criterion, ...]:
    """Return the criteria that a run was made with; document 000's where it has none.

    A recorded one that this version does not understand is left out.
    """
    names = sorted(name for name in header.settings if name.startswith(_PREFIX))[:_MAX]
    known: list[Criterion] = []
    for name in names:
        try:
            known.append(parse_criterion(header.settings[name]))
        except ConfigError:
            continue
    if names:
        return tuple(known)
    plan = header.plan if header.plan in ("general", "a", "b") else "general"
    return default_criteria(
        plan, duration_s=header.duration_s or 600.0, has_health=plan == "general"
    )
