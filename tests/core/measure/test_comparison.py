"""A comparison states effect and certainty, and crowns nobody by chance."""

from random import Random

import msgspec
import pytest

from holdfast.core.journal.events import (
    CloseClass,
    Header,
    Outcome,
    Probe,
    Run,
    RunPhase,
    Stream,
    StreamWhat,
)
from holdfast.core.measure.comparison import Change, compare
from holdfast.core.measure.run import RunView


def run(seed, *, loss=0.05, stay=0.0, median_s=0.04, gap=0.0, opens=True, for_s=600):
    """Pings every 5 s that fail in outages, a 1 Hz stream that pauses now and then."""
    rng = Random(seed)
    events = [Run(at_s=for_s, phase=RunPhase.ENDED)]
    is_bad = False
    for t in range(0, for_s, 5):
        is_bad = rng.random() < (stay if is_bad else loss * (1 - stay) / (1 - loss))
        outcome = Outcome.CONNECT_TIMEOUT if is_bad else Outcome.OK
        took_s = 2.0 if is_bad else median_s * rng.lognormvariate(0, 0.4)
        events.append(Probe(at_s=t, method="http", target="ping", outcome=outcome, total_s=took_s))
    events.append(Stream(at_s=0, what=StreamWhat.OPENING, transport="ws", session=1))
    if not opens:
        events.append(
            Stream(at_s=1, what=StreamWhat.REFUSED, transport="ws", session=1,
                   close=CloseClass.STATUS)
        )  # fmt: skip
        return RunView(Header(plan="general"), events)
    events.append(Stream(at_s=0, what=StreamWhat.OPENED, transport="ws", session=1))
    t = 0.5
    while t < for_s:
        events.append(Stream(at_s=t, what=StreamWhat.MESSAGE, transport="ws", session=1))
        t += rng.uniform(4, 15) if rng.random() < gap else 1.0
    return RunView(Header(plan="general"), events)


def compared(before, after, seed=0):
    return compare([("old", before), ("new", after)], Random(seed))


def test_more_failures_are_certainly_worse_and_fewer_better():
    found = compared(run(1), run(2, loss=0.4))
    assert found.change is Change.WORSE
    assert found.pairs[0].sentence.startswith("new is certainly worse than old: ping.ok_ratio ")
    assert found.pairs[0].sentence.endswith(".")
    back = compared(run(2, loss=0.4), run(1))
    assert back.change is Change.BETTER
    assert back.pairs[0].sentence.startswith("new is certainly better than old: ping.ok_ratio ")


def test_the_sentence_states_effect_interval_and_chance():
    found = compared(run(1), run(2, loss=0.4)).pairs[0]
    row = next(d for d in found.differences if d.measure == "ping.ok_ratio")
    assert row.change is Change.WORSE
    assert row.before > row.after
    assert str(row) in found.sentence
    assert str(row) == (
        f"ping.ok_ratio {row.before:.4g} -> {row.after:.4g} "
        f"({row.effect:+.3g}, 95 % interval {row.low:+.3g} to {row.high:+.3g}, p < 0.001)"
    )


def test_gaps_and_continuity_speak_for_the_stream():
    found = compared(run(1), run(2, gap=0.1))
    changes = {d.measure: d.change for d in found.pairs[0].differences}
    assert changes["stream.continuity"] is Change.WORSE
    assert changes["stream.gaps_per_600_s"] is Change.WORSE
    assert changes["ping.ok_ratio"] is Change.NO_DIFFERENCE
    assert "to any times" in found.pairs[0].sentence


def test_one_thing_better_and_one_worse_is_worse_and_says_both():
    found = compared(run(1, loss=0.4, median_s=0.02), run(2, loss=0.001, median_s=0.2))
    assert found.change is Change.WORSE
    assert "worse than old: ping.p50_s" in found.pairs[0].sentence
    assert "; better only in ping.ok_ratio" in found.pairs[0].sentence


def test_a_run_compared_with_itself_is_no_difference():
    found = compared(run(1, gap=0.02), run(1, gap=0.02))
    assert found.change is Change.NO_DIFFERENCE
    assert found.pairs[0].sentence.startswith("No certain difference between old and new in 4 ")
    assert {d.p for d in found.pairs[0].differences} == {1.0}


def test_where_runs_are_not_comparable_no_winner_is_called():
    """The second looks far better only because its stream never opened."""
    found = compared(run(1, loss=0.6), run(2, loss=0.01, opens=False))
    pair = found.pairs[0]
    assert found.change is Change.NOT_COMPARABLE
    assert pair.sentence == "new cannot be compared with old: the stream never opened in new."
    assert pair.obstacles == ("the stream never opened in new",)
    assert {d.change for d in pair.differences} == {Change.NO_DIFFERENCE}
    assert pair.differences


def test_nothing_measured_in_both_is_not_comparable():
    empty = RunView(Header(), [])
    found = compared(empty, empty)
    assert found.change is Change.NOT_COMPARABLE
    assert found.pairs[0].obstacles == ("no measure has evidence in both",)


def test_several_runs_are_each_compared_with_the_first_and_corrected_together():
    first, same, worse = run(1), run(2), run(3, loss=0.25)
    alone = compare([("a", first), ("c", worse)], Random(0)).pairs[0]
    found = compare([("a", first), ("b", same), ("c", worse)], Random(0))
    assert [(p.before, p.after, p.change) for p in found.pairs] == [
        ("a", "b", Change.NO_DIFFERENCE), ("a", "c", Change.WORSE),
    ]  # fmt: skip
    assert found.change is Change.WORSE
    ps = [
        next(d.p for d in pair.differences if d.measure == "ping.ok_ratio")
        for pair in (alone, found.pairs[1])
    ]
    assert ps[1] == pytest.approx(2 * ps[0])


def test_one_run_is_not_enough():
    with pytest.raises(ValueError, match="at least 2 runs, got 1"):
        compare([("a", run(1))], Random(0))


def test_equal_seeds_give_equal_figures():
    one, two = (msgspec.json.encode(compared(run(1), run(2, gap=0.05), seed=9)) for _ in "12")
    assert one == two


def test_the_answer_says_how_neighbours_were_handled():
    assert "effective number" in compared(run(1), run(2)).autocorrelation


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [{"loss": 0.1}, {"loss": 0.1, "stay": 0.8}, {"loss": 0.2, "stay": 0.9, "gap": 0.02}]
)
def test_equal_devices_differ_certainly_in_few_comparisons(kind):
    """Outages of a minute too: of 30 pairs, one or two are expected to look different."""
    wrong = sum(
        compared(run(2 * s, **kind), run(2 * s + 1, **kind), seed=s).change
        is not Change.NO_DIFFERENCE
        for s in range(30)
    )
    assert wrong <= 4


@pytest.mark.slow
def test_a_real_difference_is_nearly_always_found():
    found = sum(
        compared(run(2 * s), run(2 * s + 1, loss=0.3), seed=s).change is Change.WORSE
        for s in range(15)
    )
    assert found >= 14
