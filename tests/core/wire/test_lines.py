import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.wire.chunks import bytewise

from holdfast.core.wire.lines import Lines

ENDS = st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bc", b"\xff", b"\0"])


def read(pieces, limit=100):
    lines = Lines(limit)
    return [line for piece in pieces for line in lines.receive(piece)]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\nb\r\nc\rd", [b"a", b"b", b"c"]),
        (b"\n\r\n\r", [b"", b"", b""]),
        (b"a\r\r\nb\n", [b"a", b"", b"b"]),
        (b"a\x0bb\x0cc\x85\xe2\x80\xa8d\n", [b"a\x0bb\x0cc\x85\xe2\x80\xa8d"]),
        (b"", []),
        (b"never ended", []),
    ],
)
def test_cr_lf_and_cr_lf_end_a_line_and_nothing_else(data, lines):
    assert read([data]) == lines
    assert read(bytewise(data)) == lines


def test_a_line_is_given_at_its_cr_and_the_lf_after_it_is_swallowed():
    lines = Lines(10)
    assert lines.receive(b"a\r") == [b"a"]
    assert lines.receive(b"\n") == []
    assert lines.receive(b"\n") == [b""]


def test_an_empty_piece_changes_nothing():
    lines = Lines(10)
    assert lines.receive(b"a\r") == [b"a"]
    assert lines.receive(b"") == []
    assert lines.receive(b"\nb\n") == [b"b"]


def test_a_line_over_the_limit_comes_one_byte_too_long_at_once():
    """As long as the limit is whole; one more tells, and the rest is dropped."""
    lines = Lines(4)
    assert lines.receive(b"abcd\n") == [b"abcd"]
    assert lines.receive(b"abcde") == [b"abcde"]
    assert lines.receive(b"fghi") == []
    assert lines.receive(b"j\nk\n") == [b"k"]


@given(st.lists(ENDS, max_size=40).map(b"".join), st.integers(1, 6))
def test_byte_by_byte_gives_what_all_at_once_gives(data, limit):
    whole = read([data], limit)
    assert read(bytewise(data), limit) == whole
    assert all(len(line) <= limit + 1 for line in whole)
