"""Open, silent, in the way: what the stream did."""

import pytest
from tests.core.explain.runs import Bench, blocked

from holdfast.core.explain.holds import (
    blocks,
    blocks_by_phases,
    gap_limit_s,
    holds,
    is_stream_assumed,
    silences,
)
from holdfast.core.journal.events import CloseClass, Outcome


def test_a_live_hold_is_certain_from_end_to_end():
    (hold,) = holds(Bench().stream(1, 11).view())
    assert (hold.from_s, hold.sure_from_s, hold.sure_to_s, hold.to_s) == (1, 1, 11, 11)
    assert len(hold.life_s) == 10


def test_a_hold_that_still_lives_reaches_to_the_end_of_the_run():
    (hold,) = holds(Bench().stream(1, 11, None).ask(20).view())
    assert hold.to_s == 20.05


def test_an_imported_hold_is_certain_only_between_its_outer_ticks():
    rows = [(0.0, 5.0, 0), (5.0, 10.0, 700), (10.0, 15.0, 700), (15.0, 20.0, 300)]
    (hold,) = holds(Bench().bytes_per_tick(rows).view())
    assert (hold.from_s, hold.sure_from_s, hold.sure_to_s, hold.to_s) == (5.0, 10.0, 15.0, 20.0)


def test_a_refused_attempt_holds_nothing():
    assert holds(Bench().refused(1, CloseClass.STATUS).view()) == []


@pytest.mark.parametrize(("text", "limit_s"), [("2.5", 2.5), ("none", 3.0), ("", 3.0)])
def test_the_gap_limit_comes_from_the_header(text, limit_s):
    assert gap_limit_s(Bench(settings={"stream.gap_limit_s": text}).view()) == limit_s
    assert gap_limit_s(Bench().view()) == 3.0


def test_silences_of_a_live_stream():
    run = Bench().stream(1, 60, quiet=[(20, 30), (50, 60)]).view()
    found = silences(run)
    assert [(s.from_s, s.to_s, s.is_last) for s in found] == [(19, 30, False), (49, 60, True)]
    assert found[0].for_s == 11


def test_silences_of_an_imported_stream_are_coarse():
    rows = [(at, at + 5.0, 0 if 20 <= at < 45 else 700) for at in range(0, 80, 5)]
    (found,) = silences(Bench().bytes_per_tick(rows).view())
    assert (found.from_s, found.to_s) == (20, 50)
    short = [(at, at + 5.0, 0 if at == 20 else 700) for at in range(0, 80, 5)]
    assert silences(Bench().bytes_per_tick(short).view()) == []


def test_a_block_tells_its_phases_and_what_else_answered():
    (block,) = blocks(blocked().ticks(300.5, 400).view())
    assert block.phases == (4, 10, 46)
    assert (block.icmp_ok, block.icmp_total) == (60, 60)
    assert block.alive_ratio == 1.0


def test_four_requests_in_ten_seconds_are_needed():
    short = Bench().stream(0.05, 100, None)
    for at_s in (5, 6, 7, 8):
        short.ask(at_s, Outcome.EARLY_CLOSE)
    assert not blocks(short.view())
    assert len(blocks(short.ask(16, Outcome.EARLY_CLOSE).view())) == 1


def test_a_status_is_an_answer():
    assert not blocks(Bench().stream(0.05, 100).ticks(5, 100, Outcome.BAD_STATUS).view())


def test_phases_without_a_stream_of_ours():
    (block,) = blocks_by_phases(blocked(stream=False).view())
    assert (block.from_s, block.hold) == (0.1, None)
    thin = Bench().ticks(0, 15, Outcome.NO_RESPONSE).ask(15.1, Outcome.CONNECT_TIMEOUT)
    assert len(blocks_by_phases(thin.ticks(20, 50, Outcome.EARLY_CLOSE).view())) == 1
    cut = blocked(stream=False, to_s=75.0)
    assert not blocks_by_phases(cut.view()), "two closed at once are too few"


def test_an_assumed_stream_is_noted():
    assert is_stream_assumed(Bench().note("stream-assumed").view())
    assert not is_stream_assumed(Bench().note("run-truncated").view())


def test_ticks_shorter_than_the_time_between_messages_do_not_hide_a_block():
    bench = Bench(tick_s=0.5).stream(0.05, 60.0)
    for i in range(12):
        bench.ask(2.2 + 4.5 * i, Outcome.NO_RESPONSE)
    (block,) = blocks(bench.view())
    assert block.alive_ratio == 1.0
    assert len(block.unanswered) == 12
