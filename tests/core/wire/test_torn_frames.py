import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.wire.chunks import bytewise, cut

from holdfast.core.wire.torn_frames import FrameWatch, TornFrame, find_header


def frame(payload: bytes, opcode=1, *, fin=True, announced=None) -> bytes:
    size = len(payload) if announced is None else announced
    head = bytes([(0x80 if fin else 0) | opcode])
    if size < 126:
        head += bytes([size])
    elif size < 65_536:
        head += b"\x7e" + size.to_bytes(2, "big")
    else:
        head += b"\x7f" + size.to_bytes(8, "big")
    return head + payload


def text(n: int, size=0) -> bytes:
    return json.dumps({"type": "metrics", "uptime_ms": n, "pad": "x" * size}).encode()


def watch(pieces) -> TornFrame | None:
    watching = FrameWatch()
    found = None
    for piece in pieces:
        found = watching.receive(piece)
    return found


SHORT = frame(text(1)[:20], announced=len(text(1))) + frame(text(2)) + frame(text(3))
LONG = frame(text(1, 200)[:150], announced=len(text(1, 200))) + frame(text(2, 200)) * 2
REST = text(1)
SPLIT = frame(REST[:12], announced=len(REST)) + frame(
    REST[12:]
)  # the remainder as a frame of its own


@pytest.mark.parametrize(
    ("data", "at", "inner"),
    [(SHORT, 20, len(text(2))), (LONG, 150, len(text(2, 200))), (SPLIT, 12, len(REST) - 12)],
    ids=["short-write", "two-byte-length", "rest-as-new-frame"],
)
def test_a_header_inside_the_announced_payload_proves_a_tear(data, at, inner):
    torn = watch([data])
    assert torn is not None
    assert (torn.at_byte, torn.inner_bytes) == (at, inner)
    assert watch(bytewise(data)) == torn


def test_the_proof_names_header_place_and_what_follows():
    torn = watch([frame(b'{"a":12', announced=40) + frame(b'{"b":3456}') + frame(text(1))])
    assert torn.proof == (
        "header 81 0a (10 bytes) at byte 7 of the 40 announced, followed by '{\"b\":3456}'"
    )


def test_the_tear_is_found_while_the_torn_frame_is_still_owed_bytes():
    """A header alone was sent for 60,000 bytes: the next messages prove it at once."""
    watching = FrameWatch()
    assert watching.receive(frame(b"", announced=60_000)) is None
    torn = watching.receive(frame(text(2)))
    assert torn is not None
    assert (torn.announced_bytes, torn.at_byte) == (60_000, 0)


def test_whole_frames_of_any_kind_prove_nothing():
    data = b"".join(
        [
            frame(text(1)),
            frame("caf\xe9 \u2603 \x81\x82".encode()),
            frame(text(2, 70_000)),
            frame(b'{"a":', fin=False) + frame(b"1}", opcode=0),
            frame(b'\x81\x05{"a":', opcode=2),
            frame(b"ping", opcode=9),
            frame(b"\x03\xe8", opcode=8),
        ]
    )
    assert watch([data]) is None
    assert watch(bytewise(data)) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"\x81\x06{\"a\":1",
        b"head \x81\x85{\"a\":1,\"b\":2,\"c\":3}",
        b"head \x81\x00{\"a\":1}",
        b"head \x81\x7e\x00\x10{\"a\":1,\"b\":2,\"c\"}",
        b"head \x83\x10{\"a\":1,\"b\":22222222}",
        b"head \x81\x10no JSON begins here",
        b"head \x81\x10{\xff\xfe\xfd}",
        b"latin-1: \xe9\xe8 and no header",
    ],
    ids=["valid-json-near-miss", "masked", "empty", "not-minimal", "bad-opcode", "prose",
         "binary", "latin-1"],
)  # fmt: skip
def test_near_misses_prove_nothing(payload):
    """Ill-formed text alone, or bytes that only look like a header, are no proof."""
    expected = payload.startswith(b"\x81\x06")
    assert (watch([frame(payload + b" " * 80)]) is not None) is expected


def test_a_fragmented_text_is_watched_across_its_frames():
    data = frame(b'{"a":"', fin=False) + frame(
        b"cut here" + frame(text(9)), opcode=0, announced=400
    )
    torn = watch([data])
    assert torn is not None
    assert torn.at_byte == 8


def test_after_a_breach_binary_payloads_are_looked_at_too():
    data = frame(b"\x00\x01" + frame(text(5)), opcode=2)
    watching = FrameWatch()
    assert watching.receive(data) is None
    assert watching.after_breach().at_byte == 2
    calm = FrameWatch()
    calm.receive(frame(b"\x00\x01\x02", opcode=2))
    assert calm.after_breach() is None


def test_after_a_breach_an_unfinished_payload_is_looked_at():
    watching = FrameWatch()
    watching.receive(frame(b"\x00" + frame(b'{"a":1}'), opcode=2, announced=1_000))
    assert watching.after_breach().inner_bytes == 7


def test_find_header_resumes_where_too_little_came():
    payload = b'cut \x81\x20{"a'
    assert find_header(payload, 500) == (None, 4)
    torn, at = find_header(payload + b'":1,"b":"ccccccccccccccccccccc"}' + b"\x81", 500, 4)
    assert at == 4
    assert torn.inner_bytes == 32


def test_a_hostile_payload_is_read_in_time():
    """Nothing but candidates: each is judged once, from 64 bytes."""
    payload = b"\x81\x7d\x81" * 30_000
    assert find_header(payload, len(payload)) == (None, len(payload))


@given(st.data(), st.integers(0, 2**32), st.integers(2, 300))
def test_any_torn_json_stream_is_proven_and_any_cut_tells_the_same(data, seed, size):
    """Whichever byte the sender stopped at, unless the header fell whole between frames."""
    rng = Random(seed)
    first, rest = text(rng.randrange(10**6), size), frame(text(rng.randrange(10**6), size)) * 3
    kept = rng.randrange(len(first))
    stream = frame(first[:kept], announced=len(first)) + rest
    owed = len(first) - kept
    torn = watch([stream])
    if owed >= 70:  # enough of the next frame lies inside to be read
        assert torn is not None
        assert torn.at_byte == kept
    assert watch(data.draw(cut(stream))) == torn
    assert watch(bytewise(stream)) == torn


@given(st.binary(max_size=400))
def test_no_bytes_raise_and_cuts_agree(data):
    watching = FrameWatch()
    torn = watching.receive(data)
    watching.after_breach()
    assert watch(bytewise(data)) == torn


@given(st.lists(st.text(max_size=60), max_size=8))
def test_no_well_formed_text_is_ever_torn(texts):
    assert watch([b"".join(frame(t.encode()) for t in texts)]) is None
