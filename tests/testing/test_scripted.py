from math import inf

from holdfast.core.link.transport import SerialIn, SerialOut, Stop
from holdfast.testing.scripted import Scripted


def test_it_follows_its_script_and_keeps_what_it_got():
    machine = Scripted(
        [(0.0, SerialOut("a")), (1.0, SerialOut("b")), (1.0, Stop("c"))],
        lambda event: [SerialOut(event.data.decode())],
    )
    assert machine.start(0.0) == [SerialOut("a")]
    assert machine.deadline() == 1.0
    assert machine.on_timer(0.5) == []
    assert machine.on_timer(1.0) == [SerialOut("b"), Stop("c")]
    assert machine.deadline() == inf
    assert machine.receive(SerialIn(b"x"), 2.0) == [SerialOut("x")]
    assert machine.inputs == [(2.0, SerialIn(b"x"))]
    assert machine.events() == [SerialIn(b"x")]
    assert machine.timers == [0.5, 1.0]


def test_without_a_reaction_it_does_nothing():
    assert Scripted().receive(SerialIn(b"x"), 0.0) == []
