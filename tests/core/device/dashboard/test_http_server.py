"""The server: one task, sessions, answers, hostile clients."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.device.rig import GET, UPGRADE, Rig

from holdfast.core.link.transport import Acked

PING = GET % b"/ping"


def test_requests_are_served_one_after_the_other():
    rig = Rig(handler="1s")
    conns = []
    for _ in range(3):
        conn = rig.connect()
        rig.send(conn, PING)
        conns.append(conn)
    rig.run(6.0)
    times = [rig.sent_at[conn][0] for conn in conns]
    assert times == sorted(times)
    assert times[1] - times[0] >= 0.5
    assert times[2] - times[1] >= 0.5


def test_a_connection_may_ask_again_and_again():
    rig = Rig()
    conn = rig.connect()
    for n in range(1, 4):
        rig.send(conn, GET % b"/api/system")
        rig.run_for(0.5)
        assert bytes(rig.got[conn]).count(b"HTTP/1.1 200") == n
    rig.run_for(6.0)
    assert rig.ended[conn][0] == "Close"


def test_pipelined_requests_are_answered_in_order():
    rig = Rig()
    conn = rig.connect()
    rig.send(conn, (GET % b"/api/system") + (GET % b"/nothing") + PING)
    rig.run_for(1.0)
    raw = bytes(rig.got[conn])
    assert raw.index(b"200 OK") < raw.index(b"404 Not Found") < raw.rindex(b"200 OK")


def test_a_dribbled_head_holds_up_the_others_for_five_seconds():
    rig = Rig()
    slow = rig.connect()
    rig.send(slow, b"GET /pi")
    quick = rig.get("/ping", 4.9)
    assert rig.got[quick] == b""
    rig.run_for(0.2)
    assert rig.status(quick) == 200
    assert rig.status(slow) == 408
    assert rig.ended[slow][0] == "Close"


def test_a_client_that_does_not_drain_holds_up_the_others_and_is_dropped():
    rig = Rig(acks=False, send_buffer=1000)
    slow = rig.get("/metrics", 1.0)
    quick = rig.get("/ping", 3.0)
    assert rig.got[quick] == b""
    rig.run_for(3.0)
    assert rig.ended[slow][0] == "Abort"
    assert "error in send : 11" in rig.serial
    assert rig.status(quick) == 200


def test_a_client_that_drains_late_gets_everything():
    rig = Rig(acks=False, send_buffer=1000)
    conn = rig.get("/metrics", 1.0)
    for _ in range(6):
        rig.give(Acked(conn, 1000))
        rig.run_for(1.0)
    assert bytes(rig.got[conn]).endswith(b"0\r\n\r\n")


def test_half_closed_clients_get_their_answer():
    rig = Rig()
    conn = rig.connect()
    rig.send(conn, GET % b"/api/system")
    rig.leave(conn)
    rig.run_for(1.0)
    assert rig.status(conn) == 200
    assert rig.ended[conn][0] == "Close"


def test_a_client_that_leaves_in_the_middle_of_its_head_is_closed():
    rig = Rig()
    conn = rig.connect()
    rig.send(conn, b"GET")
    rig.leave(conn)
    assert rig.ended[conn] == ("Close", 0.0)
    assert rig.status(rig.get("/ping")) == 200


def test_what_is_no_http_is_told_so_and_closed():
    rig = Rig()
    conn = rig.connect()
    rig.send(conn, b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n")
    rig.run_for(1.0)
    assert rig.status(conn) == 400
    assert rig.ended[conn][0] == "Close"


def test_an_endless_head_is_cut_off_at_its_limit():
    rig = Rig()
    conn = rig.connect()
    rig.send(conn, b"GET / HTTP/1.1\r\nX: " + b"a" * 5000)
    assert rig.status(conn) == 431
    assert rig.ended[conn][0] == "Close"


def test_an_evicted_session_is_the_least_recently_heard():
    rig = Rig(max_sessions=2, early_503="off", session_timeout="0")
    first, second = rig.connect(), rig.connect()
    rig.send(first, b"G")
    rig.connect()
    assert second in rig.ended
    assert first not in rig.ended
    assert rig.values("session_evicted", "conn") == [second]


def test_a_firmware_leaves_closing_to_the_client():
    rig = Rig(dialect="firmware")
    conn = rig.get("/ping", 20.0)
    assert b"Connection: close" in rig.got[conn]
    assert conn not in rig.ended
    rig.send(conn, PING)
    rig.leave(conn)
    assert rig.ended[conn][0] == "Close"


def test_every_request_is_told_with_path_and_status():
    rig = Rig()
    rig.get("/ping")
    rig.get("/nothing")
    told = [event.values for event in rig.told("request")]
    assert [(v["path"], v["outcome"], v["status"]) for v in told] == [
        ("/ping", "answered", 200),
        ("/nothing", "bad_status", 404),
    ]


def test_early_503_spares_the_last_session():
    rig = Rig(max_sessions=3, session_timeout="0")
    first, second = rig.connect(), rig.connect()
    third = rig.get("/ping", 0.5)
    assert rig.status(third) == 503
    assert rig.ended[third][0] == "Close"
    assert first not in rig.ended
    assert second not in rig.ended


STEP = st.one_of(
    st.tuples(st.just("connect"), st.sampled_from([80, 80, 80, 23])),
    st.tuples(st.just("send"), st.integers(0, 9), st.binary(max_size=300)),
    st.tuples(
        st.just("send"),
        st.integers(0, 9),
        st.sampled_from([PING, UPGRADE, GET % b"/api/events", GET % b"/metrics", PING[:9]]),
    ),
    st.tuples(st.just("leave"), st.integers(0, 9)),
    st.tuples(st.just("reset"), st.integers(0, 9)),
    st.tuples(st.just("run"), st.sampled_from([0.0, 0.01, 0.5, 3.0, 30.0])),
    st.tuples(st.just("acks"), st.booleans()),
)


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(
    st.lists(STEP, max_size=60),
    st.sampled_from(["plan", "firmware"]),
    st.sampled_from(
        [(), (("wifi-dropout", 2.0),), (("device-reboot", 2.0),), (("outcomes", 0.0),)]
    ),
)
def test_hostile_clients_raise_nothing_and_fill_nothing(steps, dialect, faults):
    rig = Rig(*faults, dialect=dialect)
    open_conns = []
    left = set()
    for step in steps:
        what, *args = step
        alive = [c for c in open_conns if c not in rig.ended]
        if what == "connect" and rig.listen.get(args[0]) == "accept":
            open_conns.append(rig.connect(args[0]))
        elif what == "run":
            rig.run_for(args[0])
        elif what == "acks":
            rig.acks = args[0]
        elif what in ("send", "leave", "reset") and args[0] < len(alive):
            conn = alive[args[0]]
            if conn in left:
                continue
            if what == "send" and args[1]:
                rig.send(conn, args[1])
            elif what == "leave":
                rig.leave(conn)
                left.add(conn)
            elif what == "reset":
                rig.reset(conn)
                open_conns.remove(conn)
    board, server = rig.machine._board, rig.machine._server
    assert len(board.tcp) <= 24
    assert all(len(client.inbox) <= 2_000_000 for client in server._clients.values())
    waiting = sum(c.buffer.waiting_bytes for c in board.tcp._connections.values())
    assert waiting < 200_000
    assert set(server._clients) <= set(board.tcp._connections)
    rig.run_for(1.0)


def test_a_page_elsewhere_changes_nothing_and_opens_no_socket():
    rig = Rig()
    body = b'{"brightness":10}'
    head = b"POST /api/config HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nContent-Length: %d\r\n\r\n"
    conn = rig.connect()
    rig.send(conn, head % len(body) + body)
    rig.run_for(0.5)
    assert rig.status(conn) == 403
    assert b"asked for by a page of another origin" in bytes(rig.got[conn])
    socket = rig.connect()
    rig.send(socket, UPGRADE.replace(b"\r\n\r\n", b"\r\nSec-Fetch-Site: cross-site\r\n\r\n"))
    rig.run_for(0.5)
    assert rig.status(socket) == 403


def test_a_name_that_somebody_may_own_is_not_answered():
    rig = Rig()
    conn = rig.connect()
    rig.send(conn, b"GET /api/config HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    rig.run_for(0.5)
    assert rig.status(conn) == 403
