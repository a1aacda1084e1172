"""Ports where nobody listens."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.rules.server.port_closed import check
from holdfast.core.journal.events import Outcome


def test_every_connection_refused():
    (found,) = check(Bench().ticks(0, 30, Outcome.CONNECT_REFUSED).view())
    assert found.title == "Nothing listens on this port"
    assert found.evidence[0].observed == 6.0
    assert found.confidence >= 0.9


def test_for_a_while():
    bench = Bench().ticks(0, 30).ticks(30, 50, Outcome.CONNECT_REFUSED).ticks(50, 100)
    (found,) = check(bench.view())
    assert found.title == "The device's server stopped listening for a while"
    assert (found.from_s, round(found.to_s, 2)) == (30.1, 45.12)


def test_two_refusals_are_none():
    bench = Bench().ticks(0, 30).ticks(30, 40, Outcome.CONNECT_REFUSED).ticks(40, 100)
    assert not check(bench.view())
    assert not check(Bench().ticks(0, 60, Outcome.CONNECT_TIMEOUT).view())
