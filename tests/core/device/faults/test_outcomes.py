"""Fault ``outcomes``: what it does to the dashboard."""

import pytest
from tests.core.device.rig import Rig

from holdfast.core.device.faults.base import make_fault, parse_fault
from holdfast.core.device.knobs import REQUEST_OUTCOMES
from holdfast.errors import ConfigError


def seen(rig, conn):
    """What a client sees within its 4 s."""
    raw = bytes(rig.got[conn])
    ended = rig.ended.get(conn, ("", 0))[0]
    if not raw:
        return {"": "no_response", "Close": "early_close", "Abort": "reset"}[ended]
    if not raw.startswith(b"HTTP/"):
        return "not_http"
    if not raw.endswith(b"0\r\n\r\n"):
        return "too_slow"
    if rig.status(conn) != 200:
        return "bad_status"
    return "answered" if rig.body(conn) == b"OK" else "bad_body"


def test_every_request_ends_as_the_script_says_and_is_told_so():
    rig = Rig(("outcomes", 0.0))
    done = []
    for _ in range(3 * len(REQUEST_OUTCOMES)):
        conn = rig.get("/ping", 4.0)
        done.append(seen(rig, conn))
        if conn not in rig.ended:
            rig.leave(conn)
    assert done == list(REQUEST_OUTCOMES) * 3
    assert rig.values("request", "outcome") == done


def test_a_shuffled_script_keeps_its_shares():
    rig = Rig(("outcomes:cycle=answered*3/reset,shuffled=on", 0.0))
    for _ in range(200):
        rig.get("/ping", 1.0)
    outcomes = rig.values("request", "outcome")
    assert set(outcomes) == {"answered", "reset"}
    assert 30 <= outcomes.count("reset") <= 70


def test_slots_of_time_may_hold_outcomes_of_the_connection():
    rig = Rig(("outcomes:cycle=answered/connect_timeout/connect_refused/reset,slot=5s", 10.0))
    modes = []
    for at_s in (9.0, 11.0, 16.0, 21.0, 26.0, 31.0):
        rig.run(at_s)
        modes.append(rig.listen[80])
    assert modes == ["accept", "accept", "silent", "refuse", "accept", "accept"]
    assert rig.values("slot", "outcome")[:4] == [
        "answered",
        "connect_timeout",
        "connect_refused",
        "reset",
    ]
    rig.run(46.0)
    assert rig.ended[rig.get("/ping")][0] == "Abort"


def test_it_ends():
    rig = Rig(("outcomes:cycle=reset,for=5s", 0.0))
    rig.run(5.0)
    assert rig.status(rig.get("/ping")) == 200


def test_outcomes_of_the_connection_need_slots():
    with pytest.raises(ConfigError, match="no such outcome 'connect_timeout'"):
        make_fault(parse_fault("outcomes:cycle=connect_timeout"))
    with pytest.raises(ConfigError, match="1 to 100000"):
        parse_fault("outcomes:cycle=reset*0")
