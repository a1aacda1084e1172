"""Complete answers that are not what was asked for."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.finding import Severity
from holdfast.core.explain.rules.server.unexpected_answers import check
from holdfast.core.journal.events import Outcome


def asked(*outcomes, target="ping", **more):
    bench = Bench()
    for i, outcome in enumerate(outcomes):
        bench.ask(5.0 * i, outcome, target=target, connect_s=0.02, wait_s=0.02, **more)
    return bench.view()


def test_a_port_without_http_is_named():
    (found,) = check(asked(*[Outcome.NOT_HTTP] * 4, detail="answers '220 ftp ready'"))
    assert found.title == "What listens on this port does not speak HTTP"
    assert found.evidence[1].text == "not http: answers '220 ftp ready'"
    assert "https://" in found.remedy
    assert found.severity is Severity.ERROR


def test_a_wrong_profile_is_named():
    (found,) = check(asked(*[Outcome.BAD_STATUS] * 3, status=404))
    assert found.title == "The device answers ping, but not what the profile expects"
    assert "holdfast profile list" in found.remedy
    assert ", none was ever right" in found.evidence[0].text


def test_a_failing_handler_is_the_devices_own():
    run = asked(Outcome.OK, *[Outcome.BAD_STATUS] * 3, Outcome.OK, target="health", status=500)
    (found,) = check(run)
    assert found.title == "The device's own handler of health fails"
    assert (found.from_s, found.severity) == (5.0, Severity.WARNING)
    assert ", none was ever right" not in found.evidence[0].text


def test_two_in_a_row_are_an_incident():
    assert not check(asked(*[Outcome.BAD_BODY, Outcome.BAD_BODY, Outcome.OK] * 3))


def test_an_answer_that_never_came_is_none():
    assert not check(asked(*[Outcome.NO_RESPONSE] * 5))
    assert not check(asked(*[Outcome.EARLY_CLOSE] * 5))
