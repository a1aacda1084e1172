import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.wire.chunks import bytewise, cut

from holdfast.core.wire.http_exchange import (
    MAX_HEAD_BYTES,
    Body,
    Broken,
    End,
    Head,
    HttpExchange,
    host_header,
)

UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}


def exchange(headers=None) -> HttpExchange:
    http = HttpExchange("/p?q=1", "dev", headers or {"Connection": "close"})
    http.request()
    return http


def read(pieces, *, closed=True, headers=None):
    """Heads, the joined body, and what ended it."""
    http = exchange(headers)
    events = [event for piece in pieces for event in http.receive(piece)]
    events += http.closed() if closed else []
    heads = [e for e in events if isinstance(e, Head)]
    body = b"".join(e.data for e in events if isinstance(e, Body))
    ends = [e for e in events if isinstance(e, End | Broken)]
    assert len(ends) <= 1
    assert not ends or events[-1] is ends[0]
    return heads, body, ends[0] if ends else None


def test_the_request_is_one_get_with_its_headers():
    http = HttpExchange("/p?q=1", "dev:8080", {"Connection": "close", "Accept": "*/*"})
    assert http.request() == (
        b"GET /p?q=1 HTTP/1.1\r\nHost: dev:8080\r\nConnection: close\r\nAccept: */*\r\n\r\n"
    )


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "status", "body", "end"),
    [
        (OK + b"Content-Length: 2\r\n\r\nab", 200, b"ab", End()),
        (OK + b"Content-Length: 2\r\n\r\nabcd", 200, b"ab", End()),
        (OK + b"\r\nuntil the end", 200, b"until the end", End()),
        (b"HTTP/1.0 404 No\r\n\r\nx", 404, b"x", End()),
        (OK.replace(b"\r", b"") + b"Content-Length: 2\n\nab", 200, b"ab", End()),
        (CHUNKED + b"2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n", 200, b"abcde", End()),
        (b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Hint\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
         204, b"", End()),
        (OK + b"Content-Length: 3\r\n\r\nab", 200, b"ab",
         Broken("closed in the body, after 40 bytes", True, True)),
        (CHUNKED + b"5\r\nab", 200, b"ab",
         Broken("closed in the body, after 52 bytes", True, True)),
        (b"", None, b"", Broken("closed before a complete head, after 0 bytes", True, False)),
        (b"HT", None, b"", Broken("closed before a complete head, after 2 bytes", True, False)),
        (OK, None, b"", Broken("closed before a complete head, after 17 bytes", True, False)),
        (b"\x15\x03\x01\x00\x02\x02\x50", None, b"", Broken("answers with TLS", False, False)),
        (OK + b"Content-Length: two\r\n\r\n", None, b"",
         Broken("bad Content-Length", False, False)),
        (CHUNKED + b"zz\r\n", 200, b"",
         Broken("illegal chunk header: bytearray(b'zz\\\\r\\\\n')", False, True)),
        (OK + b"X: " + b"x" * MAX_HEAD_BYTES, None, b"",
         Broken("head over 16384 bytes", False, False)),
    ],
    ids=["length", "more", "until-fin", "http-1.0", "bare-lf", "chunked", "interim", "short",
         "short-chunk", "nothing", "two-bytes", "half-head", "tls", "bad-length", "bad-chunk",
         "endless-head"],
)  # fmt: skip
def test_each_answer_and_each_way_it_breaks(data, status, body, end):
    heads, got, ended = read([data])
    assert [head.status for head in heads] == ([] if status is None else [status])
    assert (got, type(ended)) == (body, type(end))
    if isinstance(end, Broken):
        assert (ended.is_closed, ended.has_head) == (end.is_closed, end.has_head)
        assert ended.clause.replace("\\\\", "\\") == end.clause.replace("\\\\", "\\")
    heads_b, got_b, ended_b = read(bytewise(data))
    assert (heads_b, got_b, type(ended_b)) == (heads, got, type(ended))


def test_a_peer_that_speaks_no_http_is_known_by_its_first_bytes():
    http = exchange()
    (broken,) = http.receive(b"SSH-2.0-OpenSSH\r\n")
    assert broken == Broken("answers 'SSH-2.0-OpenSSH', no HTTP", False, False)
    assert http.receive(b"more") == []
    assert http.closed() == []


def test_bytes_that_may_become_http_are_waited_for():
    http = exchange()
    assert http.receive(b"HTTP") == []
    assert http.receive(b"/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")[-1] == End()


def test_headers_are_found_by_lower_case_name():
    (head,), _, _ = read([OK + b"A: 1\r\nB: x\r\na: 2\r\n\r\n"])
    assert head.first("a") == "1"
    assert head.all("a") == ["1", "2"]
    assert (head.first("none"), head.all("none")) == ("", [])


def test_101_gives_the_head_and_then_raw_bytes():
    data = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x01a"
    heads, body, end = read([data, b"\x81\x01b"], headers=UPGRADE)
    assert [head.status for head in heads] == [101]
    assert (body, end) == (b"\x81\x01a\x81\x01b", End())
    assert read(bytewise(data), headers=UPGRADE) == read([data], headers=UPGRADE)


def test_101_to_a_request_without_an_upgrade_is_broken():
    _, _, end = read([b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n"])
    assert isinstance(end, Broken)
    assert not end.is_closed


def test_an_answer_cut_by_a_limit_has_no_end_yet():
    assert read([OK + b"Content-Length: 3\r\n\r\nab"], closed=False)[2] is None


@pytest.mark.parametrize(
    ("host", "port", "tls", "value"),
    [
        ("dev.local", 80, False, "dev.local"),
        ("dev.local", 443, False, "dev.local:443"),
        ("dev.local", 443, True, "dev.local"),
        ("192.0.2.7", 8080, False, "192.0.2.7:8080"),
        ("2001:db8::7", 80, False, "[2001:db8::7]"),
        ("fe80::1%eth0", 8080, False, "[fe80::1]:8080"),
    ],
)
def test_the_host_header(host, port, tls, value):
    assert host_header(host, port, tls=tls) == value


PARTS = st.sampled_from(
    [OK, b"HTTP/1.1 100 C\r\n\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
     b"\r\n", b"\n", b"5\r\n", b"0\r\n", b"hello", b": ", b"\xff", b"HTTP/", b"A:b\r\n",
     b"HTTP/1.1 101 S\r\n"]
)  # fmt: skip


@given(st.data(), st.lists(PARTS, max_size=12).map(b"".join), st.booleans())
def test_any_cut_gives_the_same_heads_body_and_end(data, stream, is_upgrade):
    headers = UPGRADE if is_upgrade else None
    heads, body, end = read([stream], headers=headers)
    for pieces in (bytewise(stream), data.draw(cut(stream))):
        again = read(pieces, headers=headers)
        assert (again[0], again[1], type(again[2])) == (heads, body, type(end))


@given(st.binary(max_size=200))
def test_no_bytes_raise(stream):
    read([stream])
