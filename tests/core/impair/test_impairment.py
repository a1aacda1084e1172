"""Models add up in a fixed order, each with chances of its own."""

from math import inf
from random import Random

from holdfast.core.impair.cut import Cut
from holdfast.core.impair.impairment import NOTHING, ImpairedLink, Impairment, combined
from holdfast.core.impair.latency import Latency
from holdfast.core.impair.loss import Loss
from holdfast.core.impair.reset import Reset
from holdfast.core.impair.segments import Segments
from holdfast.core.impair.unit import Direction, End, Fate, Unit


def unit(**changes):
    return Unit(**{"at_s": 1.0, "size_bytes": 10, "direction": Direction.UP} | changes)


def fates(impairment, seed=1, count=200):
    link = ImpairedLink(impairment, Random(seed))
    return [link.judge(unit(at_s=float(n))) for n in range(count)]


LOSS = Loss(probability=0.3)


def test_nothing_changes_nothing():
    assert NOTHING.is_nothing
    assert not Impairment(loss=(LOSS,)).is_nothing
    assert ImpairedLink(NOTHING, Random(1)).judge(unit()) == Fate(at_s=1.0)


def test_equal_seeds_give_equal_fates():
    assert fates(Impairment(loss=(LOSS,))) == fates(Impairment(loss=(LOSS,)))
    assert fates(Impairment(loss=(LOSS,))) != fates(Impairment(loss=(LOSS,)), seed=2)


def test_a_model_more_does_not_change_what_another_draws():
    alone = [f.lost_by for f in fates(Impairment(loss=(LOSS,)))]
    beside = Impairment(loss=(LOSS,), latency=(Latency(delay_s=1.0),))
    assert [f.lost_by for f in fates(beside)] == alone


def test_what_is_lost_or_ended_is_not_delayed():
    lost = ImpairedLink(
        Impairment(loss=(Loss(probability=1.0),), latency=(Latency(delay_s=1.0),)), Random(1)
    )
    assert lost.judge(unit()) == Fate(at_s=1.0, lost_by="loss")
    cut = ImpairedLink(
        Impairment(cut=(Cut(after_bytes=4),), loss=(Loss(probability=1.0),)), Random(1)
    )
    assert cut.judge(unit()) == Fate(at_s=1.0, end=End.RESET, keep_bytes=4)


def test_directions_are_kept_apart():
    link = ImpairedLink(Impairment(latency=(Latency(delay_s=1.0, direction="down"),)), Random(1))
    assert link.judge(unit()).at_s == 1.0
    assert link.judge(unit(direction=Direction.DOWN)).at_s == 2.0


def test_combined_ones_do_what_all_do():
    both = combined(
        [
            Impairment(title="a", loss=(LOSS,)),
            Impairment(title="b", latency=(Latency(delay_s=1.0),), loss=(LOSS,)),
        ]
    )
    assert both.title == "a; b"
    assert both.loss == (LOSS, LOSS)
    assert both.latency == (Latency(delay_s=1.0),)
    assert combined([NOTHING]) is NOTHING


def test_the_shortest_life_and_the_smallest_piece_count():
    link = ImpairedLink(
        Impairment(
            reset=(Reset(after_s=9.0), Reset(after_s=5.0, direction="up"), Reset(probability=0.1)),
            segments=(Segments(size_bytes=9), Segments(size_bytes=5, direction="down")),
        ),
        Random(1),
    )
    assert [link.lifetime_s(d) for d in Direction] == [5.0, 9.0]
    assert [link.piece(d).size_bytes for d in Direction] == [9, 5]
    plain = ImpairedLink(NOTHING, Random(1))
    assert plain.lifetime_s(Direction.UP) == inf
    assert plain.piece(Direction.UP).size_bytes == 1_460
