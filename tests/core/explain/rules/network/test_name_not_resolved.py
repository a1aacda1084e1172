"""Names without an address."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.finding import Severity
from holdfast.core.explain.rules.network.name_not_resolved import check
from holdfast.core.journal.events import CloseClass, Outcome


def test_always():
    bench = Bench("board.local:80").ticks(0, 20, Outcome.NAME_NOT_RESOLVED, icmp=None)
    bench.refused(1, CloseClass.NAME_NOT_RESOLVED)
    (found,) = check(bench.view())
    assert found.severity is Severity.ERROR
    assert found.evidence[0].text == "5 attempts found no address for board.local:80"


def test_at_times():
    bench = Bench("board.local:80").ticks(0, 20).ask(22, Outcome.NAME_NOT_RESOLVED)
    (found,) = check(bench.view())
    assert found.severity is Severity.WARNING
    assert found.title.endswith("at times")


def test_never():
    assert not check(Bench("board.local:80").ticks(0, 20).view())
