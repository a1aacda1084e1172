"""Uptime and boot ids tell when the device started anew."""

from holdfast.core.journal.events import Sample
from holdfast.core.measure.boots import Boot, boots


def sample(at_s, **values):
    return Sample(at_s=at_s, source="health", values=values)


def test_steady_uptime_is_one_boot_before_the_run():
    rows = [sample(t, uptime_s=t + 9) for t in (0, 30, 60)]
    assert boots(rows) == [Boot(-9.0, 0, 60)]


def test_uptime_that_falls_is_a_reboot():
    rows = [sample(0, uptime_s=500), sample(30, uptime_s=530), sample(60, uptime_s=12)]
    assert boots(rows) == [Boot(-500.0, 0, 30), Boot(48.0, 60, 60)]


def test_uptime_that_grew_too_little_is_a_reboot():
    """5 s of uptime at 30 s, 20 s of uptime at 60 s: it booted at 40 s."""
    rows = [sample(30, uptime_s=5), sample(60, uptime_s=20)]
    assert [b.at_s for b in boots(rows)] == [25.0, 40.0]


def test_rounding_and_a_late_answer_are_no_reboot():
    rows = [sample(30, uptime_s=100), sample(60, uptime_s=121), sample(65, uptime_s=120.5)]
    assert len(boots(rows)) == 1


def test_a_device_clock_that_drifts_is_no_reboot():
    """100 ppm over two days is 17 s, but never more than a little between two samples."""
    rows = [sample(t, uptime_s=t * 0.9999) for t in range(0, 172_800, 600)]
    assert len(boots(rows)) == 1


def test_a_new_boot_id_is_a_reboot_whatever_the_uptime():
    rows = [sample(0, boot_id=7.0), sample(30), sample(60, boot_id=8.0), sample(90, boot_id=8.0)]
    assert boots(rows) == [Boot(None, 0, 0), Boot(None, 60, 90)]


def test_a_boot_id_that_appears_later_is_the_same_boot():
    rows = [sample(0, uptime_s=10), sample(30, uptime_s=40, boot_id="a")]
    assert len(boots(rows)) == 1
    rows = [sample(0, boot_id="a"), sample(30, uptime_s=40)]
    assert boots(rows) == [Boot(-10.0, 0, 30)]


def test_samples_without_either_say_nothing():
    assert (
        boots([sample(0, rssi_dbm=-60), sample(1, uptime_s="long"), sample(2, uptime_s=True)]) == []
    )
