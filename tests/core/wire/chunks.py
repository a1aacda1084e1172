"""Ways to cut bytes, shared by the parsers' tests."""

import itertools

from hypothesis import strategies as st


def bytewise(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


@st.composite
def cut(draw, data: bytes) -> list[bytes]:
    """The same bytes in random pieces."""
    marks = draw(st.lists(st.integers(0, len(data)), max_size=8))
    edges = [0, *sorted(marks), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]
