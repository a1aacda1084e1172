"""Numbers in words for people: durations, units, outcomes, confidence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from holdfast.core.journal.events import Outcome
from holdfast.core.measure.summary import ALL, MEASURES
from holdfast.core.redact import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FAMILIES",
    "OUTCOME_WORDS",
    "confidence_words",
    "measured",
    "seconds",
    "slug_words",
    "stamp",
]

OUTCOME_WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.OK: "answered",
    Outcome.OK_LATE: "answered after the limit",
    Outcome.BAD_STATUS: "wrong status",
    Outcome.BAD_BODY: "unexpected body",
    Outcome.CONNECT_TIMEOUT: "no connection within the limit",
    Outcome.CONNECT_REFUSED: "connection refused",
    Outcome.CONNECT_FAIL_FAST: "host or network unreachable",
    Outcome.NO_RESPONSE: "no answer within the limit",
    Outcome.EARLY_CLOSE: "closed before an answer",
    Outcome.RESET: "connection reset",
    Outcome.TOO_SLOW: "answer incomplete at the limit",
    Outcome.NAME_NOT_RESOLVED: "name not resolved",
    Outcome.NOT_HTTP: "answer is not HTTP",
    Outcome.NOT_PERMITTED: "not permitted on this machine",
}
"""What each outcome means, as a clause."""

FAMILIES: Final[Mapping[Outcome, str]] = {
    Outcome.OK: "ok",
    Outcome.OK_LATE: "late",
    Outcome.BAD_STATUS: "wrong",
    Outcome.BAD_BODY: "wrong",
    Outcome.NOT_HTTP: "wrong",
    Outcome.CONNECT_TIMEOUT: "unconnected",
    Outcome.CONNECT_REFUSED: "unconnected",
    Outcome.CONNECT_FAIL_FAST: "unconnected",
    Outcome.NAME_NOT_RESOLVED: "unconnected",
    Outcome.NO_RESPONSE: "silent",
    Outcome.TOO_SLOW: "silent",
    Outcome.EARLY_CLOSE: "cut",
    Outcome.RESET: "cut",
    Outcome.NOT_PERMITTED: "unseen",
}
"""How outcomes are drawn: few enough kinds to tell apart without colour."""

_CONFIDENCE: Final = (
    (0.95, "almost certain"),
    (0.80, "very likely"),
    (0.65, "likely"),
    (0.50, "more likely than not"),
    (0.30, "possible"),
)


def seconds(value_s: float | None) -> str:
    """Return a length of time as people write it: ``12.3 ms``, ``4.00 s``, ``2 min 5 s``."""
    if value_s is None or not math.isfinite(value_s):
        return "–"
    size = abs(value_s)
    if size == 0:
        return "0 s"
    if size < 0.00995:
        return f"{value_s * 1000:.2f} ms"
    if size < 0.0995:
        return f"{value_s * 1000:.1f} ms"
    if size < 0.9995:
        return f"{value_s * 1000:.0f} ms"
    if size < 9.995:
        return f"{value_s:.2f} s"
    if size < 59.95:
        return f"{value_s:.1f} s"
    return _long(value_s)


def _long(value_s: float) -> str:
    sign = "−" if value_s < 0 else ""
    whole = round(abs(value_s))
    parts = (
        (whole // 86_400, "d"),
        (whole % 86_400 // 3_600, "h"),
        (whole % 3_600 // 60, "min"),
        (whole % 60, "s"),
    )
    first = next(i for i, (count, _) in enumerate(parts) if count)
    return sign + " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def stamp(at_s: float) -> str:
    """Return a moment of the run as ``m:ss``, ``h:mm:ss`` from one hour on."""
    whole = max(0, int(at_s + 1e-6)) if math.isfinite(at_s) else 0
    hours, rest = divmod(whole, 3_600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def confidence_words(confidence: float) -> str:
    """Return a confidence of 0 to 1 in words."""
    return next((words for low, words in _CONFIDENCE if confidence >= low), "a hint")


def slug_words(slug: str) -> str:
    """Return a slug as words: ``host-unreachable`` is "host unreachable"."""
    return printable(slug.replace("-", " ").replace("_", " "), 80)


def measured(measure: str, value: float | None) -> str:
    """Return the value of a measure with its unit, ``–`` where it was not measured.

    Args:
        measure: Its name; ``MEASURES`` knows the unit, else the name's suffix tells.
        value: In that unit; ``None`` or NaN where nothing is known.
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    match _unit(measure):
        case "ratio":
            return _percent(value)
        case "s":
            return seconds(value)
        case "bytes":
            return _bytes(value)
        case "bytes/s":
            return f"{_bytes(value * 60)}/min"
        case "dBm":
            return f"{value:.0f} dBm".replace("-", "−")
        case "Hz":
            return f"{value:.3g}/s"
        case _:
            return _number(value)


def _unit(measure: str) -> str:
    known = MEASURES.get(measure.removeprefix(ALL))
    if known:
        return known.unit
    suffix = measure.rpartition("_")[2]
    return {"bytes": "bytes", "dbm": "dBm", "hz": "Hz"}.get(suffix, suffix)


def _number(value: float) -> str:
    text = f"{value:,.0f}" if value == round(value) else f"{value:.3g}"
    return text.replace("-", "−")


def _percent(value: float) -> str:
    """Never round a ratio below 1 up to 100 %: that would hide a failure."""
    percent = math.floor(value * 10_000 + 1e-6) / 100
    return f"{percent:.4g} %"


def _bytes(value: float) -> str:
    size = abs(value)
    if size < 1_000:
        text = f"{value:.0f} B"
    elif size < 1_000_000:
        text = f"{value / 1_000:.1f} kB"
    else:
        text = f"{value / 1_000_000:.2f} MB"
    return text.replace("-", "−")
