"""Addresses where nobody answers."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.rules.network.host_unreachable import check
from holdfast.core.journal.events import Outcome

DOWN = Outcome.CONNECT_TIMEOUT


def test_never_answered():
    bench = Bench().ticks(0, 60, DOWN, icmp=False, control=True)
    bench.ask(61, Outcome.CONNECT_FAIL_FAST)
    (found,) = check(bench.view())
    assert found.title == "Nothing answers at this address"
    assert found.confidence >= 0.85
    assert any("failed at once" in e.text for e in found.evidence)
    assert {r.code for r in found.ruled_out} == {"observer-side", "port-closed"}


def test_gone_for_good():
    bench = Bench().ticks(0, 60).ticks(60, 130, DOWN, icmp=False)
    (found,) = check(bench.view())
    assert found.title.startswith("The device went off")
    assert found.from_s == 60.1


def test_two_attempts_or_an_answer_by_icmp_or_a_return_clear_it():
    assert not check(Bench().ticks(0, 10, DOWN, icmp=False).view())
    assert not check(Bench().ticks(0, 60, DOWN, icmp=True).view())
    assert not check(Bench().ticks(0, 60, DOWN, icmp=False).ticks(60, 100).view())
    recent = Bench().ticks(0, 60).ticks(60, 90, DOWN, icmp=False)
    assert not check(recent.view()), "a drop-out until a minute has gone"


def test_a_refusal_is_an_answer():
    assert not check(Bench().ticks(0, 60, Outcome.CONNECT_REFUSED, icmp=None).view())
