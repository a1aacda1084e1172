"""A device's health answer, JSON to canonical values.

A profile says where each value lies: a dotted path, which may end in ``*SCALE``. A part
of a path that is a number picks from a list.

Laws:
    - What a path does not lead to, or leads to an object or list, is left out.
    - Numbers stay numbers, words are cut and made printable, ``null`` stays ``None``.
    - No body raises: a bad one gives a clause.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from holdfast.core.redact import printable, redact_json
from holdfast.errors import ConfigError

__all__ = ["Paths", "Reading", "Value", "compile_paths", "numbers_at", "read_health", "split_scale"]

Value: TypeAlias = float | str | bool | None
"""What a sample may hold."""

MAX_DEPTH: Final = 32
"""No device's health is deeper than five levels; the decoder itself fails near 1,000."""
MAX_WORD: Final = 120
"""Longest word kept: versions and reset reasons are shorter."""
MAX_RAW_BYTES: Final = 16_384
"""A longer answer is not kept as it came; MEASURED ones are below 600 bytes."""

_NESTING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


class _Path(Struct, frozen=True):
    parts: tuple[str, ...]
    scale: float | None


Paths: TypeAlias = Mapping[str, _Path]
"""Canonical names to where their values lie; made by :func:`compile_paths`."""


class Reading(Struct, frozen=True, kw_only=True):
    """What an answer told.

    Attributes:
        values: By canonical name.
        raw: The answer, secrets masked; ``""`` where not kept.
        fault: What is wrong with the body as a clause; ``""`` for nothing.
    """

    values: dict[str, Value] = msgspec.field(default_factory=dict)
    raw: str = ""
    fault: str = ""


def split_scale(key: str, text: str) -> tuple[str, float | None]:
    """Split ``"wifi.last_reason_ms*0.001"`` into path and scale.

    Args:
        key: Name of the setting, for the error.
        text: The path.

    Raises:
        ConfigError: If the path is empty or the scale is no finite number.
    """
    path, star, scale = text.partition("*")
    if not path.strip():
        raise ConfigError(key, f"path must not be empty, got {text!r}")
    if not star:
        return path.strip(), None
    try:
        factor = float(scale)
    except ValueError:
        factor = math.nan
    if not math.isfinite(factor):
        raise ConfigError(key, f"scale must be a finite number, got {scale!r}")
    return path.strip(), factor


def compile_paths(samples: Mapping[str, str]) -> Paths:
    """Prepare a profile's ``samples``.

    Raises:
        ConfigError: If a path is empty or a scale is no finite number.
    """
    paths: dict[str, _Path] = {}
    for name, text in samples.items():
        path, scale = split_scale(f"samples.{name}", text)
        paths[name] = _Path(tuple(path.split(".")), scale)
    return paths


def read_health(body: bytes, paths: Paths) -> Reading:
    """Read one answer.

    Args:
        body: The whole body; its size was bounded where it was received.
        paths: Where the values lie.
    """
    try:
        body.decode()
    except UnicodeDecodeError as exc:
        return Reading(fault=f"not UTF-8 at byte {exc.start}")
    if _is_deep(body):
        return Reading(fault=f"nested deeper than {MAX_DEPTH} levels")
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError) as exc:
        return Reading(fault=f"not JSON: {printable(str(exc), MAX_WORD)}")
    if not isinstance(tree, dict):
        return Reading(fault=f"JSON, but {_kind(tree)} where an object was expected")
    values: dict[str, Value] = {}
    for name, path in paths.items():
        found, value = _follow(tree, path.parts)
        if found:
            _keep(values, name, value, path.scale)
    return Reading(values=values, raw=_raw(body, tree))


def numbers_at(payload: str, paths: Sequence[tuple[str, ...]]) -> list[float | None]:
    """Return the number that each path leads to in a JSON text.

    Args:
        payload: The text; need not be JSON.
        paths: The parts of each path; an empty one leads nowhere.

    Returns:
        One number, or ``None`` where there is none, for each path.
    """
    try:
        tree = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return [None] * len(paths)
    return [_number(_follow(tree, path)[1]) if path else None for path in paths]


def _is_deep(body: bytes) -> bool:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for match in _NESTING.finditer(body):
        token = match[0]
        if token in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif token in b"]}":
            depth -= 1
    return False


def _kind(tree: Any) -> str:  # whatever JSON can hold
    if tree is None:
        return "null"
    if isinstance(tree, bool):
        return "a boolean"
    if isinstance(tree, str):
        return "a text"
    return "a list" if isinstance(tree, list) else "a number"


def _follow(tree: Any, parts: tuple[str, ...]) -> tuple[bool, Any]:  # whatever JSON can hold
    for part in parts:
        if isinstance(tree, dict) and part in tree:
            tree = tree[part]
        elif isinstance(tree, list) and part.isdecimal() and int(part[:9]) < len(tree):
            tree = tree[int(part[:9])]
        else:
            return False, None
    return True, tree


def _number(value: Any) -> float | None:  # whatever JSON can hold
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Beyond 2**53 a float is no longer exact; such a number is kept as near as it gets.
    return value if abs(value) <= 2**53 else float(value)


def _keep(values: dict[str, Value], name: str, value: Any, scale: float | None) -> None:
    number = _number(value)
    if number is not None:
        scaled = number if scale is None else number * scale
        if math.isfinite(scaled):
            values[name] = scaled
    elif scale is not None:
        return
    elif isinstance(value, str):
        values[name] = printable(value, MAX_WORD)
    elif value is None or isinstance(value, bool):
        values[name] = value


def _raw(body: bytes, tree: Any) -> str:  # whatever JSON can hold
    if len(body) > MAX_RAW_BYTES:
        return ""
    return msgspec.json.encode(redact_json(tree)).decode()
