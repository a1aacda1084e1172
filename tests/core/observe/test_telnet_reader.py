import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from tests.core.observe.bench import Bench

from holdfast.core.journal.events import LogLine, Note
from holdfast.core.link.transport import (
    Connected,
    ConnectFailed,
    ConnectFailure,
    PeerClosed,
    PeerReset,
    Received,
)
from holdfast.core.observe.credentials import Authorizer
from holdfast.core.observe.site import Connections, Site
from holdfast.core.observe.telnet_reader import TelnetReader


def reading(limit=1):
    auth = Authorizer("", None, Random(1))
    site = Site("192.0.2.7", 80, tls=True, authorizer=auth, connections=Connections(limit))
    return Bench(TelnetReader(site, 23, Random(2)))


def test_lines_are_read_and_no_byte_is_sent():
    bench = reading().give(Connected(1), 0.1)
    assert (bench.opens[0].port, bench.opens[0].tls) == (23, False)
    bench.give(Received(1, b"\xff\xfb\x01I (5) a: one\r\nI (6)"), 1.0)
    bench.give(Received(1, b" a: two\r\n"), 2.0)
    assert [(e.at_s, e.text) for e in bench.of(LogLine)] == [
        (1.0, "I (5) a: one"),
        (2.0, "I (6) a: two"),
    ]
    assert bench.sent[1] == b""
    assert bench.machine.deadline() == math.inf


def test_it_comes_back_after_a_close_and_tells_the_first_failure_and_the_return():
    bench = reading().give(Connected(1), 0.1).give(PeerClosed(1), 5.0)
    assert bench.ended == {1: "Close"}
    bench.until(6.0).give(ConnectFailed(2, ConnectFailure.REFUSED, "refused"))
    bench.until(10.0).give(Connected(3))
    assert [n.about for n in bench.of(Note)] == ["telnet-lost", "telnet-back"]
    assert bench.of(Note)[0].text == "no telnet log: closed by the device"
    assert bench.peak == 1


def test_a_connection_that_never_comes_is_given_up():
    bench = reading().until(3.999)
    assert bench.ended == {}
    bench.until(4.0)
    assert bench.ended == {1: "Close"}
    assert bench.of(Note)[0].text == "no telnet log: no connection in the limit"


def test_a_line_cut_by_a_close_does_not_run_into_the_next_connection():
    bench = reading().give(Connected(1), 0.1).give(Received(1, b"half a l"), 0.2)
    bench.give(PeerReset(1), 0.3).until(2.0).give(Connected(2)).give(Received(2, b"ine\n"))
    assert [e.text for e in bench.of(LogLine)] == ["ine"]


def test_dropped_lines_are_told_a_second_later():
    bench = reading().give(Connected(1), 0.0).give(Received(1, b"x\n" * 300), 1.0).until(2.0)
    assert [n.about for n in bench.of(Note)] == ["log-lines-dropped"]


def test_without_budget_it_waits_and_finishing_ends_it():
    bench = reading(limit=1)
    other = TelnetReader(bench.machine._site, 23, Random(3))
    assert other.start(0.0) == []
    assert 0.0 <= other.deadline() <= 1.0
    bench.carry(bench.machine.finish(1.0))
    assert bench.ended == {1: "Close"}
    assert bench.machine.deadline() == math.inf
    assert bench.machine.finish(2.0) == []


INPUTS = st.sampled_from(
    [Connected, PeerClosed, PeerReset, lambda c: ConnectFailed(c, ConnectFailure.NAME),
     lambda c: Received(c, b"\xff\xfa\x01"), lambda c: Received(c, b"a\r\n\x1b[0m")]
)  # fmt: skip


@given(st.lists(st.tuples(st.floats(0.0, 5.0), INPUTS, st.integers(0, 2)), max_size=30))
def test_any_input_keeps_one_connection_at_most(script):
    bench = reading()
    for step, make, back in script:
        bench.until(bench.now + step)
        bench.give(make(max(1, bench.conn - back)))
    assert bench.peak == 1
    bench.until(bench.now + 100.0)
    bench.carry(bench.machine.finish(bench.now))
    assert not bench.open
