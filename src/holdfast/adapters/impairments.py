"""Impairments from TOML files: the shipped ones by name, a user's own by path."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from holdfast.adapters.toml_config import (
    config_error,
    convert_table,
    load_toml,
    nearest,
    parse_toml,
)
from holdfast.core.impair.impairment import Impairment
from holdfast.core.redact import printable
from holdfast.errors import ConfigError

__all__ = ["impairment_of", "load_impairment", "named_impairment", "shipped_impairments"]


def shipped_impairments() -> list[str]:
    """Return the names of the impairments that come with the package, in order."""
    folder = resources.files("holdfast") / "impairments"
    names = (file.name for file in folder.iterdir())
    return sorted(n.removesuffix(".toml") for n in names if n.endswith(".toml"))


def load_impairment(name_or_path: str) -> Impairment:
    """Load a shipped impairment by name, or a file by its path.

    Anything that ends in ``.toml`` or contains a path separator is a path.

    Raises:
        ConfigError: If no impairment has that name, or its file is wrong.
    """
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        path = Path(name_or_path)
        return _finished(load_toml(path, Impairment), path.name)
    return named_impairment(name_or_path)


def named_impairment(name: str) -> Impairment:
    """Load a shipped impairment; never opens another file, whatever the name says.

    Raises:
        ConfigError: If none has that name.
    """
    known = shipped_impairments()
    if name not in known:
        hint = nearest(name, known) or f"; known: {', '.join(known)}, or a .toml file"
        raise ConfigError("impair", f"no impairment is called {printable(name, 60)!r}{hint}")
    file = f"{name}.toml"
    data = (resources.files("holdfast") / "impairments" / file).read_bytes()
    return _finished(convert_table(parse_toml(data, file), Impairment, file), file)


def impairment_of(table: Mapping[str, Any], where: str) -> Impairment:
    """Turn a table, as a file or a request holds it, into an impairment.

    Raises:
        ConfigError: At the first unknown key or wrong value.
    """
    return _finished(convert_table(table, Impairment, where), where)


def _finished(impairment: Impairment, where: str) -> Impairment:
    if impairment.is_nothing and impairment.title == "":
        raise config_error(where, "", "says nothing: give a title or the table of a model")
    return impairment
