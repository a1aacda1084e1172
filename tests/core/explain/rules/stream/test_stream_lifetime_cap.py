"""Streams that end at one age."""

from tests.core.explain.runs import Bench, blocked

from holdfast.core.explain.rules.stream.stream_lifetime_cap import check
from holdfast.core.journal.events import CloseClass, Outcome


def test_equal_ages_above_four_minutes():
    bench = Bench().ticks(0, 1100).stream(1, 351).stream(352, 702.4).stream(703, 1053)
    (found,) = check(bench.view())
    assert found.title == "The device ends every stream after 350 s"
    assert found.confidence >= 0.85
    assert [round(e.observed, 1) for e in found.evidence] == [350.0, 350.4, 350.0]
    assert {r.code for r in found.ruled_out} == {"keepalive-mismatch", "wifi-dropout"}


def test_a_single_one_needs_a_round_age():
    assert not check(Bench().ticks(0, 500).stream(1, 288).view())
    (found,) = check(Bench().ticks(0, 500).stream(1, 301.5).view())
    assert found.confidence == 0.65


def test_a_single_one_that_frees_the_server_is_surer():
    (found,) = check(blocked(to_s=300.5).ticks(301, 400).view())
    assert found.confidence == 0.8
    assert any("answered again in that very tick" in e.text for e in found.evidence)


def test_an_imported_stream_needs_the_recovery():
    def imported(outcome):
        rows = [(at, at + 5.0, 800) for at in range(0, 300, 5)]
        bench = Bench().bytes_per_tick(rows).ticks(0, 295, outcome)
        return bench.ticks(300, 400).view()

    (found,) = check(imported(Outcome.EARLY_CLOSE))
    assert found.confidence == 0.65
    assert not check(imported(Outcome.OK))


def test_a_silent_or_short_or_own_end_is_no_cap():
    silent = Bench().ticks(0, 800).stream(1, 301, quiet=[(200, 301)])
    assert not check(silent.stream(302, 602, quiet=[(500, 602)]).view())
    assert not check(Bench().ticks(0, 200).stream(1, 61).stream(62, 122).view())
    ours = Bench().ticks(0, 700).stream(1, 301, CloseClass.BY_US)
    assert not check(ours.view())


def test_an_end_in_a_drop_out_is_no_cap():
    bench = Bench().stream(1, 301, CloseClass.RESET, quiet=[(290, 301)]).ticks(0, 290)
    bench.ticks(290, 305, Outcome.CONNECT_TIMEOUT, icmp=False).ticks(305, 400)
    assert not check(bench.view())


def test_an_orderly_close_of_a_websocket_that_answers_heartbeats_is_a_cap_at_any_age():
    bench = Bench().ticks(0, 400)
    for i in range(3):
        at_s = 1.0 + 122.0 * i
        bench.stream(at_s, at_s + 120.0, code=1000).heartbeat(at_s + 25.0, 0.02)
    (found,) = check(bench.view())
    assert found.title == "The device ends every stream after 120 s"
