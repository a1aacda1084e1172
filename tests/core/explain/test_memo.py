"""Facts once a run."""

import gc

from tests.core.explain.runs import Bench

from holdfast.core.explain.memo import once_per_run


def test_a_fact_is_worked_out_once_for_each_run():
    asked = []

    @once_per_run
    def count(run):
        """Count the events."""
        asked.append(run)
        return len(run.events)

    one, two = Bench().ask(1).view(), Bench().ask(1).ask(2).view()
    assert [count(one), count(one), count(two), count(one)] == [1, 1, 2, 1]
    assert len(asked) == 2
    assert count.__doc__ == "Count the events."


def test_it_is_forgotten_with_its_run():
    alive = []

    class Witness:
        def __del__(self):
            alive.append("gone")

    @once_per_run
    def fact(run):
        return Witness()

    run = Bench().ask(1).view()
    fact(run)
    del run
    gc.collect()
    assert alive == ["gone"]
