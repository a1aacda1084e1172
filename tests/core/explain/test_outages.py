"""Attempts that the device's TCP left unanswered."""

import numpy as np
from tests.core.explain.runs import Bench, blocked

from holdfast.core.explain.outages import first_reached_s, is_blocked, outages
from holdfast.core.journal.events import CloseClass, Outcome

DOWN = Outcome.CONNECT_TIMEOUT


def test_an_outage_and_what_else_was_heard():
    bench = Bench().stream(0.05, 200, None, quiet=[(60, 80)])
    bench.ticks(0, 60).ticks(60, 75, DOWN, icmp=False).ticks(75, 100)
    (outage,) = outages(bench.view())
    assert (outage.from_s, round(outage.to_s, 1), outage.ticks) == (60.1, 72.1, 3)
    assert (outage.icmp_ok, outage.icmp_lost, outage.stream) == (0, 3, False)
    assert outage.was_reached
    assert outage.is_over
    assert outage.is_off_air
    assert round(outage.for_s, 1) == 12.0


def test_refusals_and_early_closes_are_answers():
    bench = Bench().ticks(0, 20, Outcome.CONNECT_REFUSED).ticks(20, 40, Outcome.EARLY_CLOSE)
    assert outages(bench.view()) == []


def test_two_targets_in_one_tick_are_one_tick():
    bench = Bench().ticks(0, 20).ask(20, DOWN).ask(20.2, DOWN, target="health").ticks(25, 40)
    (outage,) = outages(bench.view())
    assert (len(outage.rows), outage.ticks) == (2, 1)
    assert not outage.is_off_air


def test_stream_attempts_count_as_attempts():
    bench = Bench().stream(0.05, 20).refused(21, CloseClass.CONNECT_TIMEOUT, after_s=2.0)
    bench.refused(25, CloseClass.CONNECT_TIMEOUT, after_s=2.0)
    bench.refused(29, CloseClass.CONNECT_TIMEOUT, after_s=2.0).stream(33, 60)
    (outage,) = outages(bench.view())
    assert (outage.from_s, outage.to_s, outage.is_off_air) == (21, 31, True)


def test_attempts_beside_a_stream_that_fell_silent_are_off_air():
    bench = Bench().stream(0.05, 72, CloseClass.RESET, quiet=[(67, 72)]).ticks(0, 70, icmp=None)
    bench.ask(70, DOWN).refused(72.5, CloseClass.CONNECT_TIMEOUT, after_s=4.0)
    (outage,) = outages(bench.ticks(80, 100, icmp=None).view())
    assert (outage.ticks, outage.stream, outage.is_off_air) == (2, False, True)
    alone = Bench().ticks(0, 70, icmp=None).ask(70, DOWN).ask(72, DOWN)
    assert not outages(alone.ticks(80, 100, icmp=None).view())[0].is_off_air


def test_after_a_request_taken_but_not_served_lost_syns_prove_nothing():
    bench = Bench().ticks(0, 50, icmp=None).ask(50, Outcome.NO_RESPONSE)
    bench.ticks(55, 80, DOWN, icmp=None).ticks(80, 100, icmp=None)
    (outage,) = outages(bench.view())
    assert outage.is_after_silence
    assert not outage.is_off_air


def test_what_a_busy_server_drops_is_no_outage():
    run = blocked().ticks(300.5, 400).view()
    assert outages(run) == []
    assert is_blocked(run, np.array([50.0, 350.0])).tolist() == [True, False]


def test_first_reached():
    bench = Bench().ticks(0, 20, DOWN, icmp=False).ticks(20, 40)
    assert round(first_reached_s(bench.view()), 2) == 20.15
    assert first_reached_s(Bench().ticks(0, 20, DOWN).view()) == np.inf
    assert outages(Bench().view()) == []
