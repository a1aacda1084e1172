"""What the device tells about itself, within a window."""

import pytest

from holdfast.core.journal.events import Header, Sample
from holdfast.core.measure.device import device_values, heap_values, rssi_values, wifi_values
from holdfast.core.measure.run import RunView


def view(*rows):
    return RunView(Header(), [Sample(at_s=t, source="health", values=v) for t, v in rows])


def test_reboots_and_uptime():
    run = view((0, {"uptime_s": 100}), (30, {"uptime_s": 130}), (60, {"uptime_s": 5}))
    assert device_values(run, 0, 60) == {"reboots_total": 1, "uptime_max_s": 130.0}
    assert device_values(run, 0, 30) == {"reboots_total": 0, "uptime_max_s": 130.0}
    assert device_values(view(), 0, 30) == {"reboots_total": None, "uptime_max_s": None}


def test_the_heap_slope_is_that_of_the_longest_boot():
    rows = [(t, {"uptime_s": t, "heap_free_bytes": 50_000 - 10 * t}) for t in range(0, 300, 30)]
    rows += [(t, {"uptime_s": t - 300, "heap_free_bytes": 90_000}) for t in range(300, 400, 30)]
    found = heap_values(view(*rows), 0, 400)
    assert found["slope_bytes_per_s"] == pytest.approx(-10)
    assert found["slope_high_bytes_per_s"] == pytest.approx(-10)
    assert found["free_min_bytes"] == 50_000 - 2700
    assert found["free_last_bytes"] == 90_000


def test_heap_without_uptime_is_taken_for_one_boot():
    rows = [(t, {"heap_free_bytes": 1000 + t}) for t in range(5)]
    assert heap_values(view(*rows), 0, 5)["slope_bytes_per_s"] == pytest.approx(1)


def test_fragmentation_is_the_share_outside_the_largest_block():
    run = view(
        (0, {"heap_free_bytes": 100, "heap_largest_bytes": 80, "heap_min_bytes": 60}),
        (1, {"heap_free_bytes": 100, "heap_largest_bytes": 40, "heap_min_bytes": 50}),
        (2, {"heap_free_bytes": 0, "heap_largest_bytes": 0}),
        (3, {"heap_largest_bytes": 10}),
    )
    found = heap_values(run, 0, 9)
    assert found["fragmentation_max_ratio"] == pytest.approx(0.6)
    assert found["largest_min_bytes"] == 0
    assert found["min_ever_bytes"] == 50
    assert found["slope_bytes_per_s"] is None


def test_no_heap_no_evidence():
    assert heap_values(view((0, {"uptime_s": 1})), 0, 9) == {
        "min_ever_bytes": None,
        "largest_min_bytes": None,
    }


def test_signal():
    run = view((0, {"rssi_dbm": -60}), (30, {"rssi_dbm": -70}), (60, {"rssi_dbm": float("nan")}))
    assert rssi_values(run, 0, 90) == {"mean_dbm": -65.0, "min_dbm": -70.0, "max_dbm": -60.0}
    assert rssi_values(run, 61, 90) == {}


def test_wifi_counters_rise_and_begin_anew_after_a_reboot():
    counts = [3, 5, 5, 0, 2]
    run = view(*((t, {"wifi_disconnects": n}) for t, n in enumerate(counts)))
    assert wifi_values(run, 0, 9) == {"disconnects_total": 4.0, "reconnects_total": None}
    assert wifi_values(run, 4, 9)["disconnects_total"] is None
