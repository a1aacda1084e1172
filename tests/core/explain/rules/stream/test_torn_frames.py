"""Frames cut on the wire."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.rules.stream.torn_frames import check
from holdfast.core.journal.events import CloseClass


def test_a_torn_frame_is_its_own_proof():
    bench = Bench().ticks(0, 100)
    bench.stream(1, 31, CloseClass.PROTOCOL_ERROR, code=1002).torn(30.9, "next header at byte 61")
    (found,) = check(bench.view())
    assert found.confidence >= 0.9
    assert found.evidence[0].text == "stream 1 torn at 30.9 s: next header at byte 61"
    assert [c.code for c in found.consequences] == ["stream-closed"]


def test_protocol_errors_alone_are_a_suspicion():
    bench = Bench().ticks(0, 100).stream(1, 31, CloseClass.PROTOCOL_ERROR)
    assert check(bench.view())[0].confidence <= 0.6
    coded = Bench().ticks(0, 100).stream(1, 31, code=1007)
    assert len(check(coded.view())) == 1


def test_whole_frames_are_none():
    assert not check(Bench().ticks(0, 100).stream(1, 31, code=1000).view())


def test_an_attempt_that_never_opened_tore_nothing():
    bench = Bench()
    for i in range(4):
        bench.refused(5.0 * i, CloseClass.PROTOCOL_ERROR, detail="no HTTP")
    assert not check(bench.view())


def test_a_message_too_big_for_the_bench_is_not_torn():
    bench = Bench().ticks(0, 60).stream(1, 31, CloseClass.PROTOCOL_ERROR, code=1009)
    assert not check(bench.view())
