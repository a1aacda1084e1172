"""Payloads that end in the middle."""

import pytest
from tests.core.explain.runs import Bench, codes

from holdfast.core.explain.engine import explain
from holdfast.core.explain.rules.stream.payload_truncated import check
from holdfast.core.journal.events import CUT_SHORT, Outcome, StreamWhat


def cut(bench, *at_s, size=64):
    for at in at_s:
        bench._stream(at, StreamWhat.MESSAGE, size_bytes=size, detail=CUT_SHORT)
    return bench


def test_messages_cut_at_one_length_again_and_again():
    bench = cut(Bench().ticks(0, 100).stream(1, 90), 10.5, 20.5, 30.5, 40.5, 50.5, 60.5)
    (found,) = check(bench.view())
    assert found.confidence >= 0.8
    assert found.evidence[0].text == (
        "6 payloads end in the middle, 6 of them after exactly 64 bytes"
    )
    assert (found.from_s, found.to_s) == (10.5, 60.5)


def test_two_are_an_incident():
    assert not check(cut(Bench().ticks(0, 100).stream(1, 90), 10.5, 20.5).view())


def test_whole_messages_are_none():
    assert not check(Bench().ticks(0, 100).stream(1, 90).view())


def test_bodies_cut_are_this_and_not_unexpected_answers():
    bench = Bench().ticks(0, 100)
    for i in range(6):
        bench.ask(1.0 + 15 * i, Outcome.BAD_STATUS, target="other", status=200)
    assert "payload-truncated" not in codes(explain(bench.view()))
    bench = Bench().ticks(0, 100)
    detail = "body not JSON: Input data was truncated"
    for i in range(6):
        bench.ask(1.0 + 15 * i, Outcome.BAD_BODY, target="health", wait_s=0.1, detail=detail,
                  size_bytes=64)  # fmt: skip
    found = explain(bench.view())
    assert codes(found) == ["payload-truncated"]
    assert [c.code for c in found[0].consequences] == ["unexpected-answers"]


@pytest.mark.parametrize(
    ("more", "count"),
    [({"status": 200, "size_bytes": 40}, 1), ({"status": 200}, 0), ({}, 0)],
)
def test_bodies_below_their_announced_length_count_where_a_part_came(more, count):
    bench = Bench().ticks(0, 100)
    for i in range(4):
        bench.ask(1.0 + 15 * i, Outcome.EARLY_CLOSE, target="health", **more)
    assert len(check(bench.view())) == count
