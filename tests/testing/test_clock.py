import pytest

from holdfast.testing.clock import ManualClock


def test_it_moves_only_when_told_to():
    clock = ManualClock(2.0)
    assert clock.now() == 2.0
    assert clock.advance(1.5) == 3.5
    assert clock.now() == 3.5


def test_it_never_goes_back():
    with pytest.raises(ValueError, match=r"^a clock never goes back, got -0\.1$"):
        ManualClock().advance(-0.1)
