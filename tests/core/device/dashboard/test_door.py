"""The door: the backlog of a stuck server and its three phases."""

import pytest
from tests.core.device.rig import GET, UPGRADE, Rig


def blocked(seed=1, **more):
    rig = Rig(dialect="firmware", seed=seed, **more)
    rig.get("/api/events", 0.5)
    return rig


def test_first_five_are_accepted_and_hear_nothing():
    rig = blocked()
    conns = [rig.get("/ping", 0.1) for _ in range(5)]
    assert rig.listen[80] == "silent"
    rig.run(60.0)
    assert all(rig.got[conn] == b"" and conn not in rig.ended for conn in conns)


@pytest.mark.parametrize("seed", range(10))
def test_then_syns_are_unanswered_until_67_to_80_s(seed):
    rig = blocked(seed)
    for _ in range(5):
        rig.connect()
    while rig.listen[80] == "silent":
        rig.run_for(0.1)
    assert 67.0 <= rig.now <= 80.2


def test_then_they_are_closed_when_they_ask():
    rig = blocked()
    rig.run(81.0)
    conn = rig.connect()
    assert conn not in rig.ended
    rig.send(conn, GET % b"/ping")
    assert rig.ended[conn] == ("Close", 81.0)
    assert rig.told("request")[-1].values["outcome"] == "early_close"


def test_who_gave_up_keeps_a_place_and_is_told_as_unanswered():
    rig = blocked()
    for _ in range(4):
        conn = rig.get("/ping", 4.0)
        rig.leave(conn)
    assert rig.listen[80] == "accept"
    rig.connect()
    assert rig.listen[80] == "silent"
    assert rig.values("request", "outcome") == ["no_response"] * 4
    assert not rig.ended


def test_when_the_stream_ends_who_waits_is_served():
    rig = blocked()
    conn = rig.get("/ping", 1.0)
    left = rig.get("/ping", 1.0)
    rig.leave(left)
    rig.leave(1)
    rig.run_for(0.1)
    assert rig.status(conn) == 200
    assert rig.ended[left][0] == "Close"
    assert rig.listen[80] == "accept"


def test_a_second_stream_waits_for_the_first_and_then_blocks_in_its_turn():
    rig = blocked()
    second = rig.get("/api/events", 1.0)
    third = rig.get("/ping", 1.0)
    assert rig.got[second] == b""
    rig.leave(1)
    rig.run_for(5.0)
    assert rig.status(second) == 200
    assert rig.got[third] == b""


def test_a_waiting_client_cannot_send_more_than_the_window():
    rig = blocked()
    conn = rig.connect()
    rig.send(conn, b"x" * 6000)
    assert [type(a).__name__ for a in rig.machine._actions] == []
    assert conn not in rig.ended


def test_a_reset_in_the_backlog_is_forgotten_when_the_server_is_free():
    rig = blocked()
    conn = rig.get("/ping", 1.0)
    rig.reset(conn)
    rig.leave(1)
    rig.run_for(1.0)
    assert conn not in rig.ended
    assert rig.status(rig.get("/ping")) == 200


def test_a_peer_that_leaves_in_the_third_phase_is_let_go():
    rig = blocked()
    rig.run(81.0)
    conn = rig.connect()
    rig.leave(conn)
    assert rig.ended[conn][0] == "Close"


def test_a_wifi_loss_empties_the_backlog():
    rig = Rig(("wifi-dropout:for=1s", 10.0), dialect="firmware")
    rig.get("/api/events", 1.0)
    for _ in range(5):
        rig.connect()
    rig.run(40.0)
    assert rig.listen[80] == "accept"
    conn = rig.connect()
    rig.send(conn, UPGRADE)
    rig.run_for(1.0)
    assert rig.status(conn) == 404
