"""Pongs come late, a message is missing, a frame is cut; everything else is untouched."""

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from holdfast.core.impair.unit import Direction, End
from holdfast.core.impair.websocket_faults import WebSocketFaults, WebSocketFilter

ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
REQUEST = b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n"


def frame(data, opcode=Opcode.TEXT, fin=True, mask=False):
    return Frame(opcode, data, fin).serialize(mask=mask)


def opened(head=ANSWER, **faults):
    made = WebSocketFilter(WebSocketFaults(**faults))
    assert made.feed(head, 0.0) == head
    return made


def test_the_message_with_that_number_is_missing_with_all_its_fragments():
    made = opened(drop_message=2)
    first = frame(b"one")
    second = frame(b"tw", fin=False), frame(b"", Opcode.PING), frame(b"o", Opcode.CONT)
    third = frame(b"x" * 70_000, Opcode.BINARY)
    out = made.feed(first + b"".join(second) + third, 1.0)
    assert out == first + second[1] + third
    assert made.done == ["message 2 dropped"]


def test_masked_frames_of_a_client_are_read_too():
    made = opened(REQUEST, drop_message=1)
    assert made.feed(frame(b"x" * 200, mask=True), 0.0) == b""
    second = frame(b"y" * 70_000, mask=True)
    assert made.feed(second, 0.0) == second


def test_a_pong_comes_later_between_two_frames():
    made = opened(delay_pong_s=3.0)
    pong, text = frame(b"hi", Opcode.PONG), frame(b"text")
    assert made.feed(pong + text, 1.0) == text
    assert made.deadline() == 4.0
    assert made.on_timer(3.9) == b""
    assert made.feed(text[:3], 3.95) == text[:3]
    assert made.deadline() == inf  # amid a frame
    assert made.on_timer(4.0) == b""
    assert made.feed(text[3:], 4.1) == text[3:]
    assert made.on_timer(4.1) == pong
    assert made.deadline() == inf


def test_an_empty_pong_is_delayed_and_a_ping_is_not():
    made = opened(delay_pong_s=3.0)
    ping = frame(b"", Opcode.PING)
    assert made.feed(frame(b"", Opcode.PONG) + ping, 0.0) == ping
    assert made.on_timer(3.0) == frame(b"", Opcode.PONG)


def test_a_cut_is_inside_of_the_frame():
    made = opened(cut_message=2)
    first, second = frame(b"one"), frame(b"0123456789")
    assert made.feed(first + second, 0.0) == first + second[:7]
    assert made.end is End.RESET
    assert made.feed(first, 1.0) == b""


def test_delayed_pongs_are_bounded():
    made = opened(delay_pong_s=3.0)
    made.feed(frame(b"", Opcode.PONG) * 100, 0.0)
    assert made.on_timer(3.0) == frame(b"", Opcode.PONG) * 64
    assert made.done.count("pong dropped") == 36


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01" + bytes(70_000),
    ],
)
def test_what_is_no_websocket_is_untouched(head):
    made = opened(head, drop_message=1, cut_message=1, delay_pong_s=1.0)
    assert made.feed(frame(b"one"), 0.0) == frame(b"one")
    assert made.end is None


def test_it_acts_on_the_direction_that_it_names():
    assert [WebSocketFaults(direction="down").acts_on(d) for d in Direction] == [False, True]


frames = st.lists(
    st.tuples(
        st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.PONG]),
        st.integers(0, 300),
        st.booleans(),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(frames, st.integers(0, 6), st.integers(1, 50))
def test_any_chunks_give_the_same_as_all_at_once(kinds, drop, step):
    data = ANSWER + b"".join(
        frame(b"z" * (size % 126 if kind >= Opcode.CLOSE else size), kind, mask=mask)
        for kind, size, mask in kinds
    )
    whole = WebSocketFilter(WebSocketFaults(drop_message=drop, delay_pong_s=1.0))
    parts = WebSocketFilter(WebSocketFaults(drop_message=drop, delay_pong_s=1.0))
    once = whole.feed(data, 0.0)
    out = b"".join(parts.feed(data[n : n + step], 0.0) for n in range(0, len(data), step))
    assert out == once
    assert whole.on_timer(2.0) == parts.on_timer(2.0)


@given(st.binary(max_size=400), st.integers(1, 20))
def test_any_bytes_are_survived(junk, step):
    made = opened(drop_message=1, delay_pong_s=1.0)
    for begin in range(0, len(junk), step):
        made.feed(junk[begin : begin + step], 0.0)
    made.on_timer(5.0)
