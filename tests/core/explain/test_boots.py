"""When the device started."""

import pytest
from tests.core.explain.runs import Bench

from holdfast.core.explain.boots import boots, knows_uptime, reset_word
from holdfast.core.journal.events import StreamWhat


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Panic", "panic"),
        ("Guru Meditation Error: Core  1 panic'ed (StoreProhibited)", "panic"),
        ("abort() was called at PC 0x40081234 on core 0", "panic"),
        ("Brownout detector was triggered", "brownout"),
        ("RTCWDT_BROWN_OUT_RESET", "brownout"),
        ("Task watchdog", "watchdog"),
        ("TG1WDT_SYS_RST", "watchdog"),
        ("Software reset", "software"),
        ("RTC_SW_CPU_RST", "software"),
        ("Power-on", "power-on"),
        ("POWERON_RESET", "power-on"),
        ("USB_UART_CHIP_RESET", "host"),
        ("Deep sleep", ""),
    ],
)
def test_reset_words(text, word):
    assert reset_word(text) == word


def test_the_first_uptime_tells_of_a_boot_but_did_not_see_it():
    (boot,) = boots(Bench().uptimes(30, 200, -9.0).view())
    assert (round(boot.at_s), boot.seen_s, boot.is_witnessed) == (-9, 30.0, False)


def test_whole_seconds_and_late_answers_are_no_boot():
    bench = Bench()
    for i in range(20):
        bench.told(30.0 * i + (i % 3), uptime_s=float(500 + 30 * i))
    assert len(boots(bench.view())) == 1


def test_a_changed_boot_number_is_a_boot_even_where_uptime_hides_it():
    bench = Bench().told(30, uptime_s=2.0, boot_id=7.0).told(60, uptime_s=28.0, boot_id=9.0)
    _, second = boots(bench.view())
    assert second.is_witnessed
    assert "boot number changed to 9.0" in second.evidence[0].text


def test_serial_and_uptime_of_one_boot_are_one():
    bench = Bench().uptimes(10, 100, -500.0).log(50, "I (9) app: x")
    bench.log(101, "E (900) task_wdt: Task watchdog got triggered.")
    bench.log(103, "rst:0xc (RTC_SW_CPU_RST),boot:0x8").uptimes(130, 200, 103.4)
    _, second = boots(bench.view())
    assert (second.at_s, second.seen_s, second.reason) == (103, 103, "watchdog")
    assert len(second.evidence) == 3


def messages(times):
    bench = Bench().stream(0, 1)
    for at_s, device_s in times:
        bench._stream(at_s, StreamWhat.MESSAGE, size_bytes=9, device_s=device_s)
    return bench.view()


def test_the_streams_own_time_that_falls_is_a_boot():
    (boot,) = boots(messages([(10, 510.0), (60, 560.0), (80, 12.0), (90, 22.0)]))
    assert (boot.at_s, boot.seen_s, boot.is_witnessed, boot.lane) == (68, 80, True, "stream")


def test_a_clock_that_is_set_back_is_no_boot():
    assert boots(messages([(10, 1.7e9), (60, 1.6e9), (80, 1.6e9)])) == []
    assert boots(messages([(10, 510.0), (60, 560.0), (61, 558.0), (62, 562.0)])) == []


def test_stream_uptime_and_serial_of_one_boot_are_one():
    bench = Bench().uptimes(10, 60, -500.0).log(5, "x").log(69, "ESP-ROM:esp32s3-20210327")
    bench.stream(0, 1)._stream(60, StreamWhat.MESSAGE, device_s=560.0)
    bench._stream(80, StreamWhat.MESSAGE, device_s=12.0).uptimes(90, 120, 68.0)
    first, second = boots(bench.view())
    assert set(second.lane.split()) == {"samples", "serial", "stream"}
    assert len(second.evidence) == 3
    assert not first.is_witnessed


def test_a_banner_that_opens_the_capture_was_not_seen_to_happen():
    bench = Bench().log(0.5, "ets Jul 29 2019 12:21:46").log(0.6, "rst:0x1 (POWERON_RESET)")
    (boot,) = boots(bench.view())
    assert (boot.is_witnessed, boot.reason) == (False, "power-on")


def test_an_old_omen_belongs_to_no_later_boot():
    bench = Bench().log(1, "hello").log(5, "abort() was called at PC 0x1")
    (boot,) = boots(bench.log(60, "rst:0xc (SW_CPU_RESET)").view())
    assert boot.reason == "software"


def test_other_logs_are_not_the_serial_line():
    assert boots(Bench().log(5, "rst:0x1 (POWERON_RESET)", origin="server").view()) == []


def test_knows_uptime():
    assert knows_uptime(Bench().told(1, uptime_s=3.0).view())
    assert not knows_uptime(Bench().told(1, rssi_dbm=-60.0).view())
