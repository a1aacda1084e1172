import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.wire.chunks import bytewise, cut

from holdfast.core.wire.sse import Comment, Message, Retry, SseParser, TooLong

PARTS = st.sampled_from(
    [b"data", b"id", b"event", b"retry", b":", b" ", b"\n", b"\r", b"\r\n", b"7", b"x", b"\xff",
     b"\0", b"\xef\xbb\xbf", b"\xc3", b"\xa9"]
)  # fmt: skip


def read(pieces, **limits):
    parser = SseParser(**limits)
    return [event for piece in pieces for event in parser.receive(piece)]


def message(data, event="message", last_id="", size=None):
    return Message(data, event, last_id, len(data.encode()) if size is None else size)


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: a\n\n", [message("a")]),
        (b"data:a\r\rdata:b\r\n\r\n", [message("a"), message("b")]),
        (b"data: a\ndata:  b\ndata\n\n", [message("a\n b\n")]),
        (b"data\n\n", [message("")]),
        (b"data:\n\n", [message("")]),
        (b"event: stats\ndata: 1\n\ndata: 2\n\n", [message("1", "stats"), message("2")]),
        (b"event: lost\n\ndata: 2\n\n", [message("2")]),
        (b"id: 7\ndata: 1\n\ndata: 2\n\nid\ndata: 3\n\n",
         [message("1", last_id="7"), message("2", last_id="7"), message("3")]),
        (b"id: a\0b\ndata: 1\n\n", [message("1")]),
        (b":heartbeat\n\n: two\n", [Comment("heartbeat"), Comment("two")]),
        (b"retry: 2500\nretry: x\nretry:\nretry: 1e3\nretry: 1234567890\n", [Retry(2.5)]),
        (b"DATA: no\nunknown: x\n\n", []),
        (b"data: unfinished\n", []),
        (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", [message("a")]),
        (b"data: \xff\n\n", [message("\ufffd", size=1)]),
        (b"data: caf\xc3\xa9\n\n", [message("caf\xe9")]),
    ],
)  # fmt: skip
def test_the_standard_s_rules(data, events):
    assert read([data]) == events
    assert read(bytewise(data)) == events


def test_a_line_at_the_limit_is_whole_and_one_byte_more_ends_the_stream():
    assert read([b"data: abcd\n\n"], max_line_bytes=10) == [message("abcd")]
    assert read([b"data: abcde", b"\n\ndata: x\n\n"], max_line_bytes=10) == [TooLong("line", 10)]


def test_a_line_that_never_ends_is_given_up_before_it_does():
    parser = SseParser(max_line_bytes=10)
    assert parser.receive(b"x" * 10) == []
    assert parser.receive(b"x") == [TooLong("line", 10)]
    assert parser.receive(b"data: a\n\n") == []


def test_a_message_of_many_lines_is_bounded():
    """Four bytes and the LF between two lines count; the fifth is too much."""
    assert read([b"data:ab\ndata:c\n\n"], max_message_bytes=4) == [message("ab\nc")]
    assert read([b"data:ab\ndata:cd\n\n"], max_message_bytes=4) == [TooLong("message", 4)]


@given(st.data(), st.lists(PARTS, max_size=40).map(b"".join))
def test_any_cut_gives_what_all_at_once_gives(data, stream):
    whole = read([stream], max_line_bytes=12, max_message_bytes=16)
    assert read(bytewise(stream), max_line_bytes=12, max_message_bytes=16) == whole
    assert read(data.draw(cut(stream)), max_line_bytes=12, max_message_bytes=16) == whole


@given(st.binary(max_size=300))
def test_no_bytes_raise(stream):
    for event in read([stream]):
        assert not isinstance(event, Message) or event.size_bytes <= 300
