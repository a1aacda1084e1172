"""A run that begins while the device starts."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.finding import Severity
from holdfast.core.explain.rules.device.device_booting import check
from holdfast.core.journal.events import Outcome


def starting(to_s=31.0):
    bench = Bench().ticks(0, to_s - 1, Outcome.CONNECT_TIMEOUT, icmp=False)
    return bench.ticks(to_s, 150)


def test_the_first_uptime_tells_of_a_boot_just_before():
    (found,) = check(starting().uptimes(60, 150, -9.0).view())
    assert (found.from_s, round(found.to_s, 1)) == (0.0, 27.1)
    assert found.severity is Severity.INFO
    assert found.confidence >= 0.9


def test_an_old_boot_explains_nothing():
    assert not check(starting().uptimes(60, 150, -5000.0).view())


def test_without_uptime_it_is_a_guess():
    (found,) = check(starting().view())
    assert found.confidence == 0.4


def test_one_lost_probe_or_an_endless_wait_is_no_start():
    one = Bench().ask(0.1, Outcome.CONNECT_TIMEOUT).ticks(5, 100)
    assert not check(one.view())
    never = Bench().ticks(0, 300, Outcome.CONNECT_TIMEOUT, icmp=False)
    assert not check(never.view())
    assert not check(starting(200.0).view())


def test_a_run_that_is_answered_at_once_has_none():
    assert not check(Bench().ticks(0, 100).uptimes(30, 100, -9.0).view())
