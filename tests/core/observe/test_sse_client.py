from random import Random

import pytest
from tests.core.observe.bench import Bench

from holdfast.core.journal.events import CloseClass, Stream, StreamWhat
from holdfast.core.link.transport import Connected, PeerClosed, Received
from holdfast.core.observe.credentials import Authorizer
from holdfast.core.observe.site import Connections, Site
from holdfast.core.observe.sse_client import SseClient
from holdfast.core.profile import StreamSpec

SPEC = StreamSpec(kind="sse", path="/api/events", time_field="uptime_ms")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
OPEN = HEAD + b"\r\n"


def streaming(spec=SPEC):
    auth = Authorizer("", None, Random(1))
    site = Site("192.0.2.7", 80, authorizer=auth, connections=Connections(1))
    return Bench(SseClient(spec, site, Random(2)))


def opened(head=OPEN, **options):
    return streaming(**options).give(Connected(1), 0.1).give(Received(1, head), 0.2)


def last(bench) -> Stream:
    return bench.of(Stream)[-1]


def test_the_request_is_that_of_an_event_source():
    bench = streaming().give(Connected(1), 0.1)
    assert bench.sent[1] == (
        b"GET /api/events HTTP/1.1\r\nHost: 192.0.2.7\r\nUser-Agent: holdfast\r\n"
        b"Accept: text/event-stream\r\nCache-Control: no-store\r\n\r\n"
    )


def test_messages_and_comments_are_told_as_they_come():
    bench = opened()
    bench.give(Received(1, b'data: {"uptime_ms":'), 1.0)
    bench.give(Received(1, b"2500}\n\n:heartbeat\n\n"), 1.5)
    assert bench.stream() == ["opening", "opened", "message", "heartbeat"]
    message = bench.of(Stream)[2]
    assert (message.at_s, message.size_bytes, message.device_s) == (1.5, 18, 2.5)


def test_chunked_coding_is_taken_off():
    bench = opened(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    bench.give(Received(1, b"6\r\ndata: \r\n3\r\nx\n\n\r\n"), 1.0)
    assert last(bench).size_bytes == 1
    bench.give(Received(1, b"0\r\n\r\n"), 2.0)
    assert (last(bench).close, last(bench).for_s) == (CloseClass.BY_PEER, 1.8)


@pytest.mark.parametrize(
    ("head", "close", "status", "detail"),
    [
        (b"HTTP/1.1 503 Busy\r\n\r\n", CloseClass.STATUS, 503, "status 503"),
        (b"HTTP/1.1 204 None\r\n\r\n", CloseClass.STATUS, 204, "status 204"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", CloseClass.PROTOCOL_ERROR, 200,
         "content type 'text/html', not text/event-stream"),
        (b"HTTP/1.1 200 OK\r\n\r\n", CloseClass.PROTOCOL_ERROR, 200,
         "content type '', not text/event-stream"),
        (b"SSH-2.0\r\n", CloseClass.PROTOCOL_ERROR, None,
         "answers 'SSH-2.0', no HTTP"),
    ],
    ids=["busy", "204", "html", "no-type", "ssh"],
)  # fmt: skip
def test_what_is_no_event_stream_is_refused(head, close, status, detail):
    bench = opened(head)
    assert bench.stream() == ["opening", "refused"]
    refused = last(bench)
    assert (refused.close, refused.status, refused.detail) == (close, status, detail)
    assert bench.ended == {1: "Close"}


def test_a_server_that_ends_the_stream_closed_it():
    bench = opened().give(Received(1, b"data: 1\n\n"), 1.0).give(PeerClosed(1), 2.0)
    assert (last(bench).what, last(bench).close) == (StreamWhat.CLOSED, CloseClass.BY_PEER)


def test_fin_in_a_chunk_is_by_the_peer_and_broken_chunks_are_its_error():
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    assert last(opened(head + b"5\r\nab").give(PeerClosed(1), 1.0)).close is CloseClass.BY_PEER
    assert last(opened(head + b"zz\r\n")).close is CloseClass.PROTOCOL_ERROR


def test_a_line_without_end_is_given_up():
    bench = opened()
    for _ in range(5):
        bench.give(Received(1, b"x" * 65_536), 1.0)
    assert (last(bench).close, last(bench).detail) == (
        CloseClass.PROTOCOL_ERROR,
        "line over 262144 bytes",
    )
    assert bench.ended == {1: "Abort"}


def test_the_last_id_is_sent_on_reconnect():
    bench = opened().give(Received(1, b"id: 42\ndata: x\n\n"), 1.0).give(PeerClosed(1), 2.0)
    bench.until(4.0).give(Connected(2))
    assert b"\r\nLast-Event-ID: 42\r\n" in bench.sent[2]


@pytest.mark.parametrize("last_id", [b"\xff", b"a\x07b", b"x" * 257])
def test_an_id_that_no_header_can_carry_is_not_sent(last_id):
    bench = opened().give(Received(1, b"id: " + last_id + b"\ndata: x\n\n"), 1.0)
    bench.give(PeerClosed(1), 2.0).until(4.0).give(Connected(2))
    assert b"Last-Event-ID" not in bench.sent[2]


def test_the_peer_s_retry_is_waited_for():
    bench = opened().give(Received(1, b"retry: 5000\n\n"), 1.0).give(PeerClosed(1), 2.0)
    bench.until(6.999)
    assert len(bench.opens) == 1
    bench.until(8.0)
    assert len(bench.opens) == 2


def test_a_new_session_begins_with_an_empty_parser():
    bench = opened().give(Received(1, b"data: half"), 1.0).give(PeerClosed(1), 1.5)
    bench.until(3.0).give(Connected(2)).give(Received(2, OPEN + b"data: whole\n\n"))
    assert last(bench).size_bytes == 5


def test_no_heartbeat_is_sent_but_the_kernel_is_asked():
    bench = opened()
    before = bench.sent[1]
    for second in range(1, 60):
        bench.give(Received(1, b"data: x\n\n"), float(second))
    assert bench.sent[1] == before
    bench.give(PeerClosed(1), 60.0)
    assert last(bench).tcp is not None
