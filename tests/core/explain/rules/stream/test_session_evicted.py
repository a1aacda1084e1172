"""New connections that end the stream."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.rules.stream.session_evicted import check
from holdfast.core.journal.events import CloseClass, Outcome


def evicted(count, after_s=0.03, close=CloseClass.BY_PEER):
    bench = Bench()
    for i in range(count):
        at_s = 1.0 + 30.0 * i
        bench.stream(at_s, at_s + 24.02 + after_s, close)
        for tick in range(5):
            bench.ask(at_s + 4.0 + 5.0 * tick)
    return bench


def test_every_close_follows_a_connection():
    (found,) = check(evicted(4).view())
    assert found.confidence >= 0.9
    assert found.evidence[0].text.startswith("4 of 4 closes by the device came within 0.030 s")
    assert (found.from_s, found.to_s) == (25.05, 115.05)


def test_a_reset_counts_too():
    assert len(check(evicted(3, close=CloseClass.RESET).view())) == 1


def test_a_single_one_is_told_with_little_confidence():
    (found,) = check(evicted(1).view())
    assert found.confidence == 0.45
    assert not check(evicted(1, after_s=0.2).view())


def test_closes_between_connections_are_none():
    assert not check(evicted(4, after_s=2.0).view())


def test_caps_that_meet_the_ticks_are_no_evictions():
    bench = Bench()
    for i in range(2):
        at_s = 1.0 + 301.0 * i
        bench.stream(at_s, at_s + 300.05)
        for tick in range(60):
            bench.ask(at_s + 5.0 + 5.0 * tick)
    assert not check(bench.view())
    single = Bench().stream(0, 300.05).ask(300.0).ask(290.0)
    assert not check(single.view())


def test_a_connection_just_after_the_close_did_not_cause_it():
    assert not check(evicted(4, after_s=-0.2).view())


def test_an_attempt_that_never_connected_evicts_nobody():
    bench = Bench()
    for i in range(4):
        at_s = 1.0 + 30.0 * i
        bench.stream(at_s, at_s + 24.05).ask(at_s + 24.0, Outcome.CONNECT_REFUSED)
        bench.ask(at_s + 10.0)
    assert not check(bench.view())
