"""The interactive charts as Plotly figures, plain data for the page's script.

Laws:
    - Answers are thinned for display by the least and the greatest of each bin;
      failures never are.
    - Colours are names of the page's own palette (``"--ping"``); its script puts the
      values of the light or dark scheme in.
    - Text from outside passes ``plotly_text``: Plotly reads some HTML in its labels.
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from holdfast.adapters.render.grouping import cause_spans
from holdfast.adapters.render.lanes import ordered_targets, target_title
from holdfast.adapters.render.timeline import WIDTH, merged
from holdfast.adapters.render.wording import FAMILIES, OUTCOME_WORDS, seconds
from holdfast.core.journal.events import Outcome
from holdfast.core.measure.gaps import continuity, data_instants_s, gap_limit_s
from holdfast.core.redact import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.core.explain.finding import Finding
    from holdfast.core.measure.run import ProbeTable, RunView

__all__ = ["ORIGIN_MS", "Figure", "distribution_figure", "plotly_text", "thinned", "time_figure"]

ORIGIN_MS: Final = 946_684_800_000.0
"""Where the run begins on Plotly's time axis: the year 2000. From 0, whole seconds would
become whole numbers like 2000 or 5000, which Plotly takes for years."""

_Moments = TypeVar("_Moments", float, "NDArray[np.float64]")

_BINS: Final = 1_500
"""Bins across a chart, about one a pixel of a wide screen."""

_COLOURS: Final = {
    "icmp": "--icmp",
    "control": "--control",
    "ping": "--ping",
    "health": "--health",
}
_SYMBOLS: Final = {
    Outcome.CONNECT_TIMEOUT: "x",
    Outcome.CONNECT_REFUSED: "square-x-open",
    Outcome.CONNECT_FAIL_FAST: "diamond-x-open",
    Outcome.NO_RESPONSE: "triangle-up",
    Outcome.TOO_SLOW: "triangle-up-open",
    Outcome.EARLY_CLOSE: "triangle-down",
    Outcome.RESET: "triangle-down-open",
    Outcome.BAD_STATUS: "hash",
    Outcome.BAD_BODY: "square-open",
}
"""A failure is told from others by its sign as well as by its colour."""

_MESSAGES: Final = "Stream: time between messages"
_BYTES: Final = "Stream: bytes received"

_Json = dict[str, Any]  # Plotly's own schema


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart for the page.

    Attributes:
        key: Id of its element.
        title: What it shows.
        description: The same for those who cannot see it.
        height: Pixels.
        spec: ``{"data": [...], "layout": {...}}``.
    """

    key: str
    title: str
    description: str
    height: int
    spec: _Json


def plotly_text(text: str, limit: int = 80) -> str:
    """Return ``text`` such that Plotly shows it letter by letter and interprets nothing."""
    shown = html.escape(printable(text, limit), quote=False)
    return shown.replace("%{", "% {").replace("$", "&#36;")


def thinned(
    at_s: NDArray[np.float64], value: NDArray[np.float64], bins: int = _BINS
) -> NDArray[np.int64]:
    """Return the rows to draw: of each bin of time the least and the greatest value.

    Args:
        at_s: Ascending moments, shape ``(n,)``.
        value: Finite values, shape ``(n,)``.
        bins: How many bins; with at most twice as many rows, all are returned.

    Returns:
        Ascending row numbers, at most ``2 * bins``.
    """
    if len(at_s) <= 2 * bins:
        return np.arange(len(at_s))
    width_s = max(float(at_s[-1] - at_s[0]), 1e-9) / bins
    place = np.minimum(((at_s - at_s[0]) / width_s).astype(int), bins - 1)
    order = np.lexsort((value, place))
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    last = np.append(first[1:], len(order)) - 1
    return np.unique(np.concatenate((order[first], order[last])))


def _column(values: NDArray[np.float64]) -> _Json:
    """Return a column in Plotly's compact form: base64 of little-endian doubles."""
    data = np.ascontiguousarray(values, dtype="<f8").tobytes()
    return {"dtype": "f8", "bdata": base64.b64encode(data).decode("ascii")}


def _times(at_s: NDArray[np.float64]) -> _Json:
    return _column(_moment(at_s))


def _moment(at_s: _Moments) -> _Moments:
    """Return moments as milliseconds on Plotly's time axis."""
    return ORIGIN_MS + at_s * 1000.0


class _Panels:
    """Charts above each other under one time axis."""

    def __init__(self) -> None:
        self.data: list[_Json] = []
        self.axes: list[tuple[int, _Json]] = []
        self.titles: list[str] = []

    def add(self, title: str, height: int, axis: _Json, traces: list[_Json]) -> None:
        """Put a panel below those there are; without traces, nothing is added."""
        if not traces:
            return
        number = "" if not self.axes else str(len(self.axes) + 1)
        self.axes.append((height, axis))
        self.titles.append(title)
        self.data += [trace | {"yaxis": f"y{number}"} for trace in traces]

    def axis_of(self, *titles: str) -> str:
        """Return the name of the axis of the first panel that has one of ``titles``."""
        places = [i for i, title in enumerate(self.titles) if title in titles]
        return "" if not places else f"y{places[0] + 1}" if places[0] else "y"

    def layout(self) -> _Json:
        """Return axes with their shares of the height, top to bottom, and panel titles."""
        gap = 46  # pixels between panels: room for a title
        total = self.height
        layout: _Json = {"annotations": []}
        top = float(total)
        for i, ((height, axis), title) in enumerate(zip(self.axes, self.titles, strict=True)):
            low = top - gap - height
            domain = [max(0.0, low / total), (top - gap) / total]
            layout[f"yaxis{i + 1 if i else ''}"] = axis | {"domain": domain}
            layout["annotations"].append(
                {
                    "text": f"<b>{title}</b>",
                    "x": 0, "xref": "paper", "xanchor": "left",
                    "y": domain[1], "yref": "paper", "yanchor": "bottom", "yshift": 6,
                    "showarrow": False, "font": {"size": 13},
                }
            )  # fmt: skip
            top = low
        layout["xaxis"] = {"type": "date", "anchor": self.axis_of(self.titles[-1])}
        return layout

    @property
    def height(self) -> int:
        return sum(height + 46 for height, _ in self.axes)


def time_figure(run: RunView, findings: Sequence[Finding]) -> Figure | None:
    """Return answer times, stream, heap and signal under one time axis; ``None`` if empty."""
    panels = _Panels()
    answers = [
        t
        for target in ordered_targets(run.targets)
        for t in _answer_traces(target, run.probes(target))
    ]
    answers.sort(key=lambda trace: "legendgroup" in trace)
    named: set[str] = set()
    for trace in answers:
        trace["showlegend"] = trace["name"] not in named
        named.add(trace["name"])
    panels.add("Time to answer", 260, _log_axis(), answers)
    panels.add(_MESSAGES, 120, _log_axis(1.0, 100.0), _message_traces(run))
    panels.add(_BYTES, 110, {"ticksuffix": "B/s"}, _activity_traces(run))
    heap = [
        _line(run, "heap_free_bytes", "free heap", "--ping"),
        _line(run, "heap_largest_bytes", "largest free block", "--health"),
        _line(run, "heap_min_bytes", "least free since boot", "--control"),
    ]
    panels.add("Heap", 130, {"ticksuffix": "B", "tickformat": "~s"}, [t for t in heap if t])
    rssi = _line(run, "rssi_dbm", "signal strength", "--icmp")
    _, dbm = _series(run, "rssi_dbm")
    around = {"range": [float(dbm.min()) - 3, float(dbm.max()) + 3], "nticks": 5} if rssi else {}
    panels.add("Signal strength (dBm)", 110, around, [rssi] if rssi else [])
    if not panels.axes:
        return None
    layout = panels.layout()
    layout["shapes"] = _shading(run, findings, panels.axis_of(_MESSAGES, _BYTES))
    hours = "%-H:%M:%S" if run.end_s >= 3_600 else "%-M:%S"
    clock = f"day %-j, {hours}" if run.end_s > 86_400 else hours
    layout["xaxis"] |= {
        "range": [ORIGIN_MS, _moment(run.end_s)],
        "hoverformat": clock,
        "tickformatstops": [
            {"dtickrange": [None, 999], "value": f"{clock}.%L"},
            {"dtickrange": [1000, None], "value": clock},
        ],
    }
    words = "; ".join(panels.titles)
    return Figure("over-time", "Over time", words, panels.height + 40, _spec(panels.data, layout))


def _spec(data: list[_Json], layout: _Json) -> _Json:
    return {"data": data, "layout": layout}


def _log_axis(low_s: float = 1e-4, high_s: float = 1e4) -> _Json:
    """Return a logarithmic axis of seconds with units at its ticks.

    Args:
        low_s: Least value on it, above 0.
        high_s: Greatest; less than three decades above, there are ticks at 2 and 5 too.
    """
    steps = (1, 2, 5) if high_s < 800 * low_s else (1,)
    values = [step * 10.0**power for power in range(-5, 5) for step in steps]
    words = [f"{v * 1000:g} ms" if v < 1 else f"{v:,.0f} s" for v in values]
    return {"type": "log", "tickvals": values, "ticktext": words}


def _answer_traces(target: str, table: ProbeTable) -> list[_Json]:
    """Return the dots of answers, thinned, and of each way to fail, all of them."""
    colour, name = _COLOURS.get(target, "--other"), plotly_text(target_title(target))
    took_s = table.first_byte_s if target in ("icmp", "control") else table.total_s
    traces = []
    ok = np.flatnonzero(table.is_ok & np.isfinite(took_s) & (took_s > 0))
    rows = ok[thinned(table.at_s[ok], took_s[ok])]
    if len(rows):
        dots = {"size": 4 if target == "control" else 5, "color": colour, "opacity": 0.75}
        traces.append(_dots(table.at_s[rows], took_s[rows], name, dots))
    for outcome in Outcome:
        mask = table.has(outcome)
        if outcome.is_ok or outcome is Outcome.NOT_PERMITTED or not mask.any():
            continue
        waited_s = np.maximum(table.total_s[mask], 1e-4)  # a logarithmic axis knows no 0
        colour, symbol = f"--{FAMILIES[outcome]}", _SYMBOLS.get(outcome, "x-open")
        marker = {"size": 9, "color": colour, "symbol": symbol}
        words = OUTCOME_WORDS[outcome]
        failed = _dots(table.at_s[mask], waited_s, words, marker) | {"legendgroup": outcome.value}
        failed["hovertemplate"] += f"<extra>{name}: {words}</extra>"
        traces.append(failed)
    return traces


def _dots(at_s: NDArray[np.float64], value: NDArray[np.float64], name: str, marker: _Json) -> _Json:
    return {
        "type": "scatter", "mode": "markers", "name": name, "marker": marker,
        "x": _times(at_s), "y": _column(value),
        "hovertemplate": "%{x}, %{y:.3~s}s",
    }  # fmt: skip


def _message_traces(run: RunView) -> list[_Json]:
    at_s = data_instants_s(run)
    if len(at_s) < 2:
        return []
    between_s = np.maximum(np.diff(at_s), 1e-4)
    rows = thinned(at_s[1:], between_s)
    limit_s = gap_limit_s(run)
    edge = np.array([0.0, run.end_s])
    line = _dots(at_s[1:][rows], between_s[rows], "between messages", {})
    line |= {"mode": "lines", "line": {"width": 1.2, "color": "--stream"}}
    words = f"gap limit {seconds(limit_s)}"
    limit = _dots(edge, np.full(2, limit_s), words, {}) | {"mode": "lines", "hoverinfo": "skip"}
    limit["line"] = {"width": 1, "dash": "dot", "color": "--fail"}
    return [line, limit]


def _activity_traces(run: RunView) -> list[_Json]:
    """Return imported coarse activity, as steps of bytes a second."""
    spans = sorted(span for s in run.sessions for span in s.activity if span[1] > span[0])
    if not spans:
        return []
    table = np.array(spans, dtype=float)
    rate = table[:, 2] / (table[:, 1] - table[:, 0])
    rows = thinned(table[:, 0], rate)
    line = _dots(table[rows, 0], rate[rows], "bytes a second", {})
    line |= {"mode": "lines", "fill": "tozeroy", "hovertemplate": "%{x}, %{y:.3~s}B/s"}
    line["line"] = {"width": 1.2, "color": "--stream", "shape": "hv"}
    return [line]


def _series(run: RunView, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the samples of ``name`` that can be drawn: a device may tell infinity."""
    series = run.series(name)
    known = np.isfinite(series.value)
    return series.at_s[known], series.value[known]


def _line(run: RunView, name: str, words: str, colour: str) -> _Json | None:
    at_s, value = _series(run, name)
    if not len(at_s):
        return None
    rows = thinned(at_s, value)
    dots = _dots(at_s[rows], value[rows], words, {"size": 4, "color": colour})
    dots["line"] = {"width": 1.5, "color": colour, "shape": "hv"}
    unit = " dBm" if name == "rssi_dbm" else "B"
    form = "%{y}" if name == "rssi_dbm" else "%{y:.4~s}"
    mode = "lines+markers" if len(rows) <= 300 else "lines"
    return dots | {"mode": mode, "hovertemplate": "%{x}, " + form + unit}


def _shading(run: RunView, findings: Sequence[Finding], stream_axis: str) -> list[_Json]:
    """Return the grounds of warm-up and causes over all panels, of gaps over the stream's."""
    causes = cause_spans(findings, run.end_s)
    grounds = [(from_s, to_s, "--cause-ground", "paper") for from_s, to_s in causes]
    if 0 < run.header.warmup_s < run.end_s:
        grounds.append((0.0, run.header.warmup_s, "--warmup-ground", "paper"))
    gaps = continuity(run, 0.0, run.end_s)
    if gaps is not None and stream_axis:
        scale_s = run.end_s / WIDTH
        for x, width in merged(gaps.at_s, gaps.at_s + gaps.for_s, run.end_s):
            span = (x * scale_s, (x + width) * scale_s)
            grounds.append((*span, "--gap-ground", f"{stream_axis} domain"))
    return [
        {
            "type": "rect", "layer": "below", "xref": "x", "yref": yref, "y0": 0, "y1": 1,
            "x0": _moment(a), "x1": _moment(b), "fillcolor": colour, "line": {"width": 0},
        }
        for a, b, colour, yref in grounds
    ]  # fmt: skip


def distribution_figure(run: RunView) -> Figure | None:
    """Return which share of all requests had connected, and was answered, within which time.

    Failures count as never: a curve ends at the share that was answered at all.
    """
    traces: list[_Json] = []
    for target in ordered_targets(run.targets):
        table, colour = run.probes(target), _COLOURS.get(target, "--other")
        name = plotly_text(target_title(target))
        sent = len(table) - int(table.has(Outcome.NOT_PERMITTED).sum())
        is_icmp = target in ("icmp", "control")
        answer_s = table.first_byte_s if is_icmp else table.total_s
        traces += _share(answer_s[table.is_ok], sent, name, {"color": colour, "width": 2})
        if not is_icmp:
            line = {"color": colour, "width": 1.5, "dash": "dot"}
            traces += _share(table.connect_s, sent, f"{name}, connected", line)
    if not traces:
        return None
    levels = [{
        "type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1,
        "y0": y, "y1": y, "line": {"width": 1, "dash": "dot", "color": "--muted"},
    } for y in (50, 95, 99)]  # fmt: skip
    yaxis = {
        "range": [0, 101],
        "ticksuffix": " %",
        "tickvals": [0, 25, 50, 75, 95, 99],
        "tickfont": {"size": 11},
    }
    layout = {"xaxis": _log_axis(), "yaxis": yaxis, "shapes": levels}
    words = "share of all requests answered within a time, on a logarithmic axis"
    return Figure("distribution", "How long answers took", words, 400, _spec(traces, layout))


def _share(took_s: NDArray[np.float64], sent: int, name: str, line: _Json) -> list[_Json]:
    known = np.sort(took_s[np.isfinite(took_s) & (took_s > 0)])
    if not len(known):
        return []
    rows = np.unique(np.linspace(0, len(known) - 1, 400).round().astype(int))
    trace = {
        "type": "scatter", "mode": "lines", "name": name, "line": line | {"shape": "hv"},
        "x": _column(known[rows]), "y": _column((rows + 1) / sent * 100.0),
        "hovertemplate": "%{y:.1f} % within %{x:.3~s}s",
    }  # fmt: skip
    return [trace]
