"""Measures of what the device tells about itself: heap, signal, Wi-Fi, boots."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from holdfast.core.measure.boots import boots
from holdfast.core.measure.run import Series
from holdfast.core.measure.trend import trend

if TYPE_CHECKING:
    from holdfast.core.measure.run import RunView

__all__ = ["device_values", "heap_values", "rssi_values", "wifi_values"]

_Values: TypeAlias = "dict[str, float | None]"


def device_values(run: RunView, from_s: float, to_s: float) -> _Values:
    """Return how often the device booted, and the longest uptime that it told."""
    found = boots(s for s in run.samples if from_s <= s.at_s <= to_s)
    uptime = _series(run, "uptime_s", from_s, to_s)
    return {
        "reboots_total": len(found) - 1 if found else None,
        "uptime_max_s": float(uptime.value.max()) if len(uptime) else None,
    }


def heap_values(run: RunView, from_s: float, to_s: float) -> _Values:
    """Return least and last free heap, its slope over the longest boot, and fragmentation."""
    free = _series(run, "heap_free_bytes", from_s, to_s)
    ever = _series(run, "heap_min_bytes", from_s, to_s)
    largest = _series(run, "heap_largest_bytes", from_s, to_s)
    values: _Values = {
        "min_ever_bytes": float(ever.value.min()) if len(ever) else None,
        "largest_min_bytes": float(largest.value.min()) if len(largest) else None,
    }
    if not len(free):
        return values
    # Where no sample tells of boots, the whole window is taken for one.
    found = boots(s for s in run.samples if from_s <= s.at_s <= to_s)
    longest = max(found, key=lambda b: b.last_s - b.seen_s) if len(found) > 1 else None
    low, high = (longest.seen_s, longest.last_s) if longest else (from_s, to_s)
    inside = (free.at_s >= low) & (free.at_s <= high)
    slope = trend(free.at_s[inside], free.value[inside])
    at, free_at, largest_at = np.intersect1d(free.at_s, largest.at_s, return_indices=True)
    whole = free.value[free_at]
    has_heap = whole > 0
    shares = 1.0 - largest.value[largest_at][has_heap] / whole[has_heap]
    return values | {
        "free_min_bytes": float(free.value.min()),
        "free_last_bytes": float(free.value[-1]),
        "slope_bytes_per_s": slope and slope.slope_per_s,
        "slope_low_bytes_per_s": slope and slope.low_per_s,
        "slope_high_bytes_per_s": slope and slope.high_per_s,
        "fragmentation_max_ratio": float(shares.max()) if len(at) and len(shares) else None,
    }


def rssi_values(run: RunView, from_s: float, to_s: float) -> _Values:
    """Return mean, weakest and strongest signal in dBm."""
    rssi = _series(run, "rssi_dbm", from_s, to_s).value
    if not len(rssi):
        return {}
    return {
        "mean_dbm": float(rssi.mean()),
        "min_dbm": float(rssi.min()),
        "max_dbm": float(rssi.max()),
    }


def wifi_values(run: RunView, from_s: float, to_s: float) -> _Values:
    """Return by how much the device's Wi-Fi counters rose; one that fell began anew."""
    return {
        f"{word}_total": _rise(_series(run, f"wifi_{word}", from_s, to_s))
        for word in ("disconnects", "reconnects")
    }


def _series(run: RunView, name: str, from_s: float, to_s: float) -> Series:
    series = run.series(name)
    inside = (series.at_s >= from_s) & (series.at_s <= to_s) & np.isfinite(series.value)
    return Series(series.at_s[inside], series.value[inside])


def _rise(counter: Series) -> float | None:
    """Return the increase of a counter; ``None`` with no two samples to compare."""
    if len(counter) < 2:  # an increase is between two
        return None
    steps = np.diff(counter.value)
    return float(np.where(steps >= 0, steps, counter.value[1:]).sum())
