import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.wire.chunks import bytewise, cut

from holdfast.core.wire.telnet import TelnetLines

IAC = b"\xff"
PARTS = st.sampled_from(
    [IAC, b"\xfa", b"\xf0", b"\xfb", b"\xfd", b"\x01", b"a", b"\r", b"\n", b"\0"]
)


def read(pieces, limit=100):
    lines = TelnetLines(limit)
    return [line for piece in pieces for line in lines.receive(piece)]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\r\nb\nc\r\0d\r\n", [b"a", b"b", b"c", b"d"]),
        (b"x" + IAC + b"\xfb\x01y\n", [b"xy"]),
        (IAC + b"\xfd\x03" + IAC + b"\xfe\x18a\n", [b"a"]),
        (b"a" + IAC + b"\xf1b\n", [b"ab"]),
        (b"a" + IAC + IAC + b"b\n", [b"a\xffb"]),
        (b"a" + IAC + b"\xfa\x18\x01no\nlines" + IAC + IAC + IAC + b"\xf0b\n", [b"ab"]),
        (IAC + b"\xfa" + b"endless\n" * 9, []),
    ],
    ids=["ends", "will", "do-dont", "nop", "escaped", "subnegotiation", "unfinished"],
)
def test_commands_are_taken_out_of_the_lines(data, lines):
    assert read([data]) == lines
    assert read(bytewise(data)) == lines


def test_an_unfinished_command_costs_no_memory():
    lines = TelnetLines()
    lines.receive(IAC + b"\xfa" + b"x" * 1_000_000)
    assert len(lines._lines._begun) == 0


def test_a_long_line_is_cut():
    assert read([b"abcdef\n"], limit=3) == [b"abc"]


@given(st.data(), st.lists(PARTS, max_size=40).map(b"".join))
def test_any_cut_gives_what_all_at_once_gives(data, stream):
    whole = read([stream], limit=5)
    assert read(bytewise(stream), limit=5) == whole
    assert read(data.draw(cut(stream)), limit=5) == whole
    assert all(b"\n" not in line and b"\0" not in line for line in whole)
