"""The strict TOML loader: a wrong file is refused in one line that says how to mend it.

Laws:
    - Every key must be known, every value within the range that its type declares.
    - The first fault is reported with the file's name, the dotted key, what is allowed
      and, where a name is misspelt, the nearest valid one. A secret's value is not
      repeated.
    - A file larger than ``MAX_BYTES`` or not UTF-8 is refused unread.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import inspect

from holdfast.core.redact import is_secret_name, printable
from holdfast.errors import ConfigError

__all__ = ["MAX_BYTES", "config_error", "convert_table", "load_toml", "nearest", "parse_toml"]

MAX_BYTES: Final = 1_048_576
"""Largest configuration file that is read; the shipped ones have about 2 kB."""

_SHOWN: Final = 60
"""Characters of a wrong value that are repeated to the user."""

_T = TypeVar("_T")

_WORDS: Final[dict[type, str]] = {
    inspect.StrType: "text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.DictType: "a table",
    inspect.StructType: "a table",
    inspect.VarTupleType: "a list",
    inspect.NoneType: "nothing",
}

_PLAIN: Final[dict[type, Any]] = {
    inspect.StrType: str,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.BoolType: bool,
    inspect.DictType: dict,
    inspect.VarTupleType: list,
    inspect.StructType: dict,
}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name closest to ``name``, else ``""``."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def config_error(where: str, key: str, message: str) -> ConfigError:
    """Build the error for ``key`` of the file ``where``; its ``key`` attribute is the bare key."""
    error = ConfigError(f"{where}: {key}" if key else where, message)
    error.key = key
    return error


def load_toml(path: Path, kind: type[_T]) -> _T:
    """Read the file at ``path`` as one ``kind`` (a msgspec struct).

    Raises:
        ConfigError: If the file cannot be read, is too large, is no TOML, or has an
            unknown key or a wrong value.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise config_error(str(path), "", f"cannot be read: {why.lower()}") from exc
    return convert_table(parse_toml(data, path.name), kind, path.name)


def parse_toml(data: bytes, where: str) -> dict[str, Any]:
    """Return the tables of ``data``; ``where`` names its origin in errors.

    Raises:
        ConfigError: If it is too large, not UTF-8 or not TOML.
    """
    if len(data) > MAX_BYTES:
        raise config_error(where, "", f"is larger than the limit of {MAX_BYTES} bytes")
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as exc:
        raise config_error(where, "", f"is not UTF-8 (byte {exc.start})") from exc
    except tomllib.TOMLDecodeError as exc:
        text = printable(str(exc), 120)
        raise config_error(where, "", f"is not TOML: {text[:1].lower()}{text[1:]}") from exc
    except RecursionError as exc:
        raise config_error(where, "", "is not TOML: nested too deeply") from exc


def convert_table(table: Mapping[str, Any], kind: type[_T], where: str) -> _T:
    """Turn ``table`` into one ``kind``.

    Raises:
        ConfigError: At the first unknown key or wrong value, in the order of the file.
    """
    _check(table, inspect.type_info(kind), where, "")
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as exc:  # a struct's own rule, beyond its fields' ranges
        raise config_error(where, "", printable(str(exc), 200)) from exc


def _check(value: Any, kind: inspect.Type, where: str, key: str) -> None:
    """Raise for the first fault of ``value``; ``key`` is its dotted path."""
    kind, description = _unwrapped(kind)
    if isinstance(kind, inspect.StructType) and isinstance(value, Mapping):
        _check_struct(value, kind, where, key)
    elif isinstance(kind, inspect.VarTupleType) and isinstance(value, Sequence | tuple):
        if isinstance(value, str):
            raise _wrong(value, kind, description, where, key)
        for number, item in enumerate(value):
            _check(item, kind.item_type, where, f"{key}[{number}]")
    elif isinstance(kind, inspect.DictType) and isinstance(value, Mapping):
        for name, item in value.items():
            _check(item, kind.value_type, where, _joined(key, name))
    elif not _fits(value, kind):
        raise _wrong(value, kind, description, where, key)


def _check_struct(value: Mapping[str, Any], kind: inspect.StructType, where: str, key: str) -> None:
    fields = {field.encode_name: field for field in kind.fields}
    for name, item in value.items():
        if name not in fields:
            raise config_error(
                where, _joined(key, name), f"is unknown{nearest(name, fields) or _list(fields)}"
            )
        _check(item, fields[name].type, where, _joined(key, name))
    for name, field in fields.items():
        if field.required and name not in value:
            inner, description = _unwrapped(field.type)
            allowed = _allowed(inner, description)
            raise config_error(where, _joined(key, name), f"is missing: give {allowed}")


def _unwrapped(kind: inspect.Type) -> tuple[inspect.Type, str]:
    """Return ``kind`` without metadata and ``None``, and its description for people."""
    description = ""
    while True:
        if isinstance(kind, inspect.Metadata):
            description = str((kind.extra_json_schema or {}).get("description", description))
            kind = kind.type
        elif isinstance(kind, inspect.UnionType):
            # TOML has no null: an optional value is simply left out.
            kind = next(t for t in kind.types if not isinstance(t, inspect.NoneType))
        else:
            return kind, description


def _fits(value: Any, kind: inspect.Type) -> bool:
    if isinstance(value, float) and not math.isfinite(value):
        return False
    try:
        msgspec.convert(value, _annotation(kind))
    except msgspec.ValidationError:
        return False
    return True


def _annotation(kind: inspect.Type) -> Any:
    """Return the type with which msgspec checks one plain value."""
    base = _PLAIN.get(type(kind), Any)
    limits = ("gt", "ge", "lt", "le", "pattern", "min_length", "max_length")
    given = {n: v for n in limits if (v := getattr(kind, n, None)) is not None}
    return Annotated[base, msgspec.Meta(**given)] if given else base


def _wrong(value: Any, kind: inspect.Type, description: str, where: str, key: str) -> ConfigError:
    if is_secret_name(key.rpartition(".")[2]):
        return config_error(where, key, f"must be {_allowed(kind, description)}")
    shown = printable(repr(value) if isinstance(value, str) else str(value), _SHOWN)
    hint = nearest(value, _choices(kind)) if isinstance(value, str) else ""
    return config_error(where, key, f"must be {_allowed(kind, description)}, got {shown}{hint}")


def _choices(kind: inspect.Type) -> list[str]:
    pattern = getattr(kind, "pattern", None) or ""
    if pattern.startswith("^(") and pattern.endswith(r")\Z"):
        return pattern[2:-3].split("|")
    return []


def _allowed(kind: inspect.Type, description: str) -> str:
    """Say in words which values ``kind`` allows."""
    if choices := _choices(kind):
        return f"one of {', '.join(choices)}"
    if description:
        return description
    word = _WORDS.get(type(kind), "a value")
    low, high = getattr(kind, "ge", None), getattr(kind, "le", None)
    above = getattr(kind, "gt", None)
    if above is not None and high is not None:
        return f"{word} above {above:g} and at most {high:g}"
    if low is not None and high is not None:
        return f"{word} within {low:g} to {high:g}"
    if low is not None:
        return f"{word} of at least {low:g}"
    return word


def _joined(key: str, name: str) -> str:
    shown = printable(name, _SHOWN)
    return f"{key}.{shown}" if key else shown


def _list(names: Iterable[str]) -> str:
    return f"; known: {', '.join(names)}"
