"""What both kinds of stream share, played on an event stream."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.core.observe.bench import TCP, Bench

from holdfast.core.journal.events import CloseClass, Stream, StreamWhat, TcpInfo
from holdfast.core.link.liveness import LivenessSettings
from holdfast.core.link.transport import (
    Connected,
    ConnectFailed,
    ConnectFailure,
    PeerClosed,
    PeerReset,
    Received,
    TcpSampled,
)
from holdfast.core.observe.credentials import Authorizer, Credentials
from holdfast.core.observe.site import Connections, Site
from holdfast.core.observe.sse_client import SseClient
from holdfast.core.observe.stream_client import liveness_settings
from holdfast.core.observe.ws_client import WsClient
from holdfast.core.profile import StreamSpec

SSE = StreamSpec(kind="sse", path="/e", gap_limit_s=3.0)
OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
CHALLENGE = (
    b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\n'
    b"Content-Length: 0\r\n\r\n"
)
KNOWN = Credentials(user="admin", password="hunter2")


def streaming(spec=SSE, host="192.0.2.7", limit=1, credentials=None, seed=2, tcp=TCP):
    auth = Authorizer("", credentials, Random(1))
    site = Site(host, 80, authorizer=auth, connections=Connections(limit))
    kind = WsClient if spec.kind == "ws" else SseClient
    return Bench(kind(spec, site, Random(seed)), tcp=tcp)


def opened(**options):
    return streaming(**options).give(Connected(1), 0.1).give(Received(1, OPEN), 0.25)


def last(bench) -> Stream:
    return bench.of(Stream)[-1]


@pytest.mark.parametrize(
    ("why", "close"),
    [
        (ConnectFailure.REFUSED, CloseClass.CONNECT_REFUSED),
        (ConnectFailure.UNREACHABLE, CloseClass.CONNECT_FAIL_FAST),
        (ConnectFailure.LOCAL, CloseClass.CONNECT_FAIL_FAST),
        (ConnectFailure.NAME, CloseClass.NAME_NOT_RESOLVED),
        (ConnectFailure.TLS, CloseClass.PROTOCOL_ERROR),
    ],
)
def test_a_connection_that_fails_is_a_refusal(why, close):
    bench = streaming().give(ConnectFailed(1, why, "reason"), 0.25)
    assert bench.stream() == ["opening", "refused"]
    assert (last(bench).close, last(bench).detail, last(bench).at_s) == (close, "reason", 0.25)
    assert bench.ended == {}


def test_no_syn_ack_in_two_seconds_is_a_refusal():
    bench = streaming().until(1.999)
    assert bench.stream() == ["opening"]
    bench.until(2.0)
    assert last(bench).close is CloseClass.CONNECT_TIMEOUT
    assert bench.ended == {1: "Close"}
    named = streaming(host="dev.local").until(3.999)
    assert named.stream() == ["opening"]


@pytest.mark.parametrize(("data", "detail"), [(None, "0 bytes"), (b"HTTP/1.1 2", "10 bytes")])
def test_no_head_in_five_seconds_is_no_response(data, detail):
    bench = streaming().give(Connected(1), 1.0)
    if data:
        bench.give(Received(1, data), 1.5)
    bench.until(5.999)
    assert bench.stream() == ["opening"]
    bench.until(6.0)
    assert (last(bench).close, last(bench).detail) == (
        CloseClass.NO_RESPONSE,
        f"no complete head, {detail}",
    )


def test_fin_and_rst_before_the_head_are_refusals():
    fin = streaming().give(Connected(1), 0.1).give(PeerClosed(1), 0.5)
    assert (last(fin).what, last(fin).close) == (StreamWhat.REFUSED, CloseClass.BY_PEER)
    assert fin.ended == {1: "Close"}
    rst = streaming().give(Connected(1), 0.1).give(PeerReset(1, "rst"), 0.5)
    assert (last(rst).what, last(rst).close) == (StreamWhat.REFUSED, CloseClass.RESET)
    assert rst.ended == {}


def test_a_session_is_told_from_opening_to_close():
    bench = opened().give(Received(1, b"data: 1\n\n"), 1.0).give(Received(1, b"data: 2\n\n"), 5.0)
    bench.give(PeerReset(1, "by peer", TCP), 6.25)
    assert bench.stream() == ["opening", "opened", "message", "gap", "message", "closed"]
    closed = last(bench)
    assert (closed.close, closed.for_s, closed.session, closed.tcp) == (
        CloseClass.RESET,
        6.0,
        1,
        TCP,
    )


def test_silence_closes_it_after_three_heartbeats():
    bench = opened().give(Received(1, b":life\n"), 10.0).until(84.9)
    assert bench.stream()[-1] == "heartbeat"
    bench.until(85.0)
    closed = [e for e in bench.of(Stream) if e.what is StreamWhat.CLOSED]
    assert [(e.close, e.at_s, e.detail) for e in closed] == [
        (CloseClass.SILENT, 85.0, "nothing heard for 75.0 s")
    ]
    assert bench.ended[1] == "Close"


def test_it_reconnects_after_a_delay_of_at_most_the_backoff():
    bench = opened().give(PeerClosed(1), 20.0)
    due = bench.machine.deadline()
    assert 20.0 <= due <= 21.0
    bench.until(due)
    assert [o.conn for o in bench.opens] == [1, 2]
    assert last(bench).session == 2
    assert bench.peak == 1


def test_refusals_in_a_row_wait_longer_and_longer():
    """Full jitter under 1, 2, 4 ... 30 s: the mean over many seeds is half the bound."""
    waits = []
    for seed in range(60):
        bench = streaming(seed=seed)
        gaps = []
        for _ in range(7):
            bench.give(ConnectFailed(bench.conn, ConnectFailure.REFUSED))
            gaps.append(bench.machine.deadline() - bench.now)
            bench.until(bench.machine.deadline())
        waits.append(gaps)
    means = [sum(column) / len(waits) for column in zip(*waits, strict=True)]
    for mean, bound in zip(means, [1, 2, 4, 8, 16, 30, 30], strict=True):
        assert mean == pytest.approx(bound / 2, rel=0.3)


def test_without_budget_it_waits_for_a_slot():
    bench = streaming(limit=1)
    site = bench.machine._site
    other = SseClient(SSE, site, Random(1))
    assert other.start(0.0) == []
    assert other.deadline() == 1.0
    site.connections.drop(1)
    assert len(other.on_timer(1.0)) == 2


def test_finishing_an_open_stream_is_a_close_by_us():
    bench = opened().give(Received(1, b"data: 1\n\n"), 1.0)
    bench.now = 5.0
    bench.carry(bench.machine.finish(5.0))
    assert bench.stream()[-2:] == ["gap", "closed"]
    assert (last(bench).close, last(bench).for_s) == (CloseClass.BY_US, 4.75)
    assert bench.machine.deadline() == math.inf
    assert bench.machine.finish(6.0) == []


def test_finishing_an_attempt_is_a_refusal_by_us_and_between_attempts_nothing():
    bench = streaming()
    bench.carry(bench.machine.finish(0.5))
    assert (last(bench).what, last(bench).close) == (StreamWhat.REFUSED, CloseClass.BY_US)
    waiting = streaming().give(ConnectFailed(1, ConnectFailure.REFUSED), 0.1)
    assert waiting.machine.finish(0.1) == []
    assert waiting.machine.deadline() == math.inf


def test_a_challenge_is_answered_in_the_same_session_on_a_second_connection():
    bench = streaming(credentials=KNOWN).give(Connected(1), 0.1).give(Received(1, CHALLENGE), 0.2)
    assert bench.ended == {1: "Close"}
    bench.give(Connected(2), 0.3).give(Received(2, OPEN), 0.4)
    assert b"\r\nAuthorization: Digest username=" in bench.sent[2]
    assert bench.stream() == ["opening", "opened"]
    assert bench.peak == 1
    again = streaming(credentials=KNOWN).give(Connected(1), 0.1).give(Received(1, CHALLENGE), 0.2)
    again.give(Connected(2), 0.3).give(Received(2, CHALLENGE), 0.4)
    assert (last(again).close, last(again).status) == (CloseClass.STATUS, 401)


def test_the_kernel_s_last_word_is_in_the_close():
    early, late = TcpInfo(rtt_s=0.5, rttvar_s=0.0), TcpInfo(rtt_s=0.25, rttvar_s=0.0)
    bench = opened(tcp=None).give(TcpSampled(1, early), 0.3).give(TcpSampled(1, late), 9.0)
    bench.give(TcpSampled(1, None), 10.0).give(PeerClosed(1), 11.0)
    assert last(bench).tcp == late


@pytest.mark.parametrize(
    ("fields", "silent_s"),
    [
        ({"kind": "sse"}, 75.0),
        ({"kind": "ws", "ping_s": 10.0, "gap_limit_s": 30.0}, 90.0),
        ({"kind": "ws", "interval_s": 60.0}, 180.0),
        ({"kind": "ws", "interval_s": None}, 75.0),
        ({"kind": "sse", "interval_s": None}, math.inf),
        ({"kind": "sse", "interval_s": None, "silent_s": 40.0}, 40.0),
    ],
)
def test_silence_is_judged_by_the_profile(fields, silent_s):
    spec = StreamSpec(path="/", **fields)
    assert liveness_settings(spec) == LivenessSettings(ping_s=spec.ping_s, silent_s=silent_s)


ORDER = {
    "opening": {"opened", "refused"},
    "refused": {"opening"},
    "closed": {"opening"},
}
ANY = {"message", "activity", "heartbeat", "gap", "torn", "closed"}
MESSAGES = st.sampled_from(
    [OPEN, OPEN[:30], OPEN[30:], CHALLENGE, b"data: 1\n\n", b":c\n", b"retry: 9\n", b"\x81\x01a",
     b"HTTP/1.1 503 B\r\n\r\n", b"HTTP/1.1 101 S\r\n\r\n", b"data: " + b"x" * 500 + b"\n\n" * 3]
)  # fmt: skip
INPUTS = st.one_of(
    st.builds(Connected, st.integers(0, 1)),
    st.builds(ConnectFailed, st.integers(0, 1), st.sampled_from(list(ConnectFailure)), st.text()),
    st.builds(Received, st.integers(0, 1), MESSAGES | st.binary(min_size=1, max_size=30)),
    st.builds(PeerClosed, st.integers(0, 1)),
    st.builds(PeerReset, st.integers(0, 1)),
)


@given(
    st.sampled_from([SSE, StreamSpec(kind="ws", path="/ws", hello="hi")]),
    st.lists(st.tuples(st.floats(0.0, 8.0), INPUTS), max_size=40),
)
def test_whatever_comes_each_session_is_well_ordered(spec, script):
    bench = streaming(spec, credentials=KNOWN)
    for step, event in script:
        bench.until(bench.now + step)
        bench.give(structs.replace(event, conn=bench.conn - event.conn))
    bench.until(bench.now + 500.0)
    bench.carry(bench.machine.finish(bench.now))
    assert bench.peak == 1
    assert not bench.open
    _check_order(bench.of(Stream))


def _check_order(events):
    before, session, at_s = "closed", 0, 0.0
    for event in events:
        assert event.what.value in ORDER.get(before, ANY), (before, event)
        if event.what is StreamWhat.OPENING:
            session += 1
        assert event.session == session
        if event.what not in (StreamWhat.GAP, StreamWhat.ACTIVITY):
            assert event.at_s >= at_s
            at_s = event.at_s
        before = event.what.value
    assert before in ("closed", "refused")
