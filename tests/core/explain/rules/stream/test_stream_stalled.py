"""An open stream that says nothing."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.finding import Severity
from holdfast.core.explain.rules.stream.stream_stalled import check
from holdfast.core.journal.events import CloseClass, Outcome, StreamWhat


def stalled(low, high, outcome=Outcome.OK, **more):
    bench = Bench(**more).stream(0.05, 200, None, quiet=[(low, high)])
    return bench.ticks(0, low).ticks(low, high, outcome).ticks(high, 200)


def test_silence_while_requests_are_answered():
    (found,) = check(stalled(60, 90).view())
    assert found.severity is Severity.ERROR
    assert (round(found.from_s), round(found.to_s)) == (59, 90)
    assert found.evidence[0].observed > 29
    assert "6 of 6 requests answered meanwhile" in found.evidence[1].text
    assert found.confidence == 0.77


def test_a_silence_that_lasts_to_the_end_counts():
    bench = Bench().stream(0.05, 100, CloseClass.SILENT, quiet=[(60, 100)]).ticks(0, 120)
    assert len(check(bench.view())) == 1


def test_icmp_proves_it_where_nothing_was_asked():
    bench = Bench().stream(0.05, 100, None, quiet=[(60, 75)])
    for at_s in range(0, 100, 5):
        bench.echo(at_s)
    (found,) = check(bench.view())
    assert "ICMP answered" in found.evidence[1].text


def between_pings(burst):
    bench = Bench().stream(0.05, 100, None, quiet=[(61, 67)])
    for at_s in range(0, 100, 10):
        bench.ask(float(at_s))
    if burst:
        for i in range(5):
            bench._stream(67.06 + 0.01 * i, StreamWhat.MESSAGE, size_bytes=160)
    return bench


def test_a_silence_between_the_requests_counts_where_nothing_is_made_up_for():
    (found,) = check(between_pings(burst=False).view())
    assert "nothing held back" in found.evidence[1].text
    assert not check(between_pings(burst=True).view()), "the network held it back"


def test_a_short_silence_is_none():
    assert not check(stalled(60, 62).view())
    assert not check(stalled(60, 70, settings={"stream.gap_limit_s": "15"}).view())


def test_a_stream_that_sends_on_change_only_cannot_stall():
    assert not check(stalled(60, 90, settings={"stream.interval_s": "none"}).view())


def test_a_device_that_did_not_answer_proves_nothing():
    assert not check(stalled(60, 90, Outcome.CONNECT_TIMEOUT).view())
    bench = Bench().stream(0.05, 200, None, quiet=[(60, 90)]).ticks(0, 60)
    bench.ticks(60, 80, Outcome.CONNECT_TIMEOUT, icmp=False).ticks(80, 200)
    assert not check(bench.view()), "a drop-out, and the time until TCP recovers"
