"""While the radio is away everything is lost, then it waits for ARP."""

from random import Random

from holdfast.core.impair.dropout import Dropout
from holdfast.core.impair.unit import Direction, Fate, Unit


def test_away_then_settling_then_back():
    model = Dropout(away_s=4.0, after_s=10.0, every_s=60.0, settle_s=0.5).model(Random(1), 0.0)
    seen = []
    for at_s in (9.9, 10.0, 13.9, 14.1, 14.5, 70.0):
        for direction in Direction:
            fate = Fate(at_s=at_s)
            model.touch(Unit(at_s=at_s, size_bytes=1, direction=direction), fate)
            seen.append((fate.at_s, fate.lost_by, fate.held_by))
    assert seen[::2] == seen[1::2]
    assert seen[::2] == [
        (9.9, "", ""),
        (10.0, "dropout", ""),
        (13.9, "dropout", ""),
        (14.5, "", "dropout"),
        (14.5, "", ""),
        (70.0, "dropout", ""),
    ]
