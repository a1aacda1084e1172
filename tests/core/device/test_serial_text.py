"""Serial texts: word for word as ESP-IDF and the ROM write them."""

from random import Random

import pytest

from holdfast.core.device import serial_text


def test_a_log_line_is_level_milliseconds_tag_text():
    assert serial_text.line("I", "httpd", "hello", 1.2345) == "I (1234) httpd: hello"


def test_the_wifi_library_writes_no_blank_after_its_tag():
    assert serial_text.line("I", "wifi", "state: run", 0.0) == "I (0) wifi:state: run"


def test_a_lost_beacon_has_the_librarys_own_spelling():
    assert serial_text.wifi_lost(200, 5.321) == [
        "I (5321) wifi:bcn_timout,ap_probe_send_start",
        "I (5321) wifi:ap_probe_send over, resett wifi status to disassoc",
        "I (5321) wifi:state: run -> init (c800)",
        "W (5321) network: STA_DISCONNECTED, reason: 200",
    ]


@pytest.mark.parametrize(("reason", "code"), [(6, "6c0"), (8, "8c0"), (15, "fc0"), (7, "7c0")])
def test_a_frame_of_the_access_point_shows_in_the_code(reason, code):
    assert serial_text.wifi_lost(reason, 0.0)[0] == f"I (0) wifi:state: run -> init ({code})"


def test_a_panic_ends_in_a_reboot():
    lines = serial_text.panic(Random(1))
    assert lines[0] == (
        "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled."
    )
    assert any(line.startswith("EXCVADDR: 0x00000014") for line in lines)
    assert any(line.startswith("Backtrace: 0x42") for line in lines)
    assert lines[-1] == "Rebooting..."
    assert any(line.startswith("ELF file SHA256: ") for line in lines)


def test_two_panics_have_two_backtraces():
    assert serial_text.panic(Random(1)) != serial_text.panic(Random(2))
    assert serial_text.panic(Random(1)) == serial_text.panic(Random(1))


def test_the_watchdog_names_the_tasks():
    lines = serial_text.task_watchdog(("main",), 10.0)
    assert lines[0] == (
        "E (10000) task_wdt: Task watchdog got triggered. "
        "The following tasks/users did not reset the watchdog in time:"
    )
    assert lines[1] == "E (10000) task_wdt:  - main (CPU 0)"
    assert lines[-1] == "Rebooting..."


def test_a_brownout_has_hardly_time_for_a_word():
    assert "Brownout detector was triggered" in serial_text.brownout()


def test_out_of_memory_aborts():
    assert serial_text.out_of_memory(Random(1))[0].startswith("abort() was called at PC 0x40")


def test_the_rom_names_the_reset():
    lines = serial_text.rom_banner(0xF, "RTCWDT_BROWN_OUT_RESET")
    assert lines[0] == "ESP-ROM:esp32s3-20210327"
    assert lines[2] == "rst:0xf (RTCWDT_BROWN_OUT_RESET),boot:0x8 (SPI_FAST_FLASH_BOOT)"


def test_the_app_tells_its_version():
    assert any(line.endswith("v6.26") for line in serial_text.app_start("v6.26"))


def test_association_ends_in_an_address():
    lines = serial_text.wifi_connected("lab", 6, -61, 4.0)
    assert "I (4000) wifi:state: assoc -> run (10)" in lines
    assert lines[-1].startswith("I (4000) esp_netif_handlers: sta ip: ")


def test_power_save_tells_its_share():
    assert serial_text.power_save_on(1.0) == "I (1000) wifi:Set ps type: 1, coexist: 0"
    assert serial_text.power_save_off(1.5, 2.0, 3.0) == (
        "I (3000) wifi:pm stop, total sleep time: 1500000 us / 2000000 us"
    )


def test_httpd_errors_carry_their_errno():
    assert serial_text.httpd_accept_error(23, 1.0) == [
        "W (1000) httpd: httpd_accept_conn: error in accept (23)",
        "E (1000) httpd: httpd_server: error accepting new connection",
    ]
    assert serial_text.httpd_send_error(11, 1.0).endswith("error in send : 11")
    assert serial_text.httpd_receive_error(104, 1.0).endswith("error in recv : 104")
