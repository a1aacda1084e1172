import base64
import hashlib
import json
import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.observe.bench import Bench
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from holdfast.core.journal.events import CloseClass, Stream, StreamWhat
from holdfast.core.link.transport import Connected, PeerClosed, Received
from holdfast.core.observe.credentials import Authorizer
from holdfast.core.observe.site import Connections, Site
from holdfast.core.observe.ws_client import WsClient
from holdfast.core.profile import StreamSpec

SPEC = StreamSpec(kind="ws", path="/ws", time_field="uptime_ms", seq_field="n")


def frame(opcode: Opcode, data: bytes, *, fin=True) -> bytes:
    return Frame(opcode, data, fin=fin).serialize(mask=False)


def text(data) -> bytes:
    return frame(Opcode.TEXT, data if isinstance(data, bytes) else data.encode())


def streaming(spec=SPEC):
    auth = Authorizer("", None, Random(1))
    site = Site("192.0.2.7", 80, authorizer=auth, connections=Connections(1))
    return Bench(WsClient(spec, site, Random(2)))


def accept(request: bytes) -> bytes:
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", request)[1]
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(digest)


def head(bench, *extra: bytes) -> bytes:
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + accept(bench.sent[bench.conn]),
        *extra,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def opened(spec=SPEC, after=b""):
    bench = streaming(spec).give(Connected(1), 0.1)
    bench.sent_head = len(bench.sent[1])
    return bench.give(Received(1, head(bench) + after), 0.25)


def replies(bench) -> list[Frame]:
    """Frames that the client sent after its request, as a server reads them."""
    server = Protocol(Side.SERVER, state=State.OPEN)
    server.receive_data(bench.sent[1][bench.sent_head :])
    return server.events_received()


def last(bench) -> Stream:
    return bench.of(Stream)[-1]


def test_the_request_asks_for_the_upgrade():
    request = (
        streaming(StreamSpec(kind="ws", path="/ws", subprotocol="json"))
        .give(Connected(1), 0.1)
        .sent[1]
    )
    assert request.startswith(b"GET /ws HTTP/1.1\r\nHost: 192.0.2.7\r\n")
    for line in (
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Protocol: json",
    ):
        assert line + b"\r\n" in request
    assert b"Extensions" not in request
    assert len(base64.b64decode(re.search(rb"Key: (\S+)", request)[1])) == 16


@pytest.mark.parametrize(
    ("answer", "close", "status", "detail"),
    [
        (lambda b: b"HTTP/1.1 404 No\r\n\r\n", CloseClass.STATUS, 404, "status 404"),
        (lambda b: b"HTTP/1.1 200 OK\r\n\r\n", CloseClass.STATUS, 200, "status 200"),
        (lambda b: head(b).replace(b"Accept: ", b"Accept: x"), CloseClass.PROTOCOL_ERROR, 101,
         "Sec-WebSocket-Accept does not answer our key"),
        (lambda b: head(b, b"Sec-WebSocket-Extensions: permessage-deflate"),
         CloseClass.PROTOCOL_ERROR, 101, "an extension that was not asked for"),
        (lambda b: head(b, b"Sec-WebSocket-Protocol: other"), CloseClass.PROTOCOL_ERROR, 101,
         "subprotocol 'other' was not asked for"),
    ],
    ids=["404", "200", "key", "extension", "subprotocol"],
)  # fmt: skip
def test_an_answer_that_is_no_upgrade_is_refused(answer, close, status, detail):
    bench = streaming().give(Connected(1), 0.1)
    bench.give(Received(1, answer(bench)), 0.5)
    assert bench.stream() == ["opening", "refused"]
    refused = last(bench)
    assert (refused.close, refused.status, refused.detail) == (close, status, detail)


def test_messages_that_come_with_the_head_are_not_lost():
    bench = opened(after=text('{"uptime_ms":1500,"n":3}'))
    assert bench.stream() == ["opening", "opened", "message"]
    assert (last(bench).device_s, last(bench).device_seq, last(bench).size_bytes) == (1.5, 3, 24)


def test_text_binary_and_fragments_are_messages():
    bench = opened()
    bench.give(Received(1, frame(Opcode.BINARY, b"\x00\xff")), 1.0)
    bench.give(Received(1, frame(Opcode.TEXT, b'{"n"', fin=False)), 1.1)
    bench.give(Received(1, frame(Opcode.PING, b"between")), 1.2)
    bench.give(Received(1, frame(Opcode.CONT, b":7}")), 1.3)
    messages = [e for e in bench.of(Stream) if e.what is StreamWhat.MESSAGE]
    assert [(e.at_s, e.size_bytes, e.device_seq) for e in messages] == [
        (1.0, 2, None),
        (1.3, 7, 7),
    ]


def test_a_ping_of_the_peer_is_answered_at_once_and_told():
    bench = opened().give(Received(1, frame(Opcode.PING, b"hello")), 1.0)
    assert [(f.opcode, bytes(f.data)) for f in replies(bench)] == [(Opcode.PONG, b"hello")]
    assert (last(bench).what, last(bench).for_s, last(bench).detail) == (
        StreamWhat.HEARTBEAT,
        None,
        "ping from the peer",
    )


def test_our_ping_comes_in_20_to_30_s_and_its_pong_is_measured():
    bench = opened()
    due = bench.machine.deadline()
    assert 20.25 <= due <= 30.25
    bench.until(due)
    (ping,) = replies(bench)
    assert (ping.opcode, bytes(ping.data)) == (Opcode.PING, b"\x00\x00\x00\x01")
    bench.give(Received(1, frame(Opcode.PONG, bytes(ping.data))), due + 0.125)
    assert (last(bench).what, last(bench).for_s) == (StreamWhat.HEARTBEAT, 0.125)
    assert last(bench).tcp is not None


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x00\x02", b"unasked"])
def test_a_pong_that_answers_nothing_is_no_heartbeat(data):
    bench = opened().until(35.0).give(Received(1, frame(Opcode.PONG, data)))
    assert bench.stream() == ["opening", "opened"]


def test_silence_is_told_with_the_pings_it_left_unanswered():
    bench = opened().until(76.0)
    closed = next(e for e in bench.of(Stream) if e.what is StreamWhat.CLOSED)
    assert (closed.close, closed.code) == (CloseClass.SILENT, None)
    assert re.fullmatch(r"nothing heard for 75\.0 s, [23] pings unanswered", closed.detail)


def test_the_greeting_is_sent_on_opening():
    bench = opened(StreamSpec(kind="ws", path="/rpc", hello='{"id":1}'))
    assert [(f.opcode, bytes(f.data)) for f in replies(bench)] == [(Opcode.TEXT, b'{"id":1}')]


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [(b"\x03\xe9bye", 1001, "bye"), (b"\x10\x00", 4096, ""), (b"", None, "")],
)
def test_a_close_of_the_peer_has_its_code_and_is_echoed(payload, code, reason):
    bench = opened().give(Received(1, frame(Opcode.CLOSE, payload)), 1.0)
    assert bench.stream()[-2:] == ["opened", "closed"]
    assert (last(bench).close, last(bench).code, last(bench).detail) == (
        CloseClass.BY_PEER,
        code,
        reason,
    )
    assert [bytes(f.data) for f in replies(bench)] == [payload]
    assert bench.ended == {1: "Close"}


def test_a_message_before_the_close_in_the_same_bytes_is_told_first():
    bench = opened().give(Received(1, text("{}") + frame(Opcode.CLOSE, b"\x03\xe8")), 1.0)
    assert bench.stream() == ["opening", "opened", "message", "closed"]


def test_fin_without_a_close_has_no_code():
    bench = opened().give(PeerClosed(1), 1.0)
    assert (last(bench).close, last(bench).code) == (CloseClass.BY_PEER, None)


def test_finishing_says_goodbye():
    bench = opened()
    bench.carry(bench.machine.finish(5.0))
    assert [bytes(f.data) for f in replies(bench)] == [b"\x03\xe8"]
    assert last(bench).close is CloseClass.BY_US


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"\x83\x01x", 1002, "invalid opcode"),
        (b"\xc1\x01x", 1002, "reserved bits must be 0"),
        (b"\x81\x81\x00\x00\x00\x00x", 1002, "incorrect masking"),
        (frame(Opcode.CONT, b"x"), 1002, "unexpected continuation frame"),
        (frame(Opcode.TEXT, b"a", fin=False) + text("b"), 1002, "expected a continuation frame"),
        (text(b"\xff"), 1007, "text is not UTF-8 at byte 0"),
        (b"\x82\x7f" + (1 << 30).to_bytes(8, "big"), 1009,
         "frame with 1073741824 bytes exceeds limit of 1048576 bytes"),
    ],
    ids=["opcode", "rsv", "mask", "continuation", "interleaved", "utf-8", "one-gigabyte"],
)  # fmt: skip
def test_what_breaks_the_protocol_ends_the_session_without_a_proof_of_tears(data, code, detail):
    bench = opened().give(Received(1, text("{}") + data), 1.0)
    assert bench.stream() == ["opening", "opened", "message", "closed"]
    closed = last(bench)
    assert (closed.close, closed.code) == (CloseClass.PROTOCOL_ERROR, code)
    assert detail.split(" with ")[0] in closed.detail
    assert bench.ended == {1: "Abort"}


def test_messages_over_the_limit_are_refused_in_pieces_too():
    piece = frame(Opcode.BINARY, b"x" * 600_000, fin=False)
    bench = opened().give(Received(1, piece), 1.0)
    bench.give(Received(1, frame(Opcode.CONT, b"x" * 600_000)), 2.0)
    assert (last(bench).close, last(bench).code) == (CloseClass.PROTOCOL_ERROR, 1009)


def metrics(n: int) -> bytes:
    return json.dumps({"type": "metrics", "uptime_ms": n, "cpu": 12}).encode()


def torn(kept: int) -> bytes:
    """A frame cut at ``kept`` bytes of its payload, and the next ones whole."""
    return text(metrics(1))[: 2 + kept] + text(metrics(2)) + text(metrics(3))


@pytest.mark.parametrize("kept", [0, 5, 20])
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_torn_frame_is_proven_and_then_the_session_ends(kept, step):
    bench = opened()
    data = text(metrics(0)) + torn(kept)
    for at in range(0, len(data), step):
        if bench.ended:
            break
        bench.give(Received(1, data[at : at + step]), 1.0)
    assert bench.stream() == ["opening", "opened", "message", "torn", "closed"]
    proof, closed = bench.of(Stream)[-2:]
    assert proof.detail.startswith(f"header 81 {len(metrics(2)):02x}")
    assert f"at byte {kept} of the {len(metrics(1))} announced" in proof.detail
    assert closed.close is CloseClass.PROTOCOL_ERROR
    assert closed.code in (1002, 1007)


def test_a_tear_in_a_long_frame_is_told_before_its_announced_end():
    bench = opened().give(Received(1, b"\x81\x7e\xff\xff" + metrics(1)[:9]), 1.0)
    bench.give(Received(1, text(metrics(2))), 2.0)
    assert bench.stream()[-2:] == ["torn", "closed"]
    assert last(bench).code == 1002


def test_the_next_session_begins_clean():
    bench = opened().give(Received(1, torn(5)), 1.0).until(3.0)
    bench.give(Connected(2)).give(Received(2, head(bench)), 4.0)
    bench.give(Received(2, text(metrics(4))), 5.0)
    assert bench.stream()[-3:] == ["opening", "opened", "message"]
    assert last(bench).session == 2


def test_byte_by_byte_gives_what_all_at_once_gives():
    data = b"".join(text(metrics(n)) for n in range(5)) + frame(Opcode.CLOSE, b"\x03\xe8")
    whole = opened().give(Received(1, data), 1.0)
    pieces = opened()
    for i in range(len(data)):
        pieces.give(Received(1, data[i : i + 1]), 1.0)
    assert pieces.records == whole.records


FRAMES = st.one_of(
    st.builds(
        frame,
        st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.CONT]),
        st.binary(max_size=40),
        fin=st.booleans(),
    ),
    st.builds(frame, st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=8)),
    st.binary(min_size=1, max_size=20),
    st.just(torn(9)),
)


@given(st.lists(FRAMES, max_size=12))
def test_no_frames_raise_and_every_end_is_told(pieces):
    bench = opened()
    for piece in pieces:
        bench.give(Received(1, piece), 1.0)
    bench.carry(bench.machine.finish(2.0))
    assert bench.stream()[:2] == ["opening", "opened"]
    assert bench.stream().count("closed") == 1
    assert bench.stream().count("torn") <= 1
