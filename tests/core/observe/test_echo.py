import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.journal.events import Note, Outcome, Probe
from holdfast.core.link.transport import Echo, EchoFailed, EchoReply, Record
from holdfast.core.observe.echo import EchoTrain


def train(target="icmp"):
    return EchoTrain("192.0.2.7", target, "dev:80", itertools.count(1))


def one(actions) -> Probe:
    (record,) = actions
    assert isinstance(record, Record)
    return record.event


def test_an_answer_gives_the_round_trip():
    echoes = train()
    assert echoes.send(5.0) == [Echo(1, "192.0.2.7")]
    assert echoes.is_waiting
    probe = one(echoes.receive(EchoReply(1, 0.025), 5.03))
    assert probe == Probe(
        at_s=5.0,
        source="probe.icmp",
        link="dev:80",
        method="icmp",
        target="icmp",
        outcome=Outcome.OK,
        first_byte_s=0.025,
        total_s=0.025,
        limit_s=2.0,
    )
    assert not echoes.is_waiting


def test_no_answer_in_two_seconds_is_no_response():
    echoes = train("control")
    echoes.send(5.0)
    assert echoes.deadline() == 7.0
    assert echoes.on_timer(6.999) == []
    probe = one(echoes.on_timer(7.0))
    assert (probe.outcome, probe.total_s, probe.first_byte_s) == (Outcome.NO_RESPONSE, 2.0, None)
    assert (probe.target, probe.at_s) == ("control", 5.0)
    assert echoes.deadline() == math.inf
    assert echoes.receive(EchoReply(1, 2.1), 7.1) == []


def test_an_answer_after_the_limit_is_none():
    echoes = train()
    echoes.send(0.0)
    assert one(echoes.receive(EchoReply(1, 2.0), 2.0)).outcome is Outcome.OK
    echoes.send(10.0)
    assert one(echoes.receive(EchoReply(2, 2.001), 12.1)).outcome is Outcome.NO_RESPONSE


def test_an_error_answer_fails_fast():
    echoes = train()
    echoes.send(1.0)
    probe = one(echoes.receive(EchoFailed(1, "host unreachable"), 1.5))
    assert (probe.outcome, probe.total_s) == (Outcome.CONNECT_FAIL_FAST, 0.5)
    assert probe.detail == "host unreachable"


def test_a_host_that_forbids_icmp_is_told_of_once_and_asked_no_more():
    echoes = train()
    echoes.send(0.0)
    echoes.send(0.1)
    probe, note = (r.event for r in echoes.receive(EchoFailed(1, "", permitted=False), 0.2))
    assert probe.outcome is Outcome.NOT_PERMITTED
    assert isinstance(note, Note)
    assert note.about == "icmp-not-permitted"
    assert one(echoes.receive(EchoFailed(2, "", permitted=False), 0.3)).outcome is (
        Outcome.NOT_PERMITTED
    )
    assert echoes.send(1.0) == []
    assert not echoes.is_waiting


def test_unknown_answers_and_other_inputs_are_nothing():
    echoes = train()
    echoes.send(0.0)
    assert echoes.receive(EchoReply(9, 0.1), 0.1) == []
    assert echoes.has(1)
    assert not echoes.has(9)


@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 3.0),
            st.sampled_from(["send", "reply", "fail", "deny", "timer"]),
            st.integers(1, 5),
            st.floats(allow_nan=True),
        ),
        max_size=40,
    )
)
def test_every_echo_is_recorded_exactly_once(script):
    echoes, now, sent, probes = train(), 0.0, 0, []
    for step, what, token, rtt_s in script:
        now += step
        actions = echoes.on_timer(now) if echoes.deadline() <= now else []
        if what == "send":
            actions += echoes.send(now)
        elif what == "reply":
            actions += echoes.receive(EchoReply(token, rtt_s), now)
        elif what in ("fail", "deny"):
            actions += echoes.receive(EchoFailed(token, "x\n", permitted=what == "fail"), now)
        sent += sum(isinstance(a, Echo) for a in actions)
        probes += [a.event for a in actions if isinstance(a, Record)]
    probes += [a.event for a in echoes.on_timer(now + 2.0)]
    recorded = [p for p in probes if isinstance(p, Probe)]
    assert len(recorded) == sent
    assert all(0.0 <= p.total_s <= 3.0 for p in recorded)
    assert echoes.deadline() == math.inf
