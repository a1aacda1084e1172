import base64
import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.render.examples import (
    HEADER,
    blocked_findings,
    blocked_run,
    healthy_run,
    http,
    icmp,
    numbered,
    stream,
)

from holdfast.adapters.render.charts import (
    ORIGIN_MS,
    distribution_figure,
    plotly_text,
    thinned,
    time_figure,
)
from holdfast.core.journal.events import Outcome, Sample, StreamWhat
from holdfast.core.measure.run import RunView


def view(*events, header=HEADER):
    return RunView(header, numbered(events))


def column(packed):
    assert packed["dtype"] == "f8"
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype="<f8")


def trace(figure, name):
    return next(t for t in figure.spec["data"] if t["name"] == name)


@given(st.lists(st.floats(0, 1e6), max_size=300), st.integers(1, 40))
def test_thinning_keeps_the_least_and_the_greatest(values, bins):
    value = np.array(values)
    rows = thinned(np.arange(float(len(value))), value, bins)
    assert len(rows) <= max(2 * bins, 0) or len(rows) == len(value)
    assert (np.diff(rows) > 0).all()
    if len(value):
        assert value[rows].max() == value.max()
        assert value[rows].min() == value.min()


def test_few_points_are_all_kept():
    assert thinned(np.arange(10.0), np.zeros(10), 5).tolist() == list(range(10))
    assert thinned(np.zeros(11), np.arange(11.0), 5).tolist() == [0, 10]


def test_no_failure_is_thinned_away():
    events = [
        http(float(n), "ping", Outcome.RESET if n % 3 == 0 else Outcome.OK) for n in range(12_000)
    ]
    figure = time_figure(view(*events), [])
    assert len(column(trace(figure, "connection reset")["x"])) == 4_000
    assert len(column(trace(figure, "HTTP ping")["x"])) <= 3_000


def test_times_are_milliseconds_since_a_year_that_plotly_takes_for_none_and_values_seconds():
    dots = trace(time_figure(view(http(1.5, "ping", took_s=0.25)), []), "HTTP ping")
    assert column(dots["x"]).tolist() == [ORIGIN_MS + 1500.0]
    assert column(dots["y"]).tolist() == [0.25]


def test_panels_are_what_the_run_has():
    def panels(run):
        return [a["text"] for a in time_figure(run, []).spec["layout"]["annotations"]]

    assert panels(blocked_run()) == [
        "<b>Time to answer</b>",
        "<b>Stream: time between messages</b>",
        "<b>Heap</b>",
        "<b>Signal strength (dBm)</b>",
    ]
    assert panels(view(icmp(0.0, 0.01), icmp(5.0, None))) == ["<b>Time to answer</b>"]
    active = stream(0.0, StreamWhat.ACTIVITY, for_s=5.0, size_bytes=1_000)
    imported = view(stream(0.0, StreamWhat.OPENING), active)
    assert panels(imported) == ["<b>Stream: bytes received</b>"]
    line = trace(time_figure(imported, []), "bytes a second")
    assert column(line["y"]).tolist() == [200.0]
    assert time_figure(view(), []) is None


def test_panels_share_the_height_without_overlap():
    layout = time_figure(blocked_run(), []).spec["layout"]
    domains = [layout[k]["domain"] for k in ("yaxis", "yaxis2", "yaxis3", "yaxis4")]
    flat = [edge for low, high in domains for edge in (high, low)]
    assert flat == sorted(flat, reverse=True)
    assert 0.0 <= flat[-1] < 0.01
    assert layout["xaxis"]["anchor"] == "y4"


def test_warm_up_causes_and_gaps_are_shaded():
    shapes = time_figure(blocked_run(), blocked_findings()).spec["layout"]["shapes"]
    spans = {
        (s["fillcolor"], s["yref"], (s["x0"] - ORIGIN_MS) / 1000, (s["x1"] - ORIGIN_MS) / 1000)
        for s in shapes
    }
    assert ("--cause-ground", "paper", 40.0, 340.0) in spans
    assert ("--warmup-ground", "paper", 0.0, 90.0) in spans
    gaps = [s for s in spans if s[0] == "--gap-ground"]
    assert {s[1] for s in gaps} == {"y2 domain"}
    assert len(gaps) == 2


def test_one_outcome_is_named_once_in_the_legend():
    figure = time_figure(view(*(http(0.0, t, Outcome.RESET) for t in ("ping", "health"))), [])
    shown = [(t["name"], t["showlegend"]) for t in figure.spec["data"]]
    assert shown == [("connection reset", True), ("connection reset", False)]
    extra = [t["hovertemplate"].partition("<extra>")[2] for t in figure.spec["data"]]
    assert extra == ["HTTP ping: connection reset</extra>", "HTTP health: connection reset</extra>"]


def test_the_clock_counts_hours_and_days_where_needed():
    def form(end_s):
        run = view(http(0.0, "ping"), http(end_s, "ping"))
        return time_figure(run, []).spec["layout"]["xaxis"]["hoverformat"]

    assert form(600.0) == "%-M:%S"
    assert form(3_600.0) == "%-H:%M:%S"
    assert form(90_000.0) == "day %-j, %-H:%M:%S"


def test_a_distribution_ends_at_the_share_that_was_answered_at_all():
    rows = [http(float(n), "ping", took_s=0.01 * (n + 1)) for n in range(3)]
    lost = http(9.0, "ping", Outcome.CONNECT_TIMEOUT, took_s=2.0, connect_s=None)
    figure = distribution_figure(view(*rows, lost))
    answered = trace(figure, "HTTP ping")
    assert column(answered["x"]).tolist() == pytest.approx([0.01, 0.02, 0.03])
    assert column(answered["y"]).tolist() == [25.0, 50.0, 75.0]
    assert column(trace(figure, "HTTP ping, connected")["y"])[-1] == 75.0


def test_nothing_answered_is_no_distribution():
    assert distribution_figure(view(icmp(0.0, None))) is None
    assert distribution_figure(view(http(0.0, "icmp", Outcome.NOT_PERMITTED))) is None


def test_a_distribution_of_many_is_thinned_but_keeps_its_ends():
    rng = np.random.default_rng(5)
    took_s = rng.lognormal(-3.5, 0.5, 20_000)
    run = view(*(icmp(float(n), float(t)) for n, t in enumerate(took_s)))
    curve = trace(distribution_figure(run), "ICMP echo")
    x = column(curve["x"])
    assert len(x) == 400
    assert (x[0], x[-1]) == (took_s.min(), took_s.max())
    assert column(curve["y"])[-1] == 100.0


def test_a_still_signal_is_not_blown_up():
    still = Sample(at_s=1.0, source="health", values={"rssi_dbm": -71.0})
    layout = time_figure(view(still), []).spec["layout"]
    assert layout["yaxis"]["range"] == [-74.0, -68.0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<a href='javascript:x'>y</a>", "&lt;a href='javascript:x'&gt;y&lt;/a&gt;"),
        ("%{y} $x^2$", "% {y} &#36;x^2&#36;"),
        ("a & b\x1b", "a &amp; b\\x1b"),
        ("x" * 100, "x" * 79 + "…"),
    ],
)
def test_plotly_reads_nothing_in_text(text, shown):
    assert plotly_text(text) == shown


def test_figures_are_plain_data():
    for figure in (time_figure(blocked_run(), []), distribution_figure(healthy_run())):
        assert json.loads(msgspec.json.encode(figure.spec)) == figure.spec
