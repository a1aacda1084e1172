"""No socket left for a new connection."""

import pytest
from tests.core.explain.runs import Bench, blocked

from holdfast.core.explain.rules.server.socket_exhaustion import check
from holdfast.core.journal.events import Outcome


def exhausted(outcome=Outcome.CONNECT_TIMEOUT, *, icmp=True, to_s=100.0):
    bench = Bench().stream(0.05, 200, None).ticks(0, 60)
    return bench.ticks(60, to_s, outcome, icmp=icmp).ticks(to_s, 200)


def test_new_connections_fail_beside_a_stream_that_flows():
    (found,) = check(exhausted().view())
    assert (found.from_s, round(found.to_s, 1)) == (60.1, 97.1)
    assert 0.6 <= found.confidence <= 0.8
    assert any("went on flowing" in e.text for e in found.evidence)
    assert {r.code for r in found.ruled_out} == {"wifi-dropout", "server-blocked-by-stream"}


@pytest.mark.parametrize(
    "line",
    [
        "W (9) httpd: httpd_accept_conn: error in accept (23)",
        "E (9) esp-tls: Failed to create socket (family 2 socktype 1 protocol 6)",
    ],
)
def test_the_device_itself_says_so(line):
    (found,) = check(exhausted(to_s=70.0).log(65, line).view())
    assert found.confidence >= 0.75
    assert found.evidence[1].text == f"serial: {line}"


def test_full_tables_in_the_health_answer():
    bench = exhausted(to_s=70.0).told(75, sockets_open=7.0, sockets_max=7.0)
    assert check(bench.view())[0].evidence[1].text == "7 of 7 sockets open"
    spare = exhausted(to_s=70.0).told(75, sockets_open=6.0, sockets_max=7.0)
    assert not check(spare.view())


def test_failed_accepts_that_the_device_counts():
    bench = exhausted(to_s=70.0).told(50, error_accept_failures_total=0.0)
    (found,) = check(bench.told(75, error_accept_failures_total=4.0).view())
    assert found.evidence[1].text == "the device counted 4 accepts that failed"


def test_a_socket_that_comes_free_does_not_end_it():
    bench = Bench().stream(0.05, 200, None).ticks(0, 60)
    bench.ticks(60, 80, Outcome.RESET).ask(81).ticks(85, 110, Outcome.RESET).ticks(110, 200)
    (found,) = check(bench.view())
    assert (round(found.from_s), round(found.to_s)) == (60, 105)


def test_an_early_503_is_part_of_it():
    bench = Bench().stream(0.05, 200, None).ticks(0, 60)
    bench.ask(60, Outcome.BAD_STATUS, status=503).ticks(65, 85, Outcome.RESET).ticks(85, 200)
    assert check(bench.view())[0].from_s == 60


def test_what_begins_as_a_stream_opens_is_the_streams_doing():
    bench = Bench().ticks(0, 50).stream(52, 200, None).ticks(55, 90, Outcome.RESET)
    assert not check(bench.ticks(90, 200).view())


def test_few_failures_without_its_word_are_none():
    assert not check(exhausted(to_s=75.0).view())


def test_a_dead_network_is_none():
    bench = Bench().ticks(0, 60).ticks(60, 100, Outcome.CONNECT_TIMEOUT, icmp=False)
    assert not check(bench.ticks(100, 200).view())
    blind = Bench().ticks(0, 60, icmp=None).ticks(60, 100, Outcome.CONNECT_TIMEOUT, icmp=None)
    assert not check(blind.ticks(100, 200, icmp=None).view())


def test_only_refusals_mean_that_nobody_listens():
    assert not check(exhausted(Outcome.CONNECT_REFUSED).view())


def test_accepted_but_silent_is_a_handler():
    assert not check(exhausted(Outcome.NO_RESPONSE).view())


def test_a_block_by_the_stream_is_none():
    assert not check(blocked().ticks(300.5, 400).view())


def test_a_device_that_never_answered_is_none():
    assert not check(Bench().ticks(0, 60, Outcome.CONNECT_TIMEOUT, icmp=True).view())


def test_what_is_there_from_the_first_request_on_has_no_beginning():
    from_the_start = Bench().ticks(0.2, 40, Outcome.EARLY_CLOSE).ticks(43, 100)
    assert not check(from_the_start.view())
    later = Bench().ticks(0.2, 40).ticks(40, 80, Outcome.EARLY_CLOSE).ticks(83, 140)
    assert len(check(later.view())) == 1
