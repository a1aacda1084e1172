"""A stream that keeps the only server task, seen from outside."""

from tests.core.explain.runs import Bench, blocked

from holdfast.core.explain.finding import Severity
from holdfast.core.explain.rules.server.server_blocked_by_stream import CODE, check
from holdfast.core.journal.events import CloseClass, Outcome


def test_every_request_fails_while_the_stream_flows_and_succeeds_after_it():
    run = blocked().ticks(300.5, 400).view()
    (found,) = check(run)
    assert found.code == CODE
    assert found.severity is Severity.ERROR
    assert found.confidence >= 0.95
    assert (found.from_s, round(found.to_s, 2)) == (0.1, 295.14)
    texts = [e.text for e in found.evidence]
    assert texts[0].startswith("0 of 60 requests answered while stream 1 was open")
    assert texts[1] == "20 of 20 requests answered while no stream was open"
    assert texts[2] == "ICMP answered 60 of 60 in the same ticks"
    assert any("in turn 4 accepted but silent, 10 SYN unanswered, 46 closed" in t for t in texts)
    assert {r.code for r in found.ruled_out} == {"port-closed", "wifi-dropout"}


def test_it_needs_no_icmp():
    (found,) = check(blocked(icmp=None).ticks(300.5, 400, icmp=None).view())
    assert found.confidence >= 0.9


def test_it_is_seen_while_it_lasts():
    bench = Bench().stream(0.05, 40, None).ticks(5, 20, Outcome.NO_RESPONSE)
    assert not check(bench.view()), "three requests could be chance"
    (found,) = check(bench.ticks(20, 40, Outcome.CONNECT_TIMEOUT).view())
    assert 0.5 <= found.confidence < 0.9


def test_requests_answered_beside_the_stream_clear_it():
    bench = Bench().stream(0.05, 300).ticks(5, 200).ticks(200, 250, Outcome.CONNECT_TIMEOUT)
    assert not check(bench.ticks(250, 300).view())


def test_a_silent_stream_on_a_dead_network_proves_nothing():
    bench = Bench().stream(0.05, 300, quiet=[(20, 300)]).ticks(0, 20)
    bench.ticks(20, 300, Outcome.CONNECT_TIMEOUT, icmp=False)
    assert not check(bench.view())


def test_the_block_ends_where_the_stream_falls_silent():
    bench = blocked(to_s=200.0)
    bench.events = [e for e in bench.events if e.at_s < 150]
    bench.ticks(150, 200, Outcome.CONNECT_TIMEOUT, icmp=False)
    (found,) = check(bench.view())
    assert found.to_s < 160


def test_what_is_answered_as_the_stream_ends_is_no_answer_beside_it():
    bench = Bench().stream(0.05, 60).ticks(5, 56, Outcome.NO_RESPONSE)
    bench.ask(58.0, wait_s=2.5).ticks(65, 100)
    (found,) = check(bench.view())
    assert found.confidence == 0.89


def test_a_stream_that_sends_on_change_only_needs_icmp():
    bench = Bench().stream(0.05, 100, step_s=1000.0).ticks(5, 100, Outcome.NO_RESPONSE)
    bench.ticks(105, 150)
    bench.events = [e for e in bench.events if getattr(e, "what", "") != "message"]
    assert len(check(bench.view())) == 1
    bench.events = [e for e in bench.events if getattr(e, "target", "") != "icmp"]
    assert not check(bench.view())


def test_an_imported_stream_counts_only_where_it_was_surely_open():
    rows = [(at, at + 5.0, 800) for at in range(0, 300, 5)]
    bench = Bench().bytes_per_tick(rows).ask(0.5)
    bench.ticks(5, 295, Outcome.EARLY_CLOSE).ticks(295, 400)
    (found,) = check(bench.view())
    assert (found.from_s, round(found.to_s)) == (5.1, 290)


def test_the_three_phases_alone_name_a_stream_that_was_not_recorded():
    (found,) = check(blocked(stream=False, icmp=None).note("stream-assumed").view())
    assert 0.5 <= found.confidence <= 0.7
    assert any("harness held a stream" in e.text for e in found.evidence)
    (other,) = check(blocked(stream=False).view())
    assert any("another viewer" in e.text for e in other.evidence)


def test_an_assumed_stream_and_a_run_cut_in_the_second_phase():
    cut = blocked(stream=False, icmp=None, to_s=60.0).note("stream-assumed")
    (found,) = check(cut.view())
    assert found.confidence < 0.5
    assert not check(blocked(stream=False, icmp=None, to_s=60.0).view())
    assert not check(cut.ask(70.0).view()), "an answer: no telling any more"


def test_a_stream_of_ours_that_flows_through_the_phases_is_named():
    bench = Bench().stream(0.05, 400, None).ticks(0, 100)
    (found,) = check(blocked(bench, 100.0, 400.0, stream=False).view())
    assert "stream 1 was open and went on flowing" in [e.text for e in found.evidence]
    assert found.confidence >= 0.85


def test_the_phases_must_come_in_their_order_and_without_an_answer():
    backwards = Bench().ticks(0, 50, Outcome.EARLY_CLOSE).ticks(50, 70, Outcome.CONNECT_TIMEOUT)
    assert not check(backwards.ticks(70, 100, Outcome.NO_RESPONSE).view())
    answered = blocked(stream=False).ask(60.0)
    assert not check(answered.view())


def test_the_tail_of_an_earlier_stream():
    bench = Bench().refused(0.0, CloseClass.RESET).ticks(0.2, 30, Outcome.EARLY_CLOSE)
    (found,) = check(bench.ticks(33, 100).view())
    assert (round(found.from_s, 1), round(found.to_s)) == (0.3, 25)
    assert 0.5 <= found.confidence <= 0.75


def test_the_tail_of_another_viewers_stream_where_none_was_asked_for():
    bench = Bench().ticks(0.2, 30, Outcome.EARLY_CLOSE).ticks(33, 100)
    (found,) = check(bench.view())
    assert 0.5 <= found.confidence <= 0.6
    assert not any("our own stream" in e.text for e in found.evidence)


def test_no_tail_where_our_stream_opened_or_http_never_came_back():
    opened = Bench().stream(0.05, 20).ticks(0.2, 30, Outcome.EARLY_CLOSE, step_s=30.0)
    assert not check(opened.ticks(33, 100).view())
    never = Bench().refused(0.0, CloseClass.RESET).ticks(0.2, 60, Outcome.EARLY_CLOSE)
    assert not check(never.view())
    late = Bench().refused(0.0, CloseClass.RESET).ticks(20, 50, Outcome.EARLY_CLOSE)
    assert not check(late.ticks(50, 100).view())
    few = Bench().refused(0.0, CloseClass.RESET).ticks(0.2, 12, Outcome.EARLY_CLOSE)
    assert not check(few.ticks(15, 100).view())
