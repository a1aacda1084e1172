"""The timeline as geometry: what the template draws as SVG, without any script.

Across, everything is in percent of the run or in ``WIDTH`` units of it, so that one
drawing fits a phone and a wide screen; down, in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.adapters.render.grouping import cause_spans, grouped, period
from holdfast.adapters.render.lanes import KINDS, Lane, Marks, lanes
from holdfast.adapters.render.wording import stamp
from holdfast.core.explain.finding import FindingKind
from holdfast.core.redact import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.core.explain.finding import Finding
    from holdfast.core.measure.run import RunView

__all__ = ["WIDTH", "Bar", "Row", "Shape", "Timeline", "axis_ticks", "merged", "timeline"]

WIDTH: Final = 2000
"""Units across the run: finer than any screen, coarse enough to keep a day's page small."""

_WIDE: Final = 1_150
"""Width of the drawing on a wide screen, pixels."""
_LANE_HEIGHT: Final = 46
_FINDING_HEIGHT: Final = 24
_AXIS_HEIGHT: Final = 22
_STEPS_S: Final = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800,
    3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
)  # fmt: skip

_FORM: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "ok": ((6, 6),),
    "late": ((3, 12),),
    "unconnected": ((0, 18),),
    "silent": ((0, 10),),
    "cut": ((8, 10),),
    "wrong": ((0, 6), (12, 6)),
    "unseen": ((8, 2),),
    "open": ((6, 6),),
    "refused": ((0, 18),),
    "ended": ((0, 18),),
    "torn": ((0, 6), (12, 6)),
    "error": ((0, 18),),
    "warning": ((3, 12),),
    "info": ((6, 6),),
    "boot": ((0, 18),),
    "clock": ((0, 18),),
}
"""Each kind's strips, ``(top, height)`` of the 18 px bar: told apart without colour."""


@dataclass(frozen=True, slots=True)
class Shape:
    """All marks of one kind in one lane.

    Attributes:
        kind: A key of ``KINDS``.
        label: How many of what, for a tooltip.
        path: SVG path in ``WIDTH`` by 18 units; ``""`` for gaps.
        spans: ``(x, width)`` in percent, for gaps only: they are hatched, and a pattern
            must not be stretched.
    """

    kind: str
    label: str
    path: str = ""
    spans: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One lane: its texts and shapes; ``top`` is the top of its bar in pixels."""

    top: int
    title: str
    summary: str
    extra: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One finding's interval above the lanes; ``x`` and ``width`` in percent."""

    number: int
    top: int
    x: str
    width: str
    label: str
    title: str
    is_cause: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything the template needs.

    Attributes:
        height: Of the whole drawing, pixels.
        lanes_top: Where the lanes begin, pixels.
        axis_top: Where they end and the axis begins.
        span_s: Seconds that the full width stands for.
        warmup: Width of the warm-up in percent; ``""`` where there is none.
        ticks: ``(x in percent, label)``.
        bars: Findings.
        shades: ``(x, width)`` in percent of the times in which a cause holds.
        rows: Lanes.
        legend: ``(kind, words, strips)`` of the kinds that occur.
        description: The same in a sentence or two, for those who cannot see it.
    """

    height: int
    lanes_top: int
    axis_top: int
    span_s: float
    warmup: str
    ticks: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]
    shades: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    legend: tuple[tuple[str, str, tuple[tuple[float, float], ...]], ...]
    description: str


def timeline(run: RunView, findings: Sequence[Finding]) -> Timeline:
    """Lay out the timeline of ``run``; findings are numbered as ``grouped`` numbers them."""
    span_s = max(run.end_s, 1e-3)
    bars, depth = _bars(findings, span_s)
    lanes_top = depth * _FINDING_HEIGHT + (8 if depth else 0)
    found = lanes(run)
    rows = tuple(
        _row(lane, lanes_top + i * _LANE_HEIGHT + 22, span_s) for i, lane in enumerate(found)
    )
    axis_top = lanes_top + len(rows) * _LANE_HEIGHT + 4
    kinds = {shape.kind for row in rows for shape in row.shapes}
    warmup_s = min(run.header.warmup_s, span_s)
    return Timeline(
        height=axis_top + _AXIS_HEIGHT,
        lanes_top=lanes_top,
        axis_top=axis_top,
        span_s=span_s,
        warmup=_percent(warmup_s, span_s) if 0 < warmup_s < span_s else "",
        ticks=tuple((_percent(at, span_s), stamp(at)) for at in axis_ticks(span_s)),
        bars=bars,
        shades=tuple(
            (_percent(a, span_s), _percent(b - a, span_s)) for a, b in cause_spans(findings, span_s)
        ),
        rows=rows,
        legend=tuple((k, words, _FORM.get(k, ())) for k, words in KINDS.items() if k in kinds),
        description="; ".join(f"{lane.title}: {lane.summary}" for lane in found),
    )


def axis_ticks(span_s: float) -> list[float]:
    """Return round moments from 0, at most 8 of them, for an axis of ``span_s`` seconds."""
    step_s = next((s for s in _STEPS_S if span_s / s <= 7), 0) or 86_400 * -(-span_s // 604_800)
    return [step_s * i for i in range(int(span_s // step_s) + 1)]


def merged(
    from_s: NDArray[np.float64], to_s: NDArray[np.float64], span_s: float
) -> list[tuple[int, int]]:
    """Return the marks as ``(x, width)`` in units, those that touch joined; none is lost.

    Args:
        from_s: Starts in ascending order, shape ``(n,)``.
        to_s: Ends, shape ``(n,)``.
        span_s: Seconds that ``WIDTH`` units stand for.
    """
    if not len(from_s):
        return []
    start = np.clip(np.floor(from_s / span_s * WIDTH), 0, WIDTH - 1).astype(int)
    end = np.clip(np.ceil(to_s / span_s * WIDTH).astype(int), start + 1, WIDTH)
    reach = np.maximum.accumulate(end)
    first = np.flatnonzero(np.concatenate(([True], start[1:] > reach[:-1])))
    last = np.append(first[1:], len(start)) - 1
    return [(int(a), int(b - a)) for a, b in zip(start[first], reach[last], strict=True)]


def _percent(value_s: float, span_s: float) -> str:
    return f"{min(max(value_s / span_s, 0.0), 1.0) * 100:.3f}%"


def _row(lane: Lane, top: int, span_s: float) -> Row:
    return Row(
        top, lane.title, lane.summary, lane.extra, tuple(_shape(m, span_s) for m in lane.marks)
    )


def _shape(marks: Marks, span_s: float) -> Shape:
    label = f"{KINDS[marks.kind]}: {len(marks.from_s):,}"
    if marks.kind == "gap":
        spans = tuple(
            (_percent(a, span_s), _percent(b - a, span_s))
            for a, b in zip(marks.from_s, marks.to_s, strict=True)
        )
        return Shape(marks.kind, label, spans=spans)
    path = "".join(
        f"M{x} {top}h{width}v{height}h-{width}z"
        for x, width in merged(marks.from_s, marks.to_s, span_s)
        for top, height in _FORM[marks.kind]
    )
    return Shape(marks.kind, label, path=path)


def _bars(findings: Sequence[Finding], span_s: float) -> tuple[tuple[Bar, ...], int]:
    """Stack the findings' intervals so that none covers another; give them and the depth."""
    ends: list[float] = []
    bars = []
    rows = [(g.number, f) for g in grouped(findings) for f in (g.chief, *g.others)]
    for number, finding in rows:
        level = next((i for i, end in enumerate(ends) if finding.from_s >= end), len(ends))
        # A bar shows at least its number: about 2 % of the narrowest drawing.
        end_s = max(finding.to_s, finding.from_s + 0.03 * span_s)
        ends[level : level + 1] = [end_s]
        start_s = min(finding.from_s, 0.97 * span_s)
        words = f"{printable(finding.title, 200)} ({period(finding.from_s, finding.to_s)})"
        share = (min(end_s, span_s) - start_s) / span_s
        has_room = share * _WIDE >= 7 * len(finding.code) + 30  # pixels: letters, edges
        bars.append(
            Bar(
                number=number,
                top=level * _FINDING_HEIGHT,
                x=_percent(start_s, span_s),
                width=_percent(min(end_s, span_s) - start_s, span_s),
                label=printable(finding.code, 60) if has_room else "",
                title=words,
                is_cause=finding.kind is FindingKind.CAUSE,
            )
        )
    return tuple(bars), len(ends)
