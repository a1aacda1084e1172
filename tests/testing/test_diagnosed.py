"""A diagnosis in the simulated world is reproducible and knows nothing of the truth."""

from holdfast.core.journal.events import Truth
from holdfast.testing.diagnosed import DEVICE, diagnosed


def test_equal_seeds_give_equal_runs():
    one = diagnosed(seed=3, duration_s=60.0)
    two = diagnosed(seed=3, duration_s=60.0)
    assert one.events == two.events
    assert one.header == two.header


def test_other_seeds_give_other_runs():
    assert diagnosed(seed=3, duration_s=60.0).events != diagnosed(seed=4, duration_s=60.0).events


def test_what_the_twin_did_is_not_in_it():
    run = diagnosed(seed=1, duration_s=60.0, faults=[("stream-stalled", 10.0)])
    assert run.header.target == DEVICE
    assert not any(isinstance(e, Truth) for e in run.events)
    assert [e.seq for e in sorted(run.events, key=lambda e: e.seq)] == list(
        range(1, len(run.events) + 1)
    )
