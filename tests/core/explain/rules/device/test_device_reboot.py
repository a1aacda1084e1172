"""Restarts: by uptime, boot number, serial line, or a long absence."""

import pytest
from tests.core.explain.runs import Bench

from holdfast.core.explain.finding import Severity
from holdfast.core.explain.rules.device.device_reboot import check
from holdfast.core.journal.events import Outcome

DOWN = Outcome.CONNECT_TIMEOUT


def restarted(**after):
    bench = Bench().ticks(0, 100).ticks(100, 130, DOWN, icmp=False).ticks(130, 250)
    bench.uptimes(10, 100, -500.0)
    return bench.uptimes(135, 250, 104.0, **after)


def test_uptime_that_begins_anew():
    (found,) = check(restarted().view())
    assert found.confidence == 0.97
    assert (found.from_s, round(found.to_s, 1)) == (100.1, 127.1)
    assert found.title == "The device restarted"
    assert found.evidence[0].text == "uptime 31 s at 135 s: it booted at 104 s"
    assert found.evidence[1].observed == 6.0


@pytest.mark.parametrize(
    ("told", "title", "severity"),
    [
        ("Panic", "The device restarted after a panic", Severity.ERROR),
        ("Brownout", "The device restarted after a brownout", Severity.ERROR),
        ("Task watchdog", "The device restarted by a watchdog", Severity.ERROR),
        ("Software reset", "The device restarted by its own software", Severity.WARNING),
        ("Unknown", "The device restarted", Severity.ERROR),
    ],
)
def test_the_reset_reason_names_the_kind(told, title, severity):
    (found,) = check(restarted(reset_reason=told).view())
    assert (found.title, found.severity) == (title, severity)


def test_the_serial_line_proves_it_without_health():
    bench = Bench().ticks(0, 100).ticks(100, 130, DOWN, icmp=False).ticks(130, 250)
    bench.log(20, "I (500) app: hello")
    bench.log(101, "Guru Meditation Error: Core  0 panic'ed (LoadProhibited).")
    bench.log(102, "ESP-ROM:esp32s3-20210327")
    bench.log(102.01, "rst:0xc (RTC_SW_CPU_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)")
    (found,) = check(bench.view())
    assert found.title == "The device restarted after a panic"


def test_an_uptime_that_goes_on_is_no_restart():
    bench = Bench().ticks(0, 100).ticks(100, 130, DOWN, icmp=False).ticks(130, 250)
    assert not check(bench.uptimes(10, 250, -500.0).view())


def test_a_boot_before_the_run_is_no_restart():
    assert not check(Bench().ticks(0, 100).uptimes(30, 100, -9.0).view())


def test_a_long_absence_without_uptime_is_named_with_half_the_confidence():
    bench = Bench().ticks(0, 50, icmp=None).ticks(50, 100, DOWN, icmp=None)
    bench.ask(101, Outcome.CONNECT_FAIL_FAST).ticks(105, 150, icmp=None)
    (found,) = check(bench.view())
    assert found.confidence == 0.5
    assert "probably" in found.title


def test_a_short_absence_or_one_with_icmp_is_not():
    short = Bench().ticks(0, 50, icmp=None).ticks(50, 75, DOWN, icmp=None)
    short.ask(76, Outcome.CONNECT_FAIL_FAST)
    assert not check(short.ticks(80, 150, icmp=None).view())
    alive = Bench().ticks(0, 50).ticks(50, 100, DOWN, icmp=True)
    alive.ask(101, Outcome.CONNECT_FAIL_FAST)
    assert not check(alive.ticks(105, 150).view())
    unproven = Bench().ticks(0, 50, icmp=None).ticks(50, 100, DOWN, icmp=None)
    assert not check(unproven.ticks(105, 150, icmp=None).view())
