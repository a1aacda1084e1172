"""Calls in order of time."""

from holdfast.testing.simulation import Simulation


def test_calls_run_in_order_of_time_and_then_of_asking():
    simulation, seen = Simulation(), []
    for at_s, name in [(2.0, "c"), (1.0, "a"), (1.0, "b"), (9.0, "never")]:
        simulation.at(at_s, lambda name: seen.append((simulation.now, name)), name)
    simulation.run(5.0)
    assert seen == [(1.0, "a"), (1.0, "b"), (2.0, "c")]
    assert simulation.now == 5.0


def test_time_never_goes_back_for_a_call_in_the_past():
    simulation, seen = Simulation(), []
    simulation.at(2.0, lambda: simulation.at(1.0, lambda: seen.append(simulation.now)))
    simulation.run(5.0)
    assert seen == [2.0]


def test_it_stops_where_it_is_told_to_and_goes_on_from_there():
    simulation, seen = Simulation(), []

    def stop():
        simulation.is_stopping = True

    simulation.at(1.0, stop)
    simulation.at(2.0, seen.append, "later")
    simulation.run(5.0)
    assert (simulation.now, seen) == (1.0, [])
    simulation.run(5.0)
    assert (simulation.now, seen) == (5.0, ["later"])
