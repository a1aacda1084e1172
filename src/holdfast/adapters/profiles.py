"""Device profiles from TOML files: the shipped ones by name, a user's own by path."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Final

from msgspec import structs

from holdfast.adapters.toml_config import (
    config_error,
    convert_table,
    load_toml,
    nearest,
    parse_toml,
)
from holdfast.core.judge.criteria import check_criterion
from holdfast.core.profile import SAMPLE_NAMES, Profile, StreamSpec
from holdfast.errors import ConfigError

__all__ = ["load_profile", "shipped_profiles", "with_stream", "without_pause"]

_SAMPLE: Final = re.compile(r"[^*\s][^*]*(\*[0-9.eE+-]+)?\Z")
"""A dotted path, then maybe ``*SCALE``."""

_ERROR_SAMPLE: Final = re.compile(r"error_[a-z0-9_]+_total\Z")


def shipped_profiles() -> list[str]:
    """Return the names of the profiles that come with the package, in order."""
    folder = resources.files("holdfast") / "profiles"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if _is_toml(f.name))


def load_profile(name_or_path: str) -> Profile:
    """Load a shipped profile by name, or a file by its path.

    Anything that ends in ``.toml`` or contains a path separator is a path.

    Raises:
        ConfigError: If no profile has that name, or its file is wrong.
    """
    if _is_toml(name_or_path) or "/" in name_or_path or "\\" in name_or_path:
        path = Path(name_or_path)
        return _finished(load_toml(path, Profile), path.name)
    known = shipped_profiles()
    if name_or_path not in known:
        hint = nearest(name_or_path, known) or f"; known: {', '.join(known)}, or a .toml file"
        raise ConfigError("profile", f"no profile is called {name_or_path[:60]!r}{hint}")
    file = f"{name_or_path}.toml"
    data = (resources.files("holdfast") / "profiles" / file).read_bytes()
    return _finished(convert_table(parse_toml(data, file), Profile, file), file)


def with_stream(profile: Profile, kind: str) -> Profile:
    """Return ``profile`` with its stream of ``kind`` (``"sse"`` or ``"ws"``) as the one to use.

    Raises:
        ConfigError: If the device offers no such stream.
    """
    offered = [s for s in (profile.stream, *profile.alternatives) if s is not None]
    for stream in offered:
        if stream.kind == kind:
            others = tuple(s for s in offered if s is not stream)
            return structs.replace(profile, stream=stream, alternatives=others)
    kinds = ", ".join(s.kind for s in offered) or "none"
    raise ConfigError("stream", f"profile {profile.name} offers {kinds}, got {kind[:20]!r}")


def without_pause(profile: Profile) -> Profile:
    """Return ``profile`` without its shortest time between requests: for twins on loopback."""
    limits = structs.replace(profile.limits, min_request_interval_s=0.0)
    return structs.replace(profile, limits=limits)


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def _finished(profile: Profile, where: str) -> Profile:
    """Check what types cannot say, and read an interval of 0 as "on change only"."""
    _check(profile, where)
    alternatives = tuple(_on_change(s) for s in profile.alternatives)
    stream = profile.stream and _on_change(profile.stream)
    return structs.replace(profile, stream=stream, alternatives=alternatives)


def _on_change(stream: StreamSpec) -> StreamSpec:
    return structs.replace(stream, interval_s=stream.interval_s or None)


def _check(profile: Profile, where: str) -> None:
    for table, needs in (("samples", "health"), ("metric_samples", "metrics")):
        names: dict[str, str] = getattr(profile, table)
        if names and getattr(profile, needs) is None:
            raise config_error(where, table, f"needs a [{needs}] endpoint to read from")
        for name, source in names.items():
            _check_sample(name, source, where, f"{table}.{name}")
    for number, criterion in enumerate(profile.criteria):
        key = f"criteria[{number}]"
        try:
            check_criterion(criterion, key=key)
        except ConfigError as exc:
            raise config_error(where, exc.key, str(exc).removeprefix(f"{exc.key}: ")) from None
    for number, fingerprint in enumerate(profile.fingerprint):
        if not fingerprint.path and not fingerprint.mdns:
            raise config_error(where, f"fingerprint[{number}]", "needs a path or an mdns type")


def _check_sample(name: str, source: str, where: str, key: str) -> None:
    if name not in SAMPLE_NAMES and not _ERROR_SAMPLE.match(name):
        hint = nearest(name, SAMPLE_NAMES) or f"; known: {', '.join(SAMPLE_NAMES)}"
        raise config_error(where, key, f"is no sample's name{hint}")
    if not _SAMPLE.match(source):
        raise config_error(where, key, f"must be a dotted path or path*scale, got {source[:60]!r}")
