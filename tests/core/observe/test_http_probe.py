import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.observe.bench import TCP, Bench

from holdfast.core.journal.events import Outcome, Probe, Sample
from holdfast.core.link.transport import (
    Connected,
    ConnectFailed,
    ConnectFailure,
    PeerClosed,
    PeerReset,
    Received,
    TcpSampled,
)
from holdfast.core.observe.body import body_reader
from holdfast.core.observe.credentials import Authorizer, Credentials
from holdfast.core.observe.http_probe import HttpProbe
from holdfast.core.observe.site import Connections, Site
from holdfast.core.profile import Endpoint, Profile

PING = Endpoint(path="/ping", expect_body="OK")
HEALTH = Endpoint(path="/health", body="json", limit_s=5.0, max_body_bytes=200)
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


def probing(endpoint=PING, target="ping", host="192.0.2.7", credentials=None, limit=1, tcp=TCP):
    profile = Profile(name="x", title="x", ping=endpoint, samples={"uptime_s": "up"})
    auth = Authorizer("", credentials, Random(1))
    site = Site(host, 80, authorizer=auth, connections=Connections(limit))
    probe = HttpProbe(site, target, endpoint, body_reader(endpoint, profile))
    return Bench(probe, tcp=tcp)


def answered(*pieces, at=0.5, **options) -> Bench:
    bench = probing(**options).give(Connected(1), 0.1)
    for piece in pieces:
        bench.give(Received(1, piece), at)
    return bench


def test_a_good_answer_is_measured_in_its_parts():
    bench = probing().give(Connected(1, "192.0.2.7"), 0.125)
    assert bench.sent[1] == (
        b"GET /ping HTTP/1.1\r\nHost: 192.0.2.7\r\nUser-Agent: holdfast\r\nAccept: */*\r\n"
        b"Connection: close\r\n\r\n"
    )
    bench.give(Received(1, GOOD[:20]), 0.5).give(Received(1, GOOD[20:]), 0.75)
    assert bench.probe == Probe(
        at_s=0.0,
        source="probe.ping",
        link="192.0.2.7:80",
        method="http",
        target="ping",
        outcome=Outcome.OK,
        status=200,
        connect_s=0.125,
        first_byte_s=0.5,
        total_s=0.75,
        size_bytes=2,
        limit_s=4.0,
        tcp=TCP,
    )
    assert bench.ended == {1: "Close"}
    assert bench.machine.is_done


def test_times_count_from_the_probe_s_own_start():
    bench = probing()
    bench.machine.is_done = True  # the first one; a second is started late
    late = Bench(HttpProbe(bench.machine._site, "ping", PING, bench.machine._reader))
    assert late.opens == []
    bench.machine._site.connections.drop(1)
    probe = HttpProbe(bench.machine._site, "ping", PING, bench.machine._reader)
    actions = probe.start(10.0)
    assert [a.conn for a in actions] == [2]
    probe.receive(Connected(2), 10.25)
    probe.receive(Received(2, GOOD), 10.5)
    probe.receive(TcpSampled(2), 10.5)
    assert (probe.result.at_s, probe.result.connect_s, probe.result.total_s) == (10.0, 0.25, 0.5)


def test_name_resolution_is_taken_out_of_the_connection():
    bench = probing(host="dev.local").give(Connected(1, "192.0.2.7", resolve_s=1.5), 1.75)
    bench.give(Received(1, GOOD), 2.0)
    assert bench.opens[0].host == "dev.local"
    assert (bench.probe.connect_s, bench.probe.resolve_s, bench.probe.total_s) == (0.25, 1.5, 2.0)


def test_a_slow_name_does_not_make_a_slow_connection_fast():
    """2.1 s on the connection itself are over its limit, whatever the name took."""
    bench = probing(host="dev.local").give(Connected(1, resolve_s=1.0), 3.1)
    assert (bench.probe.outcome, bench.probe.connect_s) == (Outcome.CONNECT_TIMEOUT, None)


@pytest.mark.parametrize(
    ("why", "outcome"),
    [
        (ConnectFailure.REFUSED, Outcome.CONNECT_REFUSED),
        (ConnectFailure.UNREACHABLE, Outcome.CONNECT_FAIL_FAST),
        (ConnectFailure.LOCAL, Outcome.CONNECT_FAIL_FAST),
        (ConnectFailure.NAME, Outcome.NAME_NOT_RESOLVED),
        (ConnectFailure.TLS, Outcome.NOT_HTTP),
    ],
)
def test_a_connection_that_fails(why, outcome):
    bench = probing().give(ConnectFailed(1, why, "some\x1breason"), 0.25)
    probe = bench.probe
    assert (probe.outcome, probe.total_s, probe.connect_s) == (outcome, 0.25, None)
    assert probe.detail == "some\\x1breason"
    assert bench.ended == {}
    assert bench.machine._site.connections.free == 1


def test_no_syn_ack_in_two_seconds():
    bench = probing().until(1.999)
    assert bench.of(Probe) == []
    bench.until(2.0)
    assert (bench.probe.outcome, bench.probe.total_s) == (Outcome.CONNECT_TIMEOUT, 2.0)
    assert bench.ended == {1: "Close"}


def test_a_name_may_take_two_seconds_longer():
    bench = probing(host="dev.local").until(3.999)
    assert bench.of(Probe) == []
    assert bench.until(4.0).probe.outcome is Outcome.CONNECT_TIMEOUT


def test_connected_but_no_byte():
    bench = probing().give(Connected(1), 1.9).until(3.999)
    assert bench.of(Probe) == []
    probe = bench.until(4.0).probe
    assert (probe.outcome, probe.total_s, probe.connect_s) == (Outcome.NO_RESPONSE, 4.0, 1.9)
    assert probe.tcp == TCP


def test_a_head_that_never_ends_is_too_slow_and_says_so():
    probe = answered(b"HTTP/1.1 200 OK\r\nX: ").until(4.0).probe
    assert (probe.outcome, probe.status) == (Outcome.TOO_SLOW, None)
    assert probe.detail == "head incomplete after 20 bytes and 4 s"


def test_a_head_without_end_in_bytes_is_no_http():
    bench = answered(b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"x" * 1_000] * 17)
    assert bench.probe.outcome is Outcome.NOT_HTTP
    assert bench.probe.detail == "head over 16384 bytes"
    assert bench.ended == {1: "Abort"}


def test_a_body_that_never_ends_is_too_slow():
    probe = answered(GOOD[:-1]).until(4.0).probe
    assert (probe.outcome, probe.status, probe.size_bytes) == (Outcome.TOO_SLOW, 200, 1)
    assert probe.detail == "body incomplete after 1 bytes and 4 s"


def test_an_answer_after_the_limit_is_none():
    """Even when the driver hands it over before the timer."""
    bench = answered(GOOD[:-1])
    bench.now = 4.01
    bench.give(Received(1, b"K"))
    assert bench.probe.outcome is Outcome.TOO_SLOW
    at_the_limit = answered(GOOD[:-1])
    at_the_limit.now = 4.0
    assert at_the_limit.give(Received(1, b"K")).probe.outcome is Outcome.OK


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nA: b\r\n"])
def test_fin_before_a_complete_head_is_an_early_close(before):
    bench = answered(*[before] if before else [])
    bench.give(PeerClosed(1), 0.5)
    assert (bench.probe.outcome, bench.probe.status) == (Outcome.EARLY_CLOSE, None)
    assert bench.ended == {1: "Close"}


def test_fin_in_the_body_is_an_early_close_with_its_status():
    bench = answered(GOOD[:-1]).give(PeerClosed(1, TCP), 0.6)
    assert (bench.probe.outcome, bench.probe.status) == (Outcome.EARLY_CLOSE, 200)
    assert bench.probe.detail == "closed in the body, after 39 bytes"


def test_fin_ends_a_body_without_a_length():
    bench = answered(b"HTTP/1.0 200 OK\r\n\r\nOK").give(PeerClosed(1, TCP), 0.75)
    assert (bench.probe.outcome, bench.probe.total_s, bench.probe.tcp) == (Outcome.OK, 0.75, TCP)
    assert bench.ended == {1: "Close"}


@pytest.mark.parametrize("before", [[], [b"HTTP/1.1 2"], [GOOD[:-1]]])
def test_rst_after_the_connection_is_a_reset(before):
    bench = answered(*before).give(PeerReset(1, "by peer", TCP), 0.6)
    assert (bench.probe.outcome, bench.probe.detail, bench.probe.tcp) == (
        Outcome.RESET,
        "by peer",
        TCP,
    )
    assert bench.ended == {}


def test_a_wrong_status_is_named():
    probe = answered(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").probe
    assert (probe.outcome, probe.status, probe.detail) == (
        Outcome.BAD_STATUS,
        503,
        "status 503",
    )


def test_a_server_that_speaks_no_http_is_known_at_once():
    bench = answered(b"220 ftp ready\r\n")
    assert bench.probe.outcome is Outcome.NOT_HTTP
    assert bench.probe.detail.startswith("answers '220 ftp ready")


def test_an_unexpected_body_is_bad():
    probe = answered(GOOD.replace(b"OK", b"no").replace(b"200 no", b"200 OK")).probe
    assert (probe.outcome, probe.detail) == (Outcome.BAD_BODY, "body lacks 'OK', begins 'no'")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"up":"\xff"}', "body not UTF-8 at byte 7"),
        (b"<html></html>", "body not JSON: JSON is malformed: invalid character (byte 0)"),
        (b"[1]", "body JSON, but a list where an object was expected"),
        (b"", "body not JSON: Input data was truncated"),
    ],
)
def test_a_health_that_is_none_is_bad_and_gives_no_sample(body, detail):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    bench = answered(head + body, endpoint=HEALTH, target="health")
    assert (bench.probe.outcome, bench.probe.detail) == (Outcome.BAD_BODY, detail)
    assert bench.of(Sample) == []


def test_a_health_that_is_one_gives_its_sample():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    bench = answered(
        head + b'9\r\n{"up":512\r\n1\r\n}\r\n0\r\n\r\n', endpoint=HEALTH, target="health"
    )
    assert bench.probe.outcome is Outcome.OK
    assert bench.of(Sample) == [
        Sample(
            at_s=0.5,
            source="health",
            link="192.0.2.7:80",
            values={"uptime_s": 512},
            raw='{"up":512}',
        )
    ]


def test_a_body_announced_over_the_limit_is_cut_off_at_its_head():
    bench = answered(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + b"x" * 50, endpoint=HEALTH
    )
    assert (bench.probe.outcome, bench.probe.size_bytes) == (Outcome.BAD_BODY, 0)
    assert bench.probe.detail == "body of 1073741824 bytes announced, limit 200, cut off"
    assert bench.ended == {1: "Abort"}


def test_a_body_that_flows_over_the_limit_is_cut_off_there():
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    assert answered(head + b"x" * 200, endpoint=HEALTH).of(Probe) == []
    bench = answered(head + b"x" * 200, b"x", b"x", endpoint=HEALTH)
    assert (bench.probe.outcome, bench.probe.size_bytes) == (Outcome.BAD_BODY, 201)
    assert bench.ended == {1: "Abort"}


def test_a_huge_error_page_is_still_a_bad_status():
    bench = answered(b"HTTP/1.1 500 No\r\nContent-Length: 999\r\n\r\n", endpoint=HEALTH)
    assert (bench.probe.outcome, bench.probe.status) == (Outcome.BAD_STATUS, 500)


def test_broken_chunks_are_a_bad_body():
    bench = answered(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert (bench.probe.outcome, bench.probe.status) == (Outcome.BAD_BODY, 200)


def test_interim_answers_are_passed_over():
    assert answered(b"HTTP/1.1 102 Wait\r\n\r\n" * 5 + GOOD).probe.outcome is Outcome.OK


def test_without_the_kernel_s_answer_the_record_comes_all_the_same():
    bench = answered(GOOD, tcp=None)
    assert bench.of(Probe) == []
    bench.until(0.5)
    assert (bench.probe.outcome, bench.probe.tcp) == (Outcome.OK, None)
    assert bench.ended == {1: "Close"}


def test_a_cancelled_probe_leaves_no_record_but_one_that_is_ready_does():
    bench = answered(GOOD[:-1])
    bench.carry(bench.machine.cancel())
    assert (bench.records, bench.ended) == ([], {1: "Close"})
    assert bench.machine.cancel() == []
    ready = answered(GOOD, tcp=None)
    assert ready.carry(ready.machine.cancel()).probe.outcome is Outcome.OK


# --- challenges -----------------------------------------------------------------------

CHALLENGE = (
    b"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", "
    b"algorithm=SHA-256\r\nContent-Length: 0\r\n\r\n"
)  # fmt: skip
KNOWN = Credentials(user="admin", password="hunter2")


def test_a_challenge_costs_a_second_connection_within_a_budget_of_one():
    bench = answered(CHALLENGE, credentials=KNOWN)
    assert [o.conn for o in bench.opens] == [1, 2]
    assert (bench.peak, bench.ended) == (1, {1: "Close"})
    bench.give(Connected(2), 0.75).give(Received(2, GOOD), 1.0)
    assert b"\r\nAuthorization: Digest username=" in bench.sent[2]
    probe = bench.probe
    assert (probe.outcome, probe.at_s, probe.connect_s, probe.total_s) == (
        Outcome.OK,
        0.5,
        0.25,
        0.5,
    )
    assert "hunter2" not in repr(bench.records)


def test_both_requests_share_one_limit():
    bench = answered(CHALLENGE, credentials=KNOWN, at=3.5).give(Connected(2), 3.75)
    bench.until(3.999)
    assert bench.of(Probe) == []
    assert bench.until(4.0).probe.outcome is Outcome.NO_RESPONSE


def test_a_second_challenge_is_a_bad_status():
    bench = answered(CHALLENGE, credentials=KNOWN).give(Connected(2), 0.75)
    bench.give(Received(2, CHALLENGE), 1.0)
    assert (bench.probe.outcome, bench.probe.status) == (Outcome.BAD_STATUS, 401)
    assert len(bench.opens) == 2


def test_without_credentials_a_challenge_is_a_bad_status():
    assert answered(CHALLENGE).probe.status == 401


# --- whatever comes -------------------------------------------------------------------

INPUTS = st.one_of(
    st.builds(Connected, st.just(1), st.just(""), st.none() | st.floats(0, 9)),
    st.builds(ConnectFailed, st.just(1), st.sampled_from(list(ConnectFailure)), st.text()),
    st.builds(
        Received,
        st.integers(1, 2),
        st.binary(min_size=1, max_size=40) | st.sampled_from([GOOD, GOOD[:30], CHALLENGE]),
    ),
    st.builds(PeerClosed, st.integers(1, 2)),
    st.builds(PeerReset, st.integers(1, 2), st.text()),
    st.builds(TcpSampled, st.integers(1, 2)),
)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), INPUTS), max_size=12))
def test_any_input_ends_in_exactly_one_record_within_the_limit(script):
    bench = probing(credentials=KNOWN)
    for step, event in script:
        bench.give(event, bench.now + step)
    bench.until(20.0)
    assert bench.machine.deadline() == math.inf
    assert 0.0 <= bench.probe.total_s <= 5.0
    assert bench.machine._site.connections.free == 1


def test_byte_by_byte_gives_what_all_at_once_gives():
    for data in (GOOD, CHALLENGE, b"HTTP/1.1 503 B\r\n\r\nx", b"junk that is none"):
        whole = answered(data).give(PeerClosed(1), 0.5).probe
        pieces = answered(*[data[i : i + 1] for i in range(len(data))])
        again = pieces.give(PeerClosed(1), 0.5).probe
        assert (again.outcome, again.status, again.size_bytes) == (
            whole.outcome,
            whole.status,
            whole.size_bytes,
        )
