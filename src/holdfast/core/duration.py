"""Durations as people write them: ``500ms``, ``30s``, ``10m``, ``24h``, ``1h30m``."""

from __future__ import annotations

import re
from typing import Final

from holdfast.errors import ConfigError

__all__ = ["format_duration", "parse_duration_s"]

_UNIT_S: Final = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
"""Units in the order in which they may follow each other."""

_WHOLE: Final = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|[dhms]))+\Z")
_PART: Final = re.compile(r"([0-9.]+)(ms|[dhms])")


def parse_duration_s(
    text: str, key: str, *, low_s: float = 0.0, high_s: float = 365 * 86_400.0
) -> float:
    """Return the seconds that ``text`` means.

    Args:
        text: One or more numbers with a unit each, from the largest unit to the
            smallest: ``1h30m``, ``2.5s``.
        key: Name of the option, for the refusal.
        low_s: Shortest duration allowed, in seconds.
        high_s: Longest duration allowed, in seconds.

    Raises:
        ConfigError: If it is no duration, or out of range.
    """
    shown = repr(text if len(text) <= 40 else f"{text[:39]}…")
    if not _WHOLE.match(text):
        hint = "; a number needs a unit" if re.fullmatch(r"[0-9.]+", text) else ""
        raise ConfigError(
            key, f"must be a duration like 500ms, 30s, 10m or 1h30m, got {shown}{hint}"
        )
    parts = _PART.findall(text)
    order = [list(_UNIT_S).index(unit) for _, unit in parts]
    if order != sorted(set(order)):
        raise ConfigError(key, f"must go from large units to small, each once, got {shown}")
    seconds = sum(float(number) * _UNIT_S[unit] for number, unit in parts)
    if not low_s <= seconds <= high_s:
        allowed = f"{format_duration(low_s)} to {format_duration(high_s)}"
        raise ConfigError(key, f"must be within {allowed}, got {shown}")
    return seconds


def format_duration(seconds: float) -> str:
    """Return ``seconds`` in the form that ``parse_duration_s`` reads, to the millisecond."""
    left = round(seconds * 1000)
    if left == 0:
        return "0s"
    parts = []
    for unit, unit_s in _UNIT_S.items():
        count, left = divmod(left, round(unit_s * 1000))
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
