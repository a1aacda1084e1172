"""Faults by name: parsing, ranges, the table."""

from importlib import import_module
from pathlib import Path
from random import Random

import pytest

from holdfast.core.device import faults
from holdfast.core.device.faults.base import (
    FAULTS,
    FINDINGS,
    Fault,
    FaultPlan,
    fault,
    finding_of,
    make_fault,
    parse_fault,
)
from holdfast.errors import ConfigError


def test_the_table_is_the_folder():
    folder = Path(faults.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "base", "schedule"}
    assert {name.replace("-", "_") for name in FAULTS} == files == set(faults.__all__)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_names_itself_its_finding_and_what_is_seen(name):
    text = import_module(f"holdfast.core.device.faults.{name.replace('-', '_')}").__doc__
    assert text.startswith(f"Fault ``{name}``: ")
    finding = finding_of(name)
    assert (f"Finding: ``{finding}``" in text) if finding else ("No one finding" in text)
    assert "An observer sees" in text
    assert name == FAULTS[name].NAME


def test_only_faults_of_another_name_are_in_the_table_of_findings():
    assert set(FINDINGS) <= set(FAULTS)
    assert all(name != finding for name, finding in FINDINGS.items())


def test_a_fault_is_read_with_its_parameters():
    plan = parse_fault("wifi-dropout:for=8s,reason=8,wedged=on", 30.0)
    assert plan == FaultPlan("wifi-dropout", 30.0, {"for": "8s", "reason": "8", "wedged": "on"})
    made = make_fault(plan)
    assert (made.for_s, made.reason, made.wedged) == (8.0, 8, True)


def test_without_parameters_the_defaults_hold():
    assert make_fault(parse_fault("torn-frames")).every_s == 20.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "fault: no such fault ''; known: "),
        ("torn-frame", "fault: no such fault 'torn-frame'; did you mean 'torn-frames'?"),
        ("torn-frames:every", "fault: 'every' is not key=value in 'torn-frames:every'"),
        ("torn-frames:evry=3s", "fault.torn-frames: no such parameter 'evry'; "
         "did you mean 'every'?"),
        ("torn-frames:every=soon", "fault.torn-frames.every: must be a number, or a duration like 30s, got 'soon'"),
        ("wifi-dropout:reason=256", "fault.wifi-dropout.reason: must be int <= 255, got '256'"),
        ("wifi-dropout:wedged=maybe", "fault.wifi-dropout.wedged: must be on or off, got 'maybe'"),
        ("device-reboot:reason=boredom", "fault.device-reboot.reason: must be str matching regex"),
        ("outcomes:cycle=ok", "fault.outcomes.cycle: no such outcome 'ok'; one of answered, "),
        ("outcomes:_place=3", "fault.outcomes: no such parameter '_place'; "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_in_one_line(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_fault(text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_name_is_registered_once():
    with pytest.raises(ConfigError, match="twice"):
        fault("torn-frames")(Fault)


def test_a_fault_that_does_nothing_does_nothing():
    idle = Fault()
    for act in (idle.begin, idle.step, idle.end):
        assert act(None, 0.0, Random(1)) is None
    assert idle.shown() == {"for_s": 0.0, "every_s": 0.0, "step_s": 0.0}
