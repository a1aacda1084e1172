"""Pieces are of the size asked for, and together what there was."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.impair.segments import Segments, pieces
from holdfast.core.impair.unit import Direction


@given(st.binary(max_size=200), st.integers(1, 50))
def test_pieces_are_the_whole(data, size_bytes):
    parts = list(pieces(data, size_bytes))
    assert b"".join(parts) == data
    assert all(len(part) == size_bytes for part in parts[:-1])
    assert all(0 < len(part) <= size_bytes for part in parts[-1:])


def test_it_acts_on_the_direction_that_it_names():
    assert [Segments(size_bytes=1, direction="up").acts_on(d) for d in Direction] == [True, False]
    assert all(Segments(size_bytes=1).acts_on(d) for d in Direction)
