"""The bench's own network."""

from tests.core.explain.runs import Bench, codes

from holdfast.core.explain.engine import explain
from holdfast.core.explain.rules.bench.observer_side import check
from holdfast.core.journal.events import Outcome

DOWN = Outcome.CONNECT_TIMEOUT


def test_control_and_device_fail_together():
    bench = Bench().ticks(0, 60, control=True).ticks(60, 80, DOWN, icmp=False, control=False)
    run = bench.ticks(80, 150, control=True).view()
    (found,) = check(run)
    assert (found.from_s, found.to_s) == (60.0, 77.0)
    assert found.evidence[0].observed == 4.0
    assert codes(explain(run)) == ["observer-side"]


def test_a_control_target_that_answers_clears_the_bench():
    bench = Bench().ticks(0, 60, control=True).ticks(60, 80, DOWN, icmp=False, control=True)
    assert not check(bench.ticks(80, 150, control=True).view())


def test_one_that_never_answers_proves_nothing():
    bench = Bench().ticks(0, 60, control=False).ticks(60, 80, DOWN, icmp=False, control=False)
    assert not check(bench.ticks(80, 150, control=False).view())


def test_one_that_fails_while_the_device_is_well_proves_nothing():
    bench = Bench().ticks(0, 60, control=True).ticks(60, 110, control=False)
    bench.ticks(110, 120, DOWN, icmp=False, control=False)
    assert not check(bench.ticks(120, 200, control=True).view())
