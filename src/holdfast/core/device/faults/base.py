"""What a fault of a twin is, and the table of known faults.

A fault is pure and seeded: told when to begin, repeat and end, it turns the board's knobs
or makes something happen to it. One file a fault; its docstring says the finding that it
must yield and what an observer sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import Struct

from holdfast.core.device.board import Board
from holdfast.core.device.switches import nearest, parse_duration
from holdfast.errors import ConfigError

__all__ = [
    "FAULTS",
    "FINDINGS",
    "Fault",
    "FaultPlan",
    "fault",
    "finding_of",
    "make_fault",
    "parse_fault",
]


class FaultPlan(Struct, frozen=True):
    """A fault to happen.

    Attributes:
        name: Of the fault.
        at_s: When it begins, on the run's clock.
        params: Its parameters as text.
    """

    name: str
    at_s: float = 0.0
    params: dict[str, str] = {}


class Fault(Struct, kw_only=True):
    """One way for a device to go wrong.

    Attributes:
        for_s: How long it lasts; 0 for good.
        every_s: After how long it happens again; 0 for once.
        step_s: How often ``step`` runs while it lasts; 0 for never.
    """

    NAME: ClassVar[str] = ""

    for_s: float = 0.0
    every_s: float = 0.0
    step_s: float = 0.0

    def begin(self, board: Board, now: float, rng: Random) -> None:
        """Let it happen."""

    def step(self, board: Board, now: float, rng: Random) -> None:
        """Go on with it."""

    def end(self, board: Board, now: float, rng: Random) -> None:
        """Undo it."""

    def shown(self) -> dict[str, float | str | bool | None]:
        """Return its parameters as values of a truth event."""
        return {
            name: value
            for name, value in msgspec.structs.asdict(self).items()
            if not name.startswith("_")
        }


_F = TypeVar("_F", bound=type[Fault])

FAULTS: dict[str, type[Fault]] = {}
"""Known faults by name."""

FINDINGS: dict[str, str | None] = {
    "http-failing": "unexpected-answers",
    "outcomes": None,
}
"""Finding of each fault that does not have the finding's name; ``None``: no one finding."""

_NAME = re.compile(r"[a-z0-9-]{1,40}\Z")
_SUFFIXES = ("_bytes_per_s", "_s", "_bytes", "_dbm")


def fault(name: str) -> Callable[[_F], _F]:
    """Register a fault class under ``name`` (class decorator).

    Raises:
        ConfigError: If the name is taken.
    """

    def register(cls: _F) -> _F:
        if name in FAULTS:
            raise ConfigError("fault", f"{name!r} is registered twice")
        cls.NAME = name
        FAULTS[name] = cls
        return cls

    return register


def finding_of(name: str) -> str | None:
    """Return the finding that fault ``name`` must yield."""
    return FINDINGS.get(name, name)


def parse_fault(text: str, at_s: float = 0.0) -> FaultPlan:
    """Read ``NAME[:key=value,...]``.

    Raises:
        ConfigError: If it is not of that form, or names no fault or parameter, or a value
            is out of range.
    """
    name, _, rest = text.partition(":")
    params: dict[str, str] = {}
    for item in filter(None, rest.split(",")):
        key, equals, value = item.partition("=")
        if not equals:
            raise ConfigError("fault", f"{item[:40]!r} is not key=value in {text[:80]!r}")
        params[key.strip()] = value.strip()
    if not _NAME.match(name):
        raise ConfigError("fault", f"no such fault {name[:40]!r}; {nearest(name[:40], FAULTS)}")
    plan = FaultPlan(name, at_s, params)
    make_fault(plan)
    return plan


def make_fault(plan: FaultPlan) -> Fault:
    """Build a fault.

    Raises:
        ConfigError: If the name, a parameter or a value is wrong.
    """
    cls = FAULTS.get(plan.name)
    if cls is None:
        raise ConfigError("fault", f"no such fault {plan.name!r}; {nearest(plan.name, FAULTS)}")
    key = f"fault.{plan.name}"
    values = _converted(cls, plan.params, key)
    try:
        return msgspec.convert(values, cls)
    except msgspec.ValidationError as exc:
        if isinstance(exc.__cause__, ConfigError):
            raise exc.__cause__ from None
        wanted, _, where = str(exc).partition(" - at `$.")
        name = _short(where.rstrip("`"))
        must = wanted.replace("Expected ", "must be ").replace("`", "")
        raise ConfigError(f"{key}.{name}", f"{must}, got {plan.params.get(name)!r}") from None


def _converted(cls: type[Fault], params: Mapping[str, str], key: str) -> dict[str, Any]:
    fields = {
        _short(field.name): field
        for field in msgspec.structs.fields(cls)
        if not field.name.startswith("_")
    }
    values: dict[str, Any] = {}
    for name, text in params.items():
        if name not in fields:
            raise ConfigError(key, f"no such parameter {name!r}; {nearest(name, fields)}")
        field = fields[name]
        values[field.name] = _read(text, type(field.default), f"{key}.{name}")
    return values


_KINDS: dict[type, str] = {
    bool: "on or off",
    int: "a whole number",
    float: "a number, or a duration like 30s",
}


def _read(text: str, kind: type, key: str) -> Any:
    """Return ``text`` as a value of ``kind``, that of the parameter's default."""
    try:
        if kind is bool:
            return {"on": True, "1": True, "true": True, "off": False, "0": False, "false": False}[
                text.lower()
            ]
        if kind is int:
            return int(text)
        if kind is float:
            return parse_duration(text.lower())
    except (ValueError, KeyError):
        raise ConfigError(key, f"must be {_KINDS[kind]}, got {text[:40]!r}") from None
    return text


def _short(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name
