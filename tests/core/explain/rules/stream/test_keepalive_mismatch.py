"""Streams closed in a rhythm."""

import pytest
from tests.core.explain.runs import Bench

from holdfast.core.explain.rules.stream.keepalive_mismatch import check
from holdfast.core.journal.events import CloseClass


def rhythm(lengths, **end):
    bench, at_s = Bench(), 1.3
    for length in lengths:
        bench.stream(at_s, at_s + length, **end)
        at_s += length + 1.7
    return bench.ticks(0, at_s)


@pytest.mark.parametrize("age_s", [40.0, 60.0, 120.0])
def test_equal_short_ages(age_s):
    (found,) = check(rhythm([age_s, age_s + 0.3, age_s]).view())
    assert found.title == f"The stream is closed every {age_s:.0f} s for want of a sign of life"
    assert found.confidence >= 0.75
    assert found.evidence[0].observed == pytest.approx(age_s)


def test_one_close_counts_only_where_it_names_itself():
    assert not check(rhythm([40.0]).view())
    (found,) = check(rhythm([40.0], code=1011).view())
    assert "code 1011" in found.evidence[0].text
    assert len(check(rhythm([40.0], detail="idle timeout").view())) == 1


def test_uneven_ages_are_no_rhythm():
    assert not check(rhythm([23.0, 71.0, 44.0, 140.0]).view())


def test_an_idle_limit_counts_from_the_last_data():
    bench = Bench().ticks(0, 700)
    bench.stream(1, 301, quiet=[(101, 301)]).stream(302, 602, quiet=[(402, 602)])
    (found,) = check(bench.view())
    assert "201.0 s after its last data" in found.evidence[0].text


def test_lively_streams_of_a_great_age_belong_to_the_cap():
    assert not check(rhythm([300.0, 300.0]).view())


def test_closes_that_follow_connections_are_evictions():
    bench = Bench()
    for i in range(4):
        at_s = 2.0 + 40.0 * i
        bench.stream(at_s, at_s + 38.05).ask(at_s + 38.0, connect_s=0.02)
    assert not check(bench.view())


def test_our_own_ends_and_imported_ones_do_not_count():
    assert not check(rhythm([40.0, 40.0], close=CloseClass.BY_US).view())
    rows = [(at, at + 5.0, 800) for at in range(0, 40, 5)]
    assert not check(Bench().ticks(0, 100).bytes_per_tick(rows).view())


def test_an_orderly_close_despite_answered_heartbeats_belongs_to_the_cap():
    bench = Bench().ticks(0, 300)
    for i in range(3):
        at_s = 1.0 + 62.0 * i
        bench.stream(at_s, at_s + 60.0, code=1000).heartbeat(at_s + 25.0, 0.02)
    assert not check(bench.view())
    coded = Bench().ticks(0, 300)
    for i in range(3):
        at_s = 1.0 + 62.0 * i
        coded.stream(at_s, at_s + 60.0, code=1011).heartbeat(at_s + 25.0, 0.02)
    assert len(check(coded.view())) == 1
