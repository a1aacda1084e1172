"""Criteria: when a link is good enough, as data.

A criterion compares one measure (``core.measure.summary`` lists them) with a limit.
As text it reads ``stream.continuity >= 0.99``, ``ping.p95_s < 200ms over 60s abort``.
"""

from __future__ import annotations

import difflib
import math
import re
from typing import Final

from msgspec import Struct

from holdfast.core.measure.summary import ALL, MEASURES
from holdfast.errors import ConfigError

__all__ = [
    "OPERATORS",
    "Criterion",
    "check_criterion",
    "default_criteria",
    "format_criterion",
    "parse_criterion",
]

OPERATORS = ("<", "<=", ">", ">=", "==")
"""Comparisons that a criterion may use."""


class Criterion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that must hold.

    Attributes:
        measure: Name of a measure, e.g. ``"stream.continuity"``.
        operator: One of ``OPERATORS``: measure operator limit must be true.
        limit: SI units.
        window_s: Judge only the last so many seconds; ``None`` for the whole run
            after warm-up.
        abort: Stop the run early as soon as it is missed (judged after warm-up).
        why: Where the number comes from.
    """

    measure: str
    operator: str
    limit: float
    window_s: float | None = None
    abort: bool = False
    why: str = ""


_UNITS: Final = {
    "s": {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0},
    "ratio": {"%": 0.01},
    "bytes": {"B": 1.0, "kB": 1e3, "KiB": 1024.0, "MB": 1e6, "MiB": 1024.0**2},
    "bytes/s": {"B/s": 1.0, "kB/s": 1e3, "kB/min": 1e3 / 60.0},
    "Hz": {"Hz": 1.0, "/s": 1.0},
    "dBm": {"dBm": 1.0},
    "count": {},
}
"""Units that a limit may carry, by the measure's unit; without one it is SI."""

_MAX_CHARS: Final = 200
"""A longer text is no criterion; it is not echoed either."""

_FORM: Final = re.compile(
    r"\s*(?P<measure>[A-Za-z][\w.]*)\s*(?P<operator><=|>=|==|<|>)\s*"
    r"(?P<number>[-+]?\d{1,15}(?:\.\d{1,15})?(?:[eE][-+]?\d{1,2})?)\s*"
    r"(?P<unit>(?!abort|over)[A-Za-z%/]*)"
    r"(?:\s+over\s+(?P<window>\d{1,9}(?:\.\d{1,6})?)\s*(?P<window_unit>ms|s|m|min|h))?"
    r"(?P<abort>\s+abort)?\s*",
    re.ASCII,
)


def parse_criterion(text: str, *, key: str = "require", why: str = "") -> Criterion:
    """Read a criterion as people write it.

    Args:
        text: ``MEASURE OPERATOR LIMIT[UNIT] [over DURATION] [abort]``.
        key: Name of the option or TOML key, for the error.
        why: Where the number comes from.

    Raises:
        ConfigError: If it is not of that form, or names an unknown measure or unit.
    """
    found = _FORM.fullmatch(text) if len(text) <= _MAX_CHARS else None
    if found is None:
        shown = text if len(text) <= _MAX_CHARS else f"{len(text)} characters"
        form = "MEASURE OPERATOR LIMIT, e.g. 'stream.continuity >= 0.99'"
        raise ConfigError(key, f"must be {form}, got {shown!r}")
    measure, unit = found["measure"], found["unit"]
    units = _UNITS[_unit_of(measure, key)]
    if unit and unit not in units:
        allowed = ", ".join(units) if units else "no unit"
        raise ConfigError(key, f"{measure} takes {allowed}, got {unit!r}")
    criterion = Criterion(
        measure=measure,
        operator=found["operator"],
        limit=float(found["number"]) * units.get(unit, 1.0),
        window_s=float(found["window"]) * _UNITS["s"][found["window_unit"]]
        if found["window"]
        else None,
        abort=found["abort"] is not None,
        why=why,
    )
    check_criterion(criterion, key=key)
    return criterion


def check_criterion(criterion: Criterion, *, key: str = "criteria") -> None:
    """Refuse a criterion that cannot be judged.

    Args:
        criterion: From anywhere, e.g. a profile.
        key: Name of the option or TOML key, for the error.

    Raises:
        ConfigError: If its measure or operator is unknown, its limit not finite, or its
            window not positive.
    """
    _unit_of(criterion.measure, key)
    if criterion.operator not in OPERATORS:
        raise ConfigError(
            f"{key}.operator", f"must be one of {' '.join(OPERATORS)}, got {criterion.operator!r}"
        )
    if not math.isfinite(criterion.limit):
        raise ConfigError(f"{key}.limit", f"must be finite, got {criterion.limit}")
    window_s = criterion.window_s
    if window_s is not None and not (math.isfinite(window_s) and window_s > 0.0):
        raise ConfigError(f"{key}.window_s", f"must be positive and finite, got {window_s}")


def format_criterion(criterion: Criterion) -> str:
    """Return the text that ``parse_criterion`` reads back as this criterion."""
    window = "" if criterion.window_s is None else f" over {criterion.window_s:.6f}s"
    abort = " abort" if criterion.abort else ""
    return f"{criterion.measure} {criterion.operator} {criterion.limit!r}{window}{abort}"


def default_criteria(
    plan: str, *, duration_s: float = 600.0, has_stream: bool = True, has_health: bool = False
) -> tuple[Criterion, ...]:
    """Return what document 000 asks of a link, as far as a plan can show it.

    Args:
        plan: ``general``, ``a`` (stream only) or ``b`` (stream and sparse pings).
        duration_s: Planned length of the run.
        has_stream: Whether the plan opens a stream.
        has_health: Whether the plan asks for health (only ``general`` does).
    """
    # A stream that needs a moment to open cannot be older than the run less that moment.
    held_s = 0.99 * min(600.0, duration_s)
    rows: list[tuple[str, str, float, str]] = []
    if has_stream:
        rows += [
            ("stream.continuity", ">=", 0.99, "document 000: 99 %+ stream continuity"),
            ("stream.gap_max_s", "<=", 3.0, "document 000: no gaps above 3 seconds"),
            ("stream.longest_session_s", ">=", held_s, "document 000: one stream for 10 minutes"),
        ]
    if plan != "a":
        why = "document 000: short endpoints complete reliably when used sparingly"
        rows.append(("ping.ok_ratio", ">=", 0.99, why))
    if plan == "b":
        why = "document 000: no server-side resets at one request per 10 seconds"
        rows += [("http.reset_total", "==", 0.0, why), ("http.early_close_total", "==", 0.0, why)]
    if plan == "general" and has_health:
        why = "document 000: /health tells of Wi-Fi and transport errors"
        rows.append(("all.health.context_names_total", ">=", 1.0, why))
    return tuple(Criterion(measure=m, operator=o, limit=n, why=w) for m, o, n, w in rows)


def _unit_of(measure: str, key: str) -> str:
    """Return a measure's unit; refuse an unknown one, naming the nearest."""
    name = measure.removeprefix(ALL)
    if name in MEASURES:
        return MEASURES[name].unit
    shown = repr(measure[:_MAX_CHARS])
    nearest = difflib.get_close_matches(name[:_MAX_CHARS], MEASURES, n=1, cutoff=0.6)
    if nearest:
        raise ConfigError(key, f"unknown measure {shown}, did you mean {nearest[0]}?")
    groups = ", ".join(dict.fromkeys(n.partition(".")[0] for n in MEASURES))
    raise ConfigError(key, f"unknown measure {shown}, they begin with one of {groups}")
