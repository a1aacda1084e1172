"""A stream turned away by a healthy server."""

import pytest
from tests.core.explain.runs import Bench

from holdfast.core.explain.finding import Severity
from holdfast.core.explain.rules.stream.stream_refused import check
from holdfast.core.journal.events import CloseClass, Outcome


def test_a_status_says_it_all():
    bench = Bench().ticks(0, 60).refused(5, CloseClass.STATUS, status=503)
    (found,) = check(bench.refused(20, CloseClass.STATUS, status=503).view())
    assert found.title == "The device turns the stream away with status 503"
    assert found.severity is Severity.ERROR
    assert found.confidence >= 0.8
    assert found.remedy.startswith("Close the other viewer")


@pytest.mark.parametrize(("status", "word"), [(404, "path"), (401, "--auth-file")])
def test_the_remedy_follows_the_status(status, word):
    bench = Bench().ticks(0, 60).refused(5, CloseClass.STATUS, status=status)
    assert word in check(bench.view())[0].remedy


def test_a_stream_that_opens_later_makes_it_a_warning():
    bench = Bench().ticks(0, 60).refused(5, CloseClass.STATUS, status=503).stream(20, 60, None)
    assert check(bench.view())[0].severity is Severity.WARNING


def test_resets_count_only_beside_answered_requests():
    well = Bench().ticks(0, 60)
    for at_s in (5, 15, 25):
        well.refused(at_s, CloseClass.RESET)
    assert check(well.view())[0].confidence >= 0.7
    ill = Bench().ticks(0, 60, Outcome.EARLY_CLOSE)
    assert not check(ill.refused(5, CloseClass.RESET).view())


def test_a_timeout_is_no_refusal():
    assert not check(Bench().ticks(0, 60).refused(5, CloseClass.CONNECT_TIMEOUT).view())
    assert not check(Bench().ticks(0, 60).stream(1, 60, None).view())


def test_a_path_without_a_stream_is_named_with_what_came_instead():
    bench = Bench().ticks(0, 60)
    for i in range(3):
        bench.refused(20.0 + 5 * i, CloseClass.PROTOCOL_ERROR, detail="content type 'text/html'")
    (found,) = check(bench.view())
    assert found.evidence[0].text.endswith(
        "answered, but with no stream (content type 'text/html')"
    )
    assert found.remedy.startswith("Correct the stream's path in the profile")
