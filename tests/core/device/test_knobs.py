"""Knobs at rest mean a device that behaves."""

from holdfast.core.device.knobs import ANSWERED, REQUEST_OUTCOMES, Knobs
from holdfast.core.journal.events import Outcome


def test_at_rest_nothing_is_bent():
    knobs = Knobs()
    assert knobs.outcome is None
    assert knobs.sleep is None
    assert knobs.is_reachable
    assert knobs.handler_extra_s == knobs.loss_tx == knobs.loss_rx == 0.0


def test_all_outcomes_but_the_good_one_are_an_observers():
    assert REQUEST_OUTCOMES[0] == ANSWERED
    assert {Outcome(name) for name in REQUEST_OUTCOMES[1:]} < set(Outcome)
