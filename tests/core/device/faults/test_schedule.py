"""The schedule: begin, step, end, again."""

from random import Random

from tests.core.device.rig import UPGRADE, Rig

from holdfast.core.device.faults.base import FaultPlan, parse_fault
from holdfast.core.device.faults.schedule import FaultSchedule


def told(rig, what):
    return [(event.at_s, event.values["fault"]) for event in rig.told(what)]


def test_a_fault_begins_ends_and_begins_again():
    rig = Rig(("stream-stalled:for=5s,every=20s", 10.0))
    rig.run(60.0)
    assert told(rig, "fault_began") == [(t, "stream-stalled") for t in (10.0, 30.0, 50.0)]
    assert told(rig, "fault_ended") == [(t, "stream-stalled") for t in (15.0, 35.0, 55.0)]


def test_what_began_is_told_with_its_parameters():
    rig = Rig(("slow-handler:delay=3s", 1.0))
    rig.run(2.0)
    assert rig.told("fault_began")[0].values == {
        "fault": "slow-handler",
        "for_s": 0.0,
        "every_s": 0.0,
        "step_s": 0.0,
        "delay_s": 3.0,
    }


def test_steps_end_with_the_fault():
    rig = Rig(("socket-exhaustion:for=5.5s,step=1s", 10.0))
    rig.run(14.0)
    assert rig.machine._board.sockets.leaked == 4
    rig.run(30.0)
    assert rig.machine._board.sockets.leaked == 0


def test_a_fault_that_begins_again_while_it_goes_on_keeps_one_pace():
    rig = Rig(("socket-exhaustion:for=0,step=1s,every=2s", 0.0))
    rig.run(6.0)
    assert rig.machine._board.sockets.leaked == 6


def test_without_faults_nothing_is_due():
    assert FaultSchedule([], None, Random(1)).deadline() == float("inf")


def test_one_fault_more_does_not_change_the_others():
    def gaps(*faults):
        rig = Rig(("torn-frames", 3.0), *faults)
        rig.run(1.0)
        conn = rig.connect()
        rig.send(conn, UPGRADE)
        rig.run(30.0)
        return rig.values("stream_torn", "kept_bytes")

    assert gaps() == gaps(("rssi-frozen", 90.0))


def test_a_plan_is_data():
    assert parse_fault("rssi-frozen", 5.0) == FaultPlan("rssi-frozen", 5.0, {})
