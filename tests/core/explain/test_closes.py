"""How streams that the device ended came to their end."""

from math import isnan

import pytest
from tests.core.explain.runs import Bench

from holdfast.core.explain.closes import (
    equal_ages,
    is_capped,
    is_eviction,
    is_round,
    newcomers,
    peer_closes,
)
from holdfast.core.journal.events import CloseClass, Outcome


def test_a_close_knows_age_silence_and_the_newcomer_before_it():
    bench = Bench().stream(1, 61, quiet=[(40, 61)]).ask(60.9, connect_s=0.05)
    (close,) = peer_closes(bench.view())
    assert (close.age_s, close.silence_s, close.is_exact) == (60, 22, True)
    assert close.after_connect_s == pytest.approx(0.05)
    assert is_eviction(close)


def test_without_newcomers_nothing_is_evicted():
    (close,) = peer_closes(Bench().stream(1, 61).ask(50, Outcome.CONNECT_TIMEOUT).view())
    assert isnan(close.after_connect_s)
    assert not is_eviction(close)


def test_only_the_devices_own_ends_count():
    bench = Bench().ticks(0, 100)
    for i, close in enumerate(CloseClass):
        bench.stream(1 + 5 * i, 4 + 5 * i, close)
    ends = {c.hold.session.close for c in peer_closes(bench.view())}
    assert ends == {CloseClass.BY_PEER, CloseClass.RESET}


def test_ends_near_an_outage_or_a_boot_are_not_the_servers():
    down = Bench().stream(1, 110, CloseClass.RESET, quiet=[(80, 110)]).ticks(0, 80)
    down.ticks(80, 100, Outcome.CONNECT_TIMEOUT, icmp=False).ticks(100, 200)
    assert peer_closes(down.view()) == []
    reborn = Bench().stream(1, 110).uptimes(10, 100, -500.0).uptimes(120, 200, 112.0)
    assert peer_closes(reborn.view()) == []


def test_an_imported_age_is_known_by_the_tick():
    rows = [(at, at + 5.0, 700) for at in range(0, 300, 5)]
    (close,) = peer_closes(Bench().bytes_per_tick(rows).ask(301).view())
    assert (close.age_s, close.within_s, close.is_exact) == (300, 10, False)


def test_ages_agree_within_two_percent():
    bench, at_s = Bench(), 1.0
    for age_s in (300.0, 304.0, 90.0, 299.0):
        bench.stream(at_s, at_s + age_s)
        at_s += age_s + 5
    assert [round(c.age_s) for c in equal_ages(peer_closes(bench.view()))] == [300, 304, 299]
    assert equal_ages([]) == []


@pytest.mark.parametrize(
    ("age_s", "is_it"), [(299.5, True), (303.9, True), (298.0, False), (305.0, False), (600, True)]
)
def test_round_ages(age_s, is_it):
    (close,) = peer_closes(Bench().stream(1, 1 + age_s).ask(age_s + 9).view())
    assert is_round(close) is is_it


def test_a_cap_strikes_a_stream_in_full_flow():
    def close(age_s, quiet=(), heartbeat=False, **end):
        bench = Bench().stream(1, 1 + age_s, quiet=quiet, **end).ask(age_s + 9)
        if heartbeat:
            bench.heartbeat(20.0, 0.01)
        return is_capped(peer_closes(bench.view())[0], 3.0)

    assert close(140)
    assert not close(120)
    assert not close(140, quiet=[(100, 141)])
    assert close(120, heartbeat=True, code=1000)
    assert not close(120, heartbeat=True, code=1011)
    assert not close(120, code=1000)


def test_newcomers_are_when_connections_stood():
    bench = Bench().ask(5, connect_s=0.5).ask(1).ask(9, Outcome.CONNECT_REFUSED)
    assert newcomers(bench.view()).tolist() == [1.02, 5.5]
