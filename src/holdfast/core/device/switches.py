"""Switches of a twin: what ``--set NAME=VALUE`` may change, as one table a twin.

A switch knows its kind, its range, its default in each dialect and what it buys.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from holdfast.core.duration import parse_duration_s
from holdfast.errors import ConfigError

__all__ = ["Switch", "SwitchKind", "Value", "nearest", "parse_duration", "resolve"]

Value: TypeAlias = bool | int | float | str

_ON = ("on", "true", "yes", "1")
_OFF = ("off", "false", "no", "0")


class SwitchKind(StrEnum):
    """What a switch takes."""

    FLAG = "on|off"
    COUNT = "count"
    NUMBER = "number"
    DURATION = "duration"
    CHOICE = "choice"
    TEXT = "text"


class Switch(Struct, frozen=True, kw_only=True):
    """One thing about a twin that can be set.

    Attributes:
        name: Its name on the command line.
        kind: What it takes.
        defaults: Value by dialect.
        buys: What it is good for, in one sentence.
        low: Smallest number allowed, in SI units.
        high: Largest number allowed.
        choices: Words allowed, for ``CHOICE``.
    """

    name: str
    kind: SwitchKind
    defaults: dict[str, Value]
    buys: str
    low: float = 0.0
    high: float = math.inf
    choices: tuple[str, ...] = ()

    def parse(self, text: str) -> Value:
        """Read a value.

        Raises:
            ConfigError: If ``text`` is not such a value or is out of range.
        """
        word = text.strip().lower()
        if self.kind is SwitchKind.FLAG:
            if word in _ON or word in _OFF:
                return word in _ON
            raise ConfigError(self.name, f"must be on or off, got {text!r}")
        if self.kind is SwitchKind.CHOICE:
            if word in self.choices:
                return word
            raise ConfigError(self.name, f"must be one of {', '.join(self.choices)}, got {text!r}")
        if self.kind is SwitchKind.TEXT:
            if text.isprintable() and len(text) <= 64:
                return text
            raise ConfigError(self.name, "must be at most 64 printable characters")
        return self._number(word, text)

    def _number(self, word: str, text: str) -> int | float:
        if word == "off" and self.low == 0:
            word = "0"
        elif word == "on":
            return max(float(value) for value in self.defaults.values())
        try:
            value = parse_duration(word) if self.kind is SwitchKind.DURATION else float(word)
        except ValueError:
            raise ConfigError(self.name, f"must be a {self.kind}, got {text!r}") from None
        if not (math.isfinite(value) and self.low <= value <= self.high):
            raise ConfigError(
                self.name, f"must be within {self.low:g} to {self.high:g}, got {text!r}"
            )
        if self.kind is SwitchKind.COUNT:
            if value != int(value):
                raise ConfigError(self.name, f"must be a whole number, got {text!r}")
            return int(value)
        return value


def parse_duration(text: str) -> float:
    """Return seconds of ``"500ms"``, ``"30s"``, ``"1h30m"`` or a plain number of seconds.

    Raises:
        ValueError: If ``text`` is neither.
    """
    try:
        return float(text)
    except ValueError:
        return parse_duration_s(text, "duration")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean X?"`` for the nearest known name, else the list of all."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"


def resolve(
    switches: Sequence[Switch], dialect: str, settings: Mapping[str, str]
) -> dict[str, Value]:
    """Return every switch's value: the dialect's default, or what ``settings`` says.

    Raises:
        ConfigError: If a name or a value is wrong.
    """
    table = {switch.name: switch for switch in switches}
    for name in settings:
        if name not in table:
            raise ConfigError(name, f"no such switch; {nearest(name, table)}")
    return {
        name: switch.parse(settings[name]) if name in settings else switch.defaults[dialect]
        for name, switch in table.items()
    }
