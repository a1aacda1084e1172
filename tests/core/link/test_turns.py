"""One input at a time, answers first, nothing for what is gone."""

import pytest

from holdfast.core.link.transport import (
    AskTcp,
    Close,
    ConnectFailed,
    ConnectFailure,
    EchoReply,
    PeerReset,
    Received,
    Send,
    Stop,
    TcpSampled,
)
from holdfast.core.link.turns import Turns
from holdfast.testing.scripted import Scripted


def make(machine, connections, carried):
    def carry_out(action):
        carried.append(action)
        match action:
            case AskTcp(conn):
                turns.answer(TcpSampled(conn))
            case Send(conn, data):  # a loopback: what is sent comes back at once
                turns.deliver(Received(conn, data))
            case Close(conn):
                del connections[conn]
            case Stop():
                turns.is_over = True

    turns = Turns(machine, connections, now=lambda: 5.0, carry_out=carry_out)
    return turns


def test_a_machine_is_never_entered_twice_and_answers_come_first():
    machine = Scripted(
        react=lambda e: [Send(1, b"x"), AskTcp(1), AskTcp(2)] if isinstance(e, EchoReply) else []
    )
    turns = make(machine, {1: "link"}, [])
    assert turns.deliver(EchoReply(1, 0.1))
    assert machine.inputs == [
        (5.0, EchoReply(1, 0.1)),
        (5.0, TcpSampled(1)),
        (5.0, TcpSampled(2)),
        (5.0, Received(1, b"x")),
    ]


def test_nothing_comes_for_a_connection_that_is_not_there():
    machine = Scripted()
    turns = make(machine, {1: "link"}, [])
    turns.deliver(Received(2, b"x"))
    turns.deliver(PeerReset(2))
    turns.deliver(ConnectFailed(2, ConnectFailure.REFUSED))
    assert machine.inputs == []


def test_what_waits_for_a_connection_that_is_closed_now_is_dropped():
    machine = Scripted(react=lambda e: [Close(1)] if isinstance(e, Received) else [])
    turns = make(machine, {1: "link"}, [])
    turns.take([Send(1, b"a"), Send(1, b"b")])
    assert machine.events() == [Received(1, b"a")]


@pytest.mark.parametrize("event", [PeerReset(1), ConnectFailed(1, ConnectFailure.NAME)])
def test_a_connection_that_failed_is_gone_when_the_machine_hears_of_it(event):
    connections = {1: "link"}
    seen = []
    machine = Scripted(react=lambda e: seen.append(dict(connections)) or [])
    turns = make(machine, connections, [])
    turns.deliver(event)
    assert seen == [{}]
    turns.deliver(Received(1, b"late"))
    assert machine.events() == [event]


def test_nothing_happens_after_the_end():
    carried = []
    machine = Scripted()
    turns = make(machine, {1: "link"}, carried)
    turns.take([Send(1, b"x"), Stop("over"), Close(1)])
    assert carried == [Send(1, b"x"), Stop("over")]
    assert machine.inputs == []


def test_a_machine_that_raises_leaves_the_turns_usable():
    def react(event):
        if event == Received(1, b"bad"):
            raise ValueError("bad")
        return []

    machine = Scripted(react=react)
    turns = make(machine, {1: "link"}, [])
    with pytest.raises(ValueError, match="bad"):
        turns.deliver(Received(1, b"bad"))
    assert turns.deliver(Received(1, b"good"))
