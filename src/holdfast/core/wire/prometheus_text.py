"""Prometheus text to canonical values.

Laws:
    - No body raises: a bad one gives a clause.
    - Of several samples of one name, the one without labels counts, else the first.
    - NaN and infinities are left out.

Source: Prometheus text exposition format 0.0.4; OpenMetrics 1.0 is read as far as it agrees.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from holdfast.core.redact import printable
from holdfast.core.wire.health_json import Reading, Value, split_scale

__all__ = ["MetricNames", "compile_metric_names", "read_metrics"]

MetricNames = Mapping[str, tuple[str, float | None]]
"""Canonical names to metric name and scale; made by :func:`compile_metric_names`."""

MAX_LINE: Final = 4_096
"""The parser's time grows with the square of a line's length."""
MAX_LINES: Final = 20_000
_CLAUSE: Final = 120


def compile_metric_names(samples: Mapping[str, str]) -> MetricNames:
    """Prepare a profile's ``metric_samples``; a name may end in ``*SCALE``.

    Raises:
        ConfigError: If a name is empty or a scale is no finite number.
    """
    return {key: split_scale(f"metric_samples.{key}", name) for key, name in samples.items()}


def read_metrics(body: bytes, names: MetricNames) -> Reading:
    """Read one answer.

    Args:
        body: The whole body; its size was bounded where it was received.
        names: Which metrics to take.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as exc:
        return Reading(fault=f"not UTF-8 at byte {exc.start}")
    fault = _fault(text)
    if fault:
        return Reading(fault=fault)
    found: dict[str, float] = {}
    plain: dict[str, float] = {}
    count = 0
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                count += 1
                found.setdefault(sample.name, sample.value)
                if not sample.labels:
                    plain.setdefault(sample.name, sample.value)
    except Exception as exc:  # noqa: BLE001  # isolation boundary: a foreign parser on hostile text
        return Reading(fault=f"not Prometheus text: {printable(str(exc), _CLAUSE)}")
    if not count:
        return Reading(fault="Prometheus text without a sample")
    found.update(plain)
    return Reading(values=_pick(found, names))


def _fault(text: str) -> str:
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        return f"more than {MAX_LINES} lines"
    longest = max(map(len, lines))
    return f"a line of {longest} characters, limit {MAX_LINE}" if longest > MAX_LINE else ""


def _pick(found: Mapping[str, float], names: MetricNames) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, (name, scale) in names.items():
        # The parser appends _total to a counter that lacks it.
        number = found.get(name, found.get(f"{name}_total"))
        if number is None:
            continue
        try:
            scaled = float(number) if scale is None else float(number) * scale
        except OverflowError:
            continue
        if math.isfinite(scaled):
            values[key] = scaled
    return values
