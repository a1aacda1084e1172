"""Every twin by name: its dialects, its switches, and how to make one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import holdfast.core.device.faults  # noqa: F401  # registers every fault
from holdfast.core.device.dashboard.dashboard import Dashboard
from holdfast.core.device.dashboard.settings import (
    DIALECTS,
    SWITCHES,
    board_settings,
    settings_of,
)
from holdfast.core.device.faults.base import FAULTS, FaultPlan, finding_of, parse_fault
from holdfast.core.device.switches import Switch, nearest
from holdfast.core.link.transport import Machine
from holdfast.errors import ConfigError

__all__ = [
    "FaultPlan",
    "dialects",
    "faults",
    "finding_of",
    "make_twin",
    "parse_fault",
    "switches",
    "twin_ports",
    "twins",
]

_TWINS = ("dashboard",)


def twins() -> list[str]:
    """Return the names of all twins."""
    return list(_TWINS)


def faults() -> list[str]:
    """Return the names of all faults."""
    return sorted(FAULTS)


def dialects(name: str) -> tuple[str, ...]:
    """Return the dialects of twin ``name``, the default first.

    Raises:
        ConfigError: If there is no such twin.
    """
    _check(name)
    return DIALECTS


def switches(name: str, dialect: str = "") -> tuple[Switch, ...]:
    """Return the switches of twin ``name`` in ``dialect``; each knows its defaults.

    Raises:
        ConfigError: If there is no such twin or dialect.
    """
    settings_of(dialect or dialects(name)[0], {})
    return SWITCHES


def make_twin(
    name: str,
    *,
    dialect: str = "",
    settings: Mapping[str, str],
    faults: Sequence[FaultPlan] = (),
    rng: Random,
) -> Machine:
    """Return a device twin.

    Args:
        name: Which.
        dialect: In which of its ways it is built; ``""`` for the first.
        settings: Switches that differ from the dialect's defaults.
        faults: What goes wrong, and when.
        rng: All its randomness.

    Raises:
        ConfigError: If a name or value is wrong.
    """
    _check(name)
    return Dashboard(settings_of(dialect or DIALECTS[0], settings), faults, rng)


def twin_ports(name: str, *, dialect: str = "", settings: Mapping[str, str]) -> tuple[int, ...]:
    """Return the TCP ports on which the real device listens, HTTP first.

    Raises:
        ConfigError: If a name or value is wrong.
    """
    _check(name)
    return board_settings(settings_of(dialect or DIALECTS[0], settings)).ports


def _check(name: str) -> None:
    if name not in _TWINS:
        raise ConfigError("twin", f"no such twin {name!r}; {nearest(name, _TWINS)}")
