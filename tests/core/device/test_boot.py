"""Resets and boots."""

from random import Random

import pytest

from holdfast.core.device.boot import RESETS, Boot


@pytest.mark.parametrize(
    ("name", "code", "reason", "rst"),
    [
        ("power-on", 1, "Power-on", 0x1),
        ("software", 3, "Software reset", 0xC),
        ("panic", 4, "Panic", 0xC),
        ("watchdog", 6, "Task watchdog", 0xC),
        ("brownout", 9, "Brownout", 0xF),
        ("usb", 11, "Unknown reason code", 0x15),
    ],
)
def test_each_reset_has_its_code_text_and_rom_code(name, code, reason, rst):
    reset = RESETS[name]
    assert (reset.code, reset.reason, reset.rst) == (code, reason, rst)


def test_a_power_cut_has_no_last_words():
    assert RESETS["power-on"].last_words(Random(1), 1.0) == []
    assert RESETS["panic"].last_words(Random(1), 1.0)[0].startswith("Guru Meditation")
    assert RESETS["watchdog"].last_words(Random(1), 1.0)[0].startswith("E (1000) task_wdt")


def test_services_are_ready_within_a_quarter_of_the_mean():
    times = [
        Boot(RESETS["panic"], 100.0, ready_s=30.0, rng=Random(seed)).services_at_s
        for seed in range(200)
    ]
    assert 122.5 <= min(times) < 124.0
    assert 136.0 < max(times) <= 137.5


def test_uptime_counts_from_the_reset():
    boot = Boot(RESETS["panic"], -3600.0, ready_s=10.0, rng=Random(1))
    assert boot.uptime_s(10.0) == 3610.0


def test_each_boot_has_a_number_of_its_own():
    rng = Random(1)
    ids = {Boot(RESETS["panic"], 0.0, ready_s=10.0, rng=rng).boot_id for _ in range(20)}
    assert len(ids) == 20
    assert all(0 <= boot_id < 2**32 for boot_id in ids)


def test_the_rom_says_why():
    boot = Boot(RESETS["brownout"], 0.0, ready_s=10.0, rng=Random(1))
    assert "rst:0xf (RTCWDT_BROWN_OUT_RESET)" in boot.rom_text()[2]
