"""Quick connections, late answers."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.finding import Severity
from holdfast.core.explain.rules.server.slow_handler import check
from holdfast.core.journal.events import Outcome


def slow(waits, **more):
    bench = Bench().ticks(0, 60)
    for i, wait_s in enumerate(waits):
        bench.echo(60.0 + 5.0 * i).ask(60.1 + 5.0 * i, wait_s=wait_s, **more)
    return bench


def test_answers_that_wait_after_a_quick_connection():
    (found,) = check(slow([1.5, 1.6, 0.03, 1.4, 1.5]).view())
    assert found.severity is Severity.WARNING
    assert found.evidence[0].text.startswith("4 of 5 answers to ping waited 1.50 s (median)")
    assert found.from_s == 60.1


def test_the_plateau_at_five_seconds_is_named():
    (found,) = check(slow([5.02, 5.01, 5.05, 5.03], outcome=Outcome.OK).view())
    assert found.severity is Severity.ERROR
    assert any("the waits lie at 5 s" in e.text for e in found.evidence)
    assert "HTTP_MAX_DATA_WAIT" in found.remedy


def test_requests_given_up_while_connected_count():
    assert len(check(slow([None] * 5, outcome=Outcome.NO_RESPONSE).view())) == 1


def test_nothing_answered_beside_an_open_stream_is_no_slow_handler():
    waits = [None] * 5
    assert not check(slow(waits, outcome=Outcome.NO_RESPONSE).stream(1.0, 100.0).view())
    beside = slow(waits, outcome=Outcome.NO_RESPONSE).stream(1.0, 100.0)
    beside.ask(63.0, target="health")
    assert [f.title for f in check(beside.view())] == ["The device answers ping only after 4.0 s"]


def test_two_slow_answers_or_rare_ones_are_none():
    assert not check(slow([1.5, 1.5]).view())
    assert not check(slow(([1.5] + [0.03] * 9) * 4).view())


def test_late_connections_and_resent_segments_are_the_networks():
    assert not check(slow([1.5] * 6, connect_s=1.0).view())
    assert not check(slow([1.5] * 6, retransmits=2).view())
    assert len(check(slow([1.5] * 6, retransmits=0).view())) == 1


def test_each_endpoint_is_judged_alone():
    bench = Bench().ticks(0, 120)
    for i in range(4):
        bench.ask(10.0 + 30.0 * i, target="health", wait_s=2.2)
    (found,) = check(bench.view())
    assert found.title == "The device answers health only after 2.2 s"


def test_a_lost_network_is_none():
    bench = Bench().ticks(0, 60)
    for i in range(5):
        bench.echo(60.0 + 5.0 * i, False).ask(60.1 + 5.0 * i, wait_s=1.5)
    assert not check(bench.view())
