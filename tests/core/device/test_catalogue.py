"""The catalogue: every twin, dialect, switch and fault by name."""

from random import Random

import pytest

from holdfast.core.device.catalogue import (
    dialects,
    faults,
    finding_of,
    make_twin,
    parse_fault,
    switches,
    twin_ports,
    twins,
)
from holdfast.errors import ConfigError


@pytest.mark.parametrize("name", twins())
def test_every_dialect_of_every_twin_runs(name):
    for dialect in dialects(name):
        twin = make_twin(name, dialect=dialect, settings={}, rng=Random(1))
        assert twin.start(0.0)


def test_the_plan_is_the_default_dialect():
    assert dialects("dashboard") == ("plan", "firmware")
    assert make_twin("dashboard", settings={}, rng=Random(1)).settings.dialect == "plan"


def test_the_ports_are_the_real_devices():
    assert twin_ports("dashboard", settings={}) == (80, 23)
    assert twin_ports("dashboard", settings={"telnet": "off"}) == (80,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dialects("dashbord"), "no such twin 'dashbord'; did you mean 'dashboard'"),
        (lambda: switches("dashboard", "plam"), "no such dialect 'plam'; did you mean 'plan'"),
        (
            lambda: make_twin("dashboard", settings={"backlg": "5"}, rng=Random(1)),
            "backlg: no such switch; did you mean 'backlog'",
        ),
        (lambda: parse_fault("wifi-dropuot"), "no such fault 'wifi-dropuot'; did you mean"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest(call, message):
    with pytest.raises(ConfigError, match=message):
        call()


def test_every_fault_has_a_finding_or_says_that_it_has_none():
    assert finding_of("wifi-dropout") == "wifi-dropout"
    assert [name for name in faults() if finding_of(name) is None] == ["outcomes"]
    assert len(faults()) == 24


def test_the_same_seed_makes_the_same_twin():
    def actions(seed):
        twin = make_twin("dashboard", settings={"boot": "cold"}, rng=Random(seed))
        out = [twin.start(0.0)]
        while twin.deadline() < 30.0:
            out.append(twin.on_timer(twin.deadline()))
        return out

    assert actions(1) == actions(1)
    assert actions(1) != actions(2)
