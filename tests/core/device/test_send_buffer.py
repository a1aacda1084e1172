"""The send buffer: what leaves, what waits."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.device.send_buffer import SEND_BUFFER_BYTES, AirBuffers, SendBuffer


def test_no_more_than_the_buffer_is_unacknowledged():
    buffer = SendBuffer(AirBuffers(32))
    buffer.write(b"x" * 6000)
    assert len(buffer.take()) == SEND_BUFFER_BYTES == 5760
    assert buffer.take() == b""
    assert buffer.is_blocked
    assert buffer.waiting_bytes == 240


def test_an_acknowledgement_makes_room_for_exactly_as_much():
    buffer = SendBuffer(AirBuffers(32))
    buffer.write(b"x" * 6000)
    buffer.take()
    buffer.acked(100)
    assert len(buffer.take()) == 100
    assert buffer.is_blocked
    buffer.acked(140)
    assert len(buffer.take()) == 140
    assert not buffer.is_blocked


def test_exactly_a_full_buffer_does_not_block():
    buffer = SendBuffer(AirBuffers(32))
    buffer.write(b"x" * 5760)
    buffer.take()
    assert not buffer.is_blocked


def test_without_nodelay_a_part_of_a_segment_waits_for_the_acknowledgement():
    buffer = SendBuffer(AirBuffers(32), nodelay=False)
    buffer.write(b"a" * 10)
    assert buffer.take() == b"a" * 10
    buffer.write(b"b" * 10)
    assert buffer.take() == b""
    assert not buffer.is_blocked
    buffer.write(b"b" * 1440)
    assert len(buffer.take()) == 1440
    buffer.acked(1450)
    assert len(buffer.take()) == 10


def test_all_connections_share_the_air_buffers():
    air = AirBuffers(3)
    first, second = SendBuffer(air), SendBuffer(air)
    first.write(b"x" * 4000)
    second.write(b"y" * 4000)
    assert len(first.take()) == 4000
    assert len(second.take()) == 320
    first.acked(4000)
    assert len(second.take()) == 3680


def test_a_connection_that_goes_gives_its_buffers_back():
    air = AirBuffers(3)
    buffer = SendBuffer(air)
    buffer.write(b"x" * 5000)
    buffer.take()
    buffer.discard()
    assert air.free_bytes == air.limit_bytes == 4320
    assert buffer.waiting_bytes == buffer.in_flight_bytes == 0


def test_more_acknowledged_than_sent_is_no_credit():
    buffer = SendBuffer(AirBuffers(32))
    buffer.write(b"x")
    buffer.take()
    buffer.acked(10_000)
    buffer.write(b"x" * 9000)
    assert len(buffer.take()) == 5760


@given(st.lists(st.one_of(st.binary(max_size=3000), st.integers(0, 4000))), st.booleans())
def test_bytes_leave_once_and_in_order(steps, nodelay):
    air = AirBuffers(8)
    buffer = SendBuffer(air, nodelay=nodelay)
    written, left = b"", b""
    for step in steps:
        if isinstance(step, bytes):
            buffer.write(step)
            written += step
        else:
            buffer.acked(step)
        left += buffer.take()
        assert 0 <= buffer.in_flight_bytes <= 5760
        assert 0 <= air.free_bytes <= air.limit_bytes
    while buffer.waiting_bytes:
        buffer.acked(5760)
        left += buffer.take()
    assert left == written
