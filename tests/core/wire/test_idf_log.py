import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.journal.events import LogLine
from holdfast.core.wire.idf_log import MAX_TEXT, IdfLog, ParsedLine, is_boot_banner, parse_line


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("I (12345) wifi:state: run -> init (c800)", ParsedLine("I", "wifi", 12.345)),
        ("E (7) httpd: error in accept (23)", ParsedLine("E", "httpd", 0.007)),
        ("W (10:20:30.456) app: late", ParsedLine("W", "app", None)),
        ("[E][WiFiClient.cpp:395] write(): fail on fd 54, errno: 11",
         ParsedLine("E", "WiFiClient.cpp", None)),
        ("[ 12345][W][WiFiGeneric.cpp:9] _event(): x", ParsedLine("W", "WiFiGeneric.cpp", 12.345)),
        ("[12:34:56][D][sensor:094]: 'Temp' 21.5", ParsedLine("D", "sensor", None)),
        ("[12:34:56][C][wifi:600]: WiFi:", ParsedLine("I", "wifi", None)),
        ("[       123] INFO  free text", ParsedLine("I", "", 123.0)),
        ("[        12] WARN  12.345s [WARN] net::manager | lost",
         ParsedLine("W", "manager", 12.345)),
        ("[       754] ERROR 12m34s [ERROR]          net | lost", ParsedLine("E", "net", 754.0)),
        ("[     45296] DEBUG 12h34m [DEBUG]          net | lost", ParsedLine("D", "net", 45_296.0)),
        ("Guru Meditation Error: Core  0 panic'ed (LoadProhibited).", ParsedLine()),
        ("I(12) wifi: no space", ParsedLine()),
        ("X (12) wifi: no such level", ParsedLine()),
        ("I (12 wifi: no bracket", ParsedLine()),
        ("", ParsedLine()),
    ],
)  # fmt: skip
def test_each_form_gives_level_tag_and_device_time(line, parsed):
    assert parse_line(line) == parsed


@pytest.mark.parametrize(
    ("line", "is_banner"),
    [
        ("ets Jun  8 2016 00:22:57", True),
        ("ets Jul 29 2019 12:21:46", True),
        ("ESP-ROM:esp32s3-20210327", True),
        ("ESP-ROM:esp8266", False),
        ("sets Jun  8 2016 00:22:57", False),
        ("rst:0x1 (POWERON_RESET),boot:0x13", False),
    ],
)
def test_the_rom_s_banner_is_known(line, is_banner):
    assert is_boot_banner(line) is is_banner


def boots(*lines: str) -> list[int]:
    log = IdfLog("serial", "log.serial")
    return [log.read(line.encode(), 0.0).boot for line in lines]


def test_a_banner_after_lines_is_the_next_boot_and_its_reset_line_belongs_to_it():
    assert boots(
        "I (900) app: running",
        "Rebooting...",
        "ets Jun  8 2016 00:22:57",
        "rst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
        "I (31) boot: ESP-IDF v5.3",
    ) == [1, 1, 2, 2, 2]


def test_a_log_that_begins_with_a_banner_begins_with_boot_one():
    assert boots("ESP-ROM:esp32s3-20210327", "rst:0x1 (POWERON),boot:0x8", "I (5) a: b") == [
        1,
        1,
        1,
    ]


def test_a_reset_line_alone_stands_for_the_banner():
    assert boots("I (900) app: x", "rst:0xf (RTCWDT_BROWN_OUT_RESET),boot:0x13") == [1, 2]


def test_device_time_that_steps_back_is_a_boot():
    """By more than two seconds: tasks print out of order by less."""
    assert boots("I (60000) a: b", "I (58000) a: b", "I (57999) a: b") == [1, 1, 2]


def test_a_line_becomes_an_event_without_colours_and_secrets():
    log = IdfLog("serial", "log.serial", "dev:80")
    event = log.read(b"\x1b[0;32mI (2500) wifi: password=hunter2 \xff\x07\x1b[0m\r", 7.5)
    assert event == LogLine(
        at_s=7.5,
        source="log.serial",
        link="dev:80",
        origin="serial",
        text="I (2500) wifi: password=***",
        level="I",
        tag="wifi",
        device_s=2.5,
        boot=1,
    )


def test_an_empty_line_is_none_and_a_long_one_is_cut():
    log = IdfLog("telnet", "log.telnet")
    assert log.read(b" \r", 0.0) is None
    assert log.read(b"\x1b[0m", 0.0) is None
    assert len(log.read(b"x" * 5_000, 0.0).text) == MAX_TEXT


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_no_line_raises_and_boots_never_go_back(lines):
    log = IdfLog("serial", "log.serial")
    events = [event for line in lines if (event := log.read(line, 1.0)) is not None]
    assert all(event.text.isprintable() and len(event.text) <= MAX_TEXT for event in events)
    assert [e.boot for e in events] == sorted(e.boot for e in events)
