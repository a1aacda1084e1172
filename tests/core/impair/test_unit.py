"""A fate is decided by loss or by an end, and by nothing else."""

import pytest

from holdfast.core.impair.loss import Loss
from holdfast.core.impair.unit import Direction, End, Fate


def test_a_fate_is_decided_by_loss_or_end_only():
    assert not Fate(at_s=1.0).is_decided
    assert not Fate(at_s=1.0, held_by="stall", copy_s=0.1, flip_bit=3).is_decided
    assert Fate(at_s=1.0, lost_by="loss").is_decided
    assert Fate(at_s=1.0, end=End.CLOSE).is_decided


@pytest.mark.parametrize(
    ("direction", "ways"), [("both", {"up", "down"}), ("up", {"up"}), ("down", {"down"})]
)
def test_a_model_acts_on_the_direction_that_it_names(direction, ways):
    spec = Loss(probability=1.0, direction=direction)
    assert {str(way) for way in Direction if spec.acts_on(way)} == ways
