"""Measures of probes within a window."""

import pytest

from holdfast.core.journal.events import Header, Outcome, Probe, Sample, TcpInfo
from holdfast.core.measure.probes import health_values, http_values, icmp_values, probe_values
from holdfast.core.measure.run import RunView


def http(at_s, total_s=0.1, outcome=Outcome.OK, target="ping", **more):
    return Probe(at_s=at_s, method="http", target=target, outcome=outcome, total_s=total_s, **more)


def test_times_are_those_of_answered_probes_only():
    rows = [http(0, 0.1, connect_s=0.02), http(5, 0.3, connect_s=0.04)]
    rows += [http(10, 2.0, Outcome.CONNECT_TIMEOUT)]
    found = probe_values(RunView(Header(), rows), 0, 10, target="ping")
    assert found["ok_ratio"] == pytest.approx(2 / 3)
    assert (found["sent_total"], found["failed_total"]) == (3, 1)
    assert found["p50_s"] == pytest.approx(0.2)
    assert found["max_s"] == 0.3
    assert found["connect_p50_s"] == pytest.approx(0.03)
    assert found["first_byte_p95_s"] is None
    assert found["retransmits_total"] is None


def test_the_window_includes_its_ends():
    run = RunView(Header(), [http(t) for t in (0, 5, 10, 15)])
    assert probe_values(run, 5, 10, target="ping")["sent_total"] == 2
    assert probe_values(run, 5.1, 9.9, target="ping") == {}


def test_nothing_answered_leaves_times_without_evidence():
    run = RunView(Header(), [http(0, 2.0, Outcome.RESET)])
    found = probe_values(run, 0, 1, target="ping")
    assert found["ok_ratio"] == 0.0
    assert found["p95_s"] is None


def test_icmp_times_are_round_trips_where_known():
    rows = [
        Probe(at_s=t, method="icmp", target="icmp", outcome=o, total_s=2.0, first_byte_s=rtt)
        for t, o, rtt in [
            (0, Outcome.OK, 0.01), (1, Outcome.OK, None), (2, Outcome.NO_RESPONSE, None),
        ]
    ]  # fmt: skip
    found = icmp_values(RunView(Header(), rows), 0, 9, target="icmp")
    assert found["ok_ratio"] == pytest.approx(2 / 3)
    assert found["p50_s"] == found["max_s"] == 0.01
    assert "connect_p50_s" not in found


def test_http_is_every_endpoint_together_with_its_outcomes():
    rows = [
        http(0, tcp=TcpInfo(rtt_s=0.01, rttvar_s=0.0, retransmits=2)),
        http(1, target="health", outcome=Outcome.EARLY_CLOSE),
        http(2, target="metrics", outcome=Outcome.RESET, tcp=TcpInfo(rtt_s=0.01, rttvar_s=0.0)),
        Probe(at_s=3, method="icmp", target="icmp", outcome=Outcome.OK, total_s=1),
    ]
    found = http_values(RunView(Header(), rows), 0, 9)
    assert found["sent_total"] == 3
    assert (found["ok_total"], found["early_close_total"], found["reset_total"]) == (1, 1, 1)
    assert found["no_response_total"] == 0
    assert found["retransmits_total"] == 2
    assert http_values(RunView(Header(), rows), 3, 9) == {}


def test_health_counts_the_distinct_values_that_explain():
    samples = [
        Sample(at_s=1, source="health", values={"rssi_dbm": -60, "uptime_s": 1}),
        Sample(
            at_s=2,
            source="health",
            values={"rssi_dbm": -61, "wifi_last_reason": None, "error_reset_total": 0},
        ),
        Sample(at_s=3, source="metrics", values={"wifi_disconnects": 1}),
    ]
    run = RunView(Header(), [http(1, target="health"), *samples])
    assert health_values(run, 0, 9)["context_names_total"] == 2
    assert health_values(run, 1.5, 9) == {"context_names_total": 2}
    assert health_values(run, 2.5, 9) == {}
