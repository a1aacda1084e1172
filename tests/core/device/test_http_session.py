"""HTTP parsing: whole, byte by byte, hostile."""

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.core.device.http_session import (
    MAX_BODY_BYTES,
    BadRequest,
    HttpRequest,
    HttpSession,
)

REQUEST = (
    b"POST /api/config?count=5&x=%C3%A9 HTTP/1.1\r\nHost: a\r\nX-Token:  b \r\n"
    b'Content-Length: 9\r\n\r\n{"a": 12}'
)


def test_a_request_has_method_path_query_headers_body():
    request = HttpSession().feed(REQUEST)
    assert request == HttpRequest(
        method="POST",
        path="/api/config",
        query={"count": "5", "x": "é"},
        headers={"host": "a", "x-token": "b", "content-length": "9"},
        body=b'{"a": 12}',
        head=REQUEST[: -len(b'{"a": 12}')],
    )
    assert not request.wants_websocket


def test_byte_at_a_time_equals_all_at_once():
    session = HttpSession()
    results = [session.feed(REQUEST[i : i + 1]) for i in range(len(REQUEST))]
    assert results[:-1] == [None] * (len(REQUEST) - 1)
    assert results[-1] == HttpSession().feed(REQUEST)


def test_an_answer_is_chunked_and_the_connection_goes_on():
    session = HttpSession()
    session.feed(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
    assert session.respond(200, [("Content-Type", "text/plain")], b"OK") == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nOK\r\n0\r\n\r\n"
    )
    assert not session.must_close
    assert session.next().path == "/b"
    session.respond(200, [("Connection", "close")], b"OK")
    assert session.must_close


def test_an_old_client_gets_no_chunks_and_a_close():
    session = HttpSession()
    session.feed(b"GET / HTTP/1.0\r\n\r\n")
    assert session.respond(200, [], b"OK") == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nOK"
    assert session.must_close


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2000, 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_is_answered_with_its_status(data, status):
    session = HttpSession()
    bad = session.feed(data)
    assert isinstance(bad, BadRequest)
    assert bad.status == status
    answer = session.respond(bad.status, [("Connection", "close")], b"no")
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert session.must_close


def test_a_head_of_just_the_limit_passes():
    head = b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n"
    size = 1024 - len(head % b"")
    assert isinstance(HttpSession().feed(head % (b"a" * size)), HttpRequest)


def test_a_large_body_is_cut_off_but_read():
    session = HttpSession()
    size = 300_000
    session.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
    result = None
    for _ in range(0, size, 10_000):
        result = session.feed(b"a" * 10_000)
    assert result.body == b"a" * MAX_BODY_BYTES


def test_an_upgrade_is_recognised_and_its_head_kept():
    head = (
        b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    request = HttpSession().feed(head)
    assert request.wants_websocket
    assert request.head == head


def test_a_stream_is_head_chunks_end():
    session = HttpSession()
    session.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert session.begin(200, []).endswith(b"chunked\r\n\r\n")
    assert session.chunk(b"abc") == b"3\r\nabc\r\n"
    assert session.end() == b"0\r\n\r\n"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.sampled_from([REQUEST, b"\r\n", b"GET "]))))
def test_hostile_bytes_never_raise(chunks):
    session = HttpSession()
    for chunk in chunks:
        result = session.feed(chunk) if chunk else None
        if isinstance(result, BadRequest):
            assert 400 <= result.status < 600
            session.respond(result.status, [("Connection", "close")], b"x")
            return
        if isinstance(result, HttpRequest):
            assert len(result.body) <= MAX_BODY_BYTES
            session.respond(200, [], b"x")
            if session.must_close:
                return
            session.next()


def test_the_states_of_h11_that_end_a_connection_exist():
    assert {h11.MUST_CLOSE, h11.ERROR, h11.CLOSED}
