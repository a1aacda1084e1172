"""Fault ``ghost-clients``: what it does to the dashboard."""

from itertools import pairwise

from tests.core.device.rig import Rig


def test_messages_come_a_send_time_out_apart_while_the_ghosts_are_there():
    rig = Rig(("ghost-clients:for=20s,every=0", 5.0))
    stream = rig.get("/api/events", 40.0)
    at_s = sorted({at for at in rig.sent_at[stream] if at >= 3.0})
    steps = [round(b - a, 3) for a, b in pairwise(at_s)]
    assert steps.count(5.0) == 4
    assert {s for s in steps if s > 1.1} == {5.0}
    assert rig.serial.count("error in send : 11") == 3


def test_the_slots_are_taken_and_given_back():
    rig = Rig(("ghost-clients:for=20s,every=0,ghosts=3", 5.0))
    before = rig.body(rig.get("/health"))
    rig.run(10.0)
    while_there = rig.body(rig.get("/health"))
    rig.run(30.0)
    after = rig.body(rig.get("/health"))
    opened = [int(text.partition(b'"open":')[2].partition(b"}")[0]) for text in
              (before, while_there, after)]  # fmt: skip
    assert opened[1] - opened[0] >= 3
    assert opened[2] - opened[1] <= -2
