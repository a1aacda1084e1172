"""The station: loss, the firmware's schedule back, signal strength."""

import math
from random import Random

import pytest

from holdfast.core.device.wifi import NO_AP_FOUND, Wifi, WifiSettings, WifiWhat


def station(seed=1, **settings):
    wifi = Wifi(WifiSettings(**settings), Random(seed))
    wifi.run_since(-3600.0)
    return wifi


def until_back(wifi, limit_s=1e6):
    """Run its timer until it is associated; return events with their times."""
    events = []
    while not wifi.is_up:
        now = wifi.deadline()
        assert now < limit_s
        events += [(now, event) for event in wifi.on_timer(now)]
    return events


def test_the_first_association_counts_as_a_reconnect():
    wifi = station()
    assert (wifi.is_up, wifi.reconnects, wifi.disconnects) == (True, 1, 0)
    assert wifi.deadline() == math.inf


def test_a_loss_is_counted_and_its_reason_kept():
    wifi = station()
    events = wifi.lose(10.0, reason=8)
    assert [event.what for event in events] == [WifiWhat.LOST]
    assert (wifi.disconnects, wifi.last_reason, wifi.last_disconnect_at_s) == (1, 8, 10.0)
    assert wifi.lose(11.0, reason=7) == []
    assert wifi.disconnects == 1


@pytest.mark.parametrize("seed", range(20))
def test_it_is_back_after_the_poll_the_first_wait_and_a_scan(seed):
    wifi = station(seed)
    wifi.lose(10.0)
    back_at_s = until_back(wifi)[-1][0]
    # poll 0 to 10, wait 5, disconnect 0.5, fast scan 0.25 to 0.45, join 0.6 to 1.6
    assert 10.0 + 6.35 <= back_at_s <= 10.0 + 17.6


def test_a_full_scan_takes_seconds_longer():
    fast, full = station(3), station(3, fast_scan=False)
    for wifi in (fast, full):
        wifi.lose(10.0)
    assert until_back(full)[-1][0] - until_back(fast)[-1][0] > 1.5


def test_attempts_wait_5_10_20_40_60_60_and_every_third_restarts_the_driver():
    wifi = station(fast_scan=True)
    wifi.lose(0.0, for_s=1000.0)
    attempts, restarts = [], []
    while wifi.deadline() < 700.0:
        before, now = wifi.attempts, wifi.deadline()
        events = wifi.on_timer(now)
        if wifi.attempts > before:
            polled_at_s = now
            attempts.append(wifi.deadline() - polled_at_s)
        restarts += [wifi.attempts for e in events if e.what is WifiWhat.RESTARTED]
    assert [round(wait_s, 6) for wait_s in attempts[:7]] == [5, 10, 20, 40, 60, 60, 60]
    assert restarts[:2] == [3, 6]


def test_an_absent_network_is_another_reason():
    wifi = station()
    wifi.lose(0.0, for_s=30.0)
    events = until_back(wifi)
    assert events[0][1].what is WifiWhat.ATTEMPT_FAILED
    assert events[0][1].reason == wifi.last_reason == NO_AP_FOUND
    assert events[-1][1].what is WifiWhat.CONNECTED
    assert wifi.reconnects == 2


def test_a_wedged_driver_comes_back_only_by_the_self_heal():
    wifi = station()
    wifi.lose(0.0, wedged=True)
    whats = [event.what for _, event in until_back(wifi)]
    assert whats == [
        WifiWhat.ATTEMPT_FAILED,
        WifiWhat.ATTEMPT_FAILED,
        WifiWhat.RESTARTED,
        WifiWhat.CONNECTED,
    ]


def test_without_the_self_heal_a_wedged_driver_stays_away():
    wifi = station(self_heal=False)
    wifi.lose(0.0, wedged=True)
    while wifi.deadline() < 3600.0:
        wifi.on_timer(wifi.deadline())
    assert not wifi.is_up
    assert wifi.attempts > 20


def test_a_boot_forgets_the_counters():
    wifi = station()
    wifi.lose(0.0)
    wifi.boot(5.0, start_s=1.0)
    assert (wifi.is_up, wifi.disconnects, wifi.reconnects) == (False, 0, 0)
    events = until_back(wifi)
    assert 6.0 < events[-1][0] < 9.0


def test_rssi_is_sampled_each_five_seconds():
    wifi = station()
    first = wifi.rssi_dbm(0.0)
    assert wifi.rssi_dbm(4.9) == first
    values = [wifi.rssi_dbm(5.0 * n) for n in range(1, 100)]
    assert len(set(values)) > 3
    assert all(-62 - 15 < value < -62 + 15 for value in values)


def test_a_frozen_rssi_is_that_of_the_association():
    wifi = station(rssi_frozen=True)
    assert {wifi.rssi_dbm(5.0 * n) for n in range(100)} == {wifi.association_dbm}
