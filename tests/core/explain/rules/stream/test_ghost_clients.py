"""Viewers that are gone and hold up the others."""

import pytest
from tests.core.explain.runs import Bench, codes

from holdfast.core.explain.engine import explain
from holdfast.core.explain.rules.stream.ghost_clients import check
from holdfast.core.journal.events import Outcome


def stalled(step_s=5.0, *, outcome=Outcome.OK, icmp=True):
    """A message a second, one in ``step_s`` between 100 and 160 s."""
    bench = Bench().ticks(0, 100).ticks(100, 160, outcome, icmp=icmp).ticks(160, 300)
    quiet = []
    at_s = 101.0
    while at_s + step_s <= 161.0:
        quiet.append((at_s, at_s + step_s - 1.0))
        at_s += step_s
    return bench.stream(1, 299, None, quiet=quiet)


def used(bench, ghosts):
    for at_s in range(0, 300, 20):
        bench.told(float(at_s), sockets_open=6 + (ghosts if 101 <= at_s <= 160 else 0))
    return bench


def test_the_pace_of_a_send_time_out_alone_is_a_suspicion():
    (found,) = check(stalled().view())
    assert 0.6 <= found.confidence < 0.8
    assert found.evidence[0].observed == 5.0
    assert found.from_s == 100.0
    assert found.to_s == 160.0


def test_sockets_that_nobody_holds_confirm_it():
    (found,) = check(used(stalled(), 2).view())
    assert found.confidence >= 0.9
    assert found.evidence[1].text == (
        "8 sockets in use meanwhile, 6 otherwise, with the same viewers"
    )


def test_as_many_sockets_as_ever_refute_it_unless_sends_failed():
    assert not check(used(stalled(), 0).view())
    line = "httpd_txrx: httpd_sock_err: error in send : 11"
    assert len(check(used(stalled(), 0).log(120.0, line).view())) == 1


@pytest.mark.parametrize(
    "line",
    [
        "W (12) httpd_txrx: httpd_sock_err: error in send : 11",
        "[ 12][W][AsyncTCP.cpp:1123] _poll(): ack timeout 4",
    ],
)
def test_the_device_s_own_word_of_failed_sends_confirms_it(line):
    (found,) = check(stalled().log(120.0, line).view())
    assert found.confidence >= 0.9
    assert check(stalled().log(250.0, line).view())[0].confidence < 0.8
    other = line.replace(": 11", ": 104").replace("timeout 4", "timeout 5")
    assert check(stalled().log(120.0, other).view())[0].confidence < 0.8


@pytest.mark.parametrize("step_s", [4.0, 7.0, 15.0])
def test_silences_of_another_length_are_none(step_s):
    assert not check(stalled(step_s).view())


def test_stalls_apart_from_each_other_are_none():
    quiet = [(at, at + 4.0) for at in (51.0, 101.0, 151.0, 201.0, 251.0)]
    assert not check(Bench().ticks(0, 300).stream(1, 299, None, quiet=quiet).view())


def test_a_device_that_does_not_answer_is_something_else():
    assert not check(stalled(outcome=Outcome.NO_RESPONSE).view())
    assert not check(stalled(outcome=Outcome.CONNECT_TIMEOUT, icmp=False).view())


def test_a_server_that_its_stream_keeps_busy_has_ghosts_too():
    bench = Bench().ticks(0, 300, Outcome.NO_RESPONSE)
    quiet = [(101.0 + 5 * i, 105.0 + 5 * i) for i in range(12)]
    assert len(check(bench.stream(1, 299, None, quiet=quiet).view())) == 1


def test_it_explains_the_silences():
    found = explain(used(stalled(), 2).view())
    assert codes(found) == ["ghost-clients"]
    assert "stream-stalled" in [c.code for c in found[0].consequences]
