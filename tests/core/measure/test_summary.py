"""One flat dictionary of names, complete, twice: after warm-up and over all."""

import pytest

from holdfast.core.journal.events import (
    Header,
    Outcome,
    Probe,
    Run,
    RunPhase,
    Sample,
    Stream,
    StreamWhat,
    Tick,
)
from holdfast.core.measure.run import RunView
from holdfast.core.measure.summary import ALL, MEASURES, measures, measures_between, reference


def day(for_s, tick_s=5):
    """A run with a 1 Hz stream, pings and ICMP each tick, health every 30 s."""
    events = [
        Stream(at_s=0, what=StreamWhat.OPENING, transport="ws", session=1),
        Stream(at_s=0.1, what=StreamWhat.OPENED, transport="ws", session=1),
        Run(at_s=for_s, phase=RunPhase.ENDED),
    ]
    events += [
        Stream(at_s=t + 0.2, what=StreamWhat.MESSAGE, transport="ws", session=1,
               size_bytes=300, device_seq=t, device_s=float(t))
        for t in range(for_s)
    ]  # fmt: skip
    for n, t in enumerate(range(0, for_s, tick_s)):
        events.append(Tick(at_s=t + 0.01, n=n, due_s=t))
        events += [
            Probe(at_s=t + 0.1, method="icmp", target=target, outcome=Outcome.OK, total_s=0.01,
                  first_byte_s=0.01)
            for target in ("icmp", "control")
        ]  # fmt: skip
        events.append(
            Probe(at_s=t + 0.2, method="http", target="ping", outcome=Outcome.OK,
                  connect_s=0.01, first_byte_s=0.03, total_s=0.04 + 0.001 * (n % 7))
        )  # fmt: skip
        if t % 30 == 0:
            events.append(
                Probe(at_s=t + 1, method="http", target="health", outcome=Outcome.OK, total_s=0.05)
            )
            values = {"uptime_s": 50.0 + t, "heap_free_bytes": 2e5 - 0.1 * t, "rssi_dbm": -60.0}
            events.append(Sample(at_s=t + 1, source="health", values=values))
    return RunView(Header(tick_s=tick_s), events)


def test_every_name_of_the_table_is_there_twice_and_no_other():
    found = measures(day(120))
    assert set(found) == set(MEASURES) | {ALL + name for name in MEASURES}


def test_an_empty_run_has_no_evidence_for_anything():
    assert set(measures(RunView(Header(), [])).values()) == {None}


def test_plain_names_leave_the_warm_up_out():
    found = measures(day(120))
    assert found["ping.sent_total"] == 6
    assert found["all.ping.sent_total"] == 24
    assert found["bench.window_s"] == pytest.approx(30.0)
    assert found["all.stream.continuity"] == 1.0
    assert found["heap.slope_bytes_per_s"] is None
    assert found["all.heap.slope_bytes_per_s"] == pytest.approx(-0.1)


def test_a_run_shorter_than_its_warm_up_has_figures_only_over_all():
    found = measures(day(60))
    assert found["ping.ok_ratio"] is None
    assert found["all.ping.ok_ratio"] == 1.0


def test_every_value_is_a_plain_finite_float_or_none():
    for value in measures(day(120)).values():
        assert value is None or type(value) is float


def test_only_the_groups_asked_for_are_computed():
    found = measures_between(day(120), 0, 120, groups={"rssi"})
    assert found == {"rssi.mean_dbm": -60.0, "rssi.min_dbm": -60.0, "rssi.max_dbm": -60.0}


def test_a_healthy_run_gives_every_measure_that_it_has_evidence_for():
    """What stays without evidence here is exactly what this device does not tell."""
    missing = {n for n, v in measures_between(day(600), 0, 600).items() if v is None}
    assert missing == {
        *(n for n in MEASURES if n.startswith("metrics.")),
        *(n for n in MEASURES if n.startswith("wifi.")),
        "ping.retransmits_total", "health.retransmits_total", "http.retransmits_total",
        "health.connect_p50_s", "health.connect_p95_s", "health.first_byte_p95_s",
        "stream.heartbeat_p50_s", "stream.heartbeat_p95_s", "stream.retransmits_total",
        "heap.min_ever_bytes", "heap.largest_min_bytes", "heap.fragmentation_max_ratio",
    }  # fmt: skip


def test_units_and_names_agree():
    for name, measure in MEASURES.items():
        assert name.endswith("_s") == (measure.unit == "s" or name.endswith("_per_600_s")) or (
            measure.unit == "bytes/s"
        ), name
        assert name.endswith("_dbm") == (measure.unit == "dBm"), name
        assert name.endswith("_total") <= (measure.unit == "count"), name
        assert measure.better in ("", "high", "low")
        assert measure.sentence.endswith((".", "gaps."))


def test_the_reference_has_a_row_for_every_measure():
    page = reference()
    assert page.count("\n| `") == len(MEASURES)
    row = "| `stream.gap_max_s` | s | low | Longest gap; 0 without gaps. |"
    assert row in page.splitlines()


@pytest.mark.slow
def test_a_day_is_measured_whole():
    run = day(86_400)
    found = measures(run)
    assert found["stream.messages_total"] == 86_400 - 90
