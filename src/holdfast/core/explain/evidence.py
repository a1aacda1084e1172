"""Evidence: small constructors that turn rows and events into what a reader can check.

Confidence, too, comes from the evidence's amount: ``grown`` says how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from holdfast.core.explain.finding import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdfast.core.journal.events import LogLine, Probe, Sample, Stream
    from holdfast.core.measure.run import ProbeTable

__all__ = ["MAX_EVIDENCE", "grown", "of_event", "of_row", "of_value", "spread"]

MAX_EVIDENCE: Final = 12
"""A reader checks a handful of lines; the journal has the rest."""

_MAX_TEXT: Final = 300


def of_value(
    text: str,
    metric: str | None = None,
    *,
    observed: float | None = None,
    limit: float | None = None,
    source: str = "",
    at_s: float | None = None,
) -> Evidence:
    """Return evidence that sums up many events."""
    return Evidence(
        text=text[:_MAX_TEXT],
        source=source,
        at_s=at_s,
        metric=metric,
        observed=observed,
        limit=limit,
    )


def of_event(
    event: Probe | Stream | Sample | LogLine,
    text: str,
    metric: str | None = None,
    *,
    observed: float | None = None,
    limit: float | None = None,
) -> Evidence:
    """Return evidence that points at one event of the journal."""
    return Evidence(
        text=text[:_MAX_TEXT],
        source=event.source,
        seq=event.seq or None,
        at_s=event.at_s,
        metric=metric,
        observed=observed,
        limit=limit,
    )


def of_row(
    table: ProbeTable,
    row: int,
    text: str,
    metric: str | None = None,
    *,
    observed: float | None = None,
    limit: float | None = None,
) -> Evidence:
    """Return evidence that points at one row of a probe table."""
    return Evidence(
        text=text[:_MAX_TEXT],
        source="probe",
        seq=int(table.seq[row]) or None,
        at_s=float(table.at_s[row]),
        metric=metric,
        observed=observed,
        limit=limit,
    )


def spread(rows: Iterable[int], most: int) -> list[int]:
    """Return at most ``most`` of ``rows``, first and last included, evenly between."""
    every = [int(row) for row in rows]
    if len(every) <= most:
        return every
    if most == 1:
        return every[:1]
    return [every[round(i * (len(every) - 1) / (most - 1))] for i in range(most)]


def grown(low: float, high: float, count: float, half: float) -> float:
    """Return a confidence between ``low`` and ``high`` that grows with the evidence.

    Args:
        low: For no evidence at all, 0 to 1.
        high: For endless evidence, 0 to 1.
        count: How much there is.
        half: How much makes half of the way; more than 0.

    Returns:
        The confidence, rounded to two digits.
    """
    share = 1.0 - float(0.5 ** (max(count, 0.0) / half))
    return round(low + (high - low) * share, 2)
