"""What a run has to show."""

import numpy as np
import pytest
from tests.core.explain.runs import Bench

from holdfast.core.explain.lanes import (
    attempts,
    control,
    icmp,
    is_loopback,
    lanes_of,
    nearest,
    tick_s,
)
from holdfast.core.journal.events import CloseClass, Outcome, Probe


@pytest.mark.parametrize(
    ("target", "is_it"),
    [
        ("127.0.0.1:8080", True),
        ("127.8.9.1", True),
        ("localhost:80", True),
        ("[::1]:80", True),
        ("http://127.0.0.1:8080/x", True),
        ("192.0.2.7:80", False),
        ("board.local", False),
        ("", False),
    ],
)
def test_loopback(target, is_it):
    assert is_loopback(Bench(target).view()) is is_it


def test_lanes():
    assert lanes_of(Bench().view()) == frozenset()
    bench = Bench().ticks(0, 10, control=True).stream(1, 5).told(3, uptime_s=1.0).log(4, "x")
    every = {"http", "icmp", "control", "stream", "samples", "logs"}
    assert lanes_of(bench.view()) == every
    own = Bench("127.0.0.1:1").ticks(0, 10)
    assert lanes_of(own.view()) == {"http"}


def test_forbidden_icmp_is_no_lane():
    bench = Bench()
    for target in ("icmp", "control"):
        bench.add(
            Probe(at_s=0.0, method="icmp", target=target, outcome=Outcome.NOT_PERMITTED,
                  total_s=0.0)
        )  # fmt: skip
    assert lanes_of(bench.view()) == frozenset()
    assert len(icmp(bench.view())) == len(control(bench.view())) == 0


def test_tick_from_header_then_from_pings_then_by_default():
    assert tick_s(Bench(tick_s=7.0).view()) == 7.0
    assert tick_s(Bench(tick_s=None).ticks(0, 40, step_s=8.0).view()) == 8.0
    assert tick_s(Bench(tick_s=None).view()) == 5.0


def test_nearest():
    table = Bench().echo(0).echo(10).echo(20).view().probes("icmp")
    rows = nearest(table, np.array([-1.0, 4.0, 6.0, 14.9, 29.0]), 4.5)
    assert rows.tolist() == [0, 0, 1, -1, -1]
    assert nearest(Bench().view().probes("icmp"), np.array([1.0]), 9.0).tolist() == [-1]


def test_attempts_join_requests_and_streams():
    bench = Bench().ask(0).ask(5, Outcome.CONNECT_TIMEOUT).ask(10, Outcome.CONNECT_REFUSED)
    bench.ask(15, Outcome.EARLY_CLOSE).ask(20, Outcome.NAME_NOT_RESOLVED)
    bench.refused(7, CloseClass.CONNECT_TIMEOUT, after_s=2.0).refused(12, CloseClass.STATUS)
    bench.stream(30, 40)
    tries = attempts(bench.view())
    assert tries.at_s.tolist() == [0, 5, 7, 10, 12, 15, 30]
    assert tries.is_reached.tolist() == [True, False, False, True, True, True, True]
    assert tries.is_stream.tolist() == [False, False, True, False, True, False, True]
    assert tries.end_s[2] == 9.0
    assert len(tries) == 7


def test_an_attempt_given_up_by_the_bench_tells_nothing():
    bench = Bench().ask(0).refused(5, CloseClass.BY_US)
    assert len(attempts(bench.view())) == 1


def test_an_imported_stream_is_proven_by_its_first_bytes():
    tries = attempts(Bench().bytes_per_tick([(31.0, 40.0, 900), (40.0, 49.0, 900)]).view())
    assert tries.at_s.tolist() == [40.0]


def test_late_connections_stand_out_from_the_usual():
    bench = Bench().ask(0).ask(5).ask(10).ask(15, connect_s=1.2).ask(20, connect_s=0.3)
    assert attempts(bench.view()).is_slow.tolist() == [False, False, False, True, False]
    far = Bench().ask(0, connect_s=0.4).ask(5, connect_s=0.45).ask(10, connect_s=0.5)
    assert not attempts(far.view()).is_slow.any()
