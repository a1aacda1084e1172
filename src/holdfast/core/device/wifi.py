"""The station's Wi-Fi: association, loss and its reason, and the firmware's way back.

The driver does not reconnect by itself. A monitor task polls each 10 s from 15 s after
boot; while the link is down each attempt waits 5, 10, 20, 40, then 60 s, every third one
restarts the driver first (the self-heal of document 000), and has 10 s of grace. It never
gives up and never reboots. RSSI is sampled each 5 s.

Source: the dashboard firmware's network module (spec section 10).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from random import Random
from typing import NamedTuple, TypeAlias

from msgspec import Struct

__all__ = [
    "BEACON_TIMEOUT",
    "NO_AP_FOUND",
    "Change",
    "Wifi",
    "WifiEvent",
    "WifiSettings",
    "WifiWhat",
]

BEACON_TIMEOUT = 200
"""``WIFI_REASON_BEACON_TIMEOUT``: the station lost the access point's beacons."""

NO_AP_FOUND = 201
"""``WIFI_REASON_NO_AP_FOUND``: the scan did not find the network."""

_MONITOR_AFTER_S = 15.0
_POLL_S = 10.0
_FIRST_WAIT_S = 5.0
_LONGEST_WAIT_S = 60.0
_DOUBLINGS = 4
_GRACE_S = 10.0
_RESTART_EVERY = 3
_RESTART_S = 1.0  # stop, 500 ms, start, 500 ms
_DISCONNECT_S = 0.5
_FULL_SCAN_S = (3.0, 5.0)
_FAST_SCAN_S = (0.25, 0.45)  # one channel, its address known
_JOIN_S = (0.6, 1.6)  # authentication, association, four-way handshake, DHCP
_RSSI_EVERY_S = 5.0
_RSSI_STEP_DB = 1.4
_RSSI_PULL = 0.2
_HISTORY = 32  # what /debug/events keeps
_LOWEST_DBM, _HIGHEST_DBM = -95, -30


class WifiWhat(StrEnum):
    """What happened."""

    CONNECTED = "connected"
    LOST = "lost"
    ATTEMPT_FAILED = "attempt_failed"
    RESTARTED = "restarted"


class WifiEvent(Struct, frozen=True):
    """Something that happened to the association; ``reason`` is a ``wifi_err_reason_t``."""

    what: WifiWhat
    reason: int = 0


class Change(NamedTuple):
    """An association that came or went.

    Attributes:
        at_s: When.
        reason: ``wifi_err_reason_t`` of a loss; 0 for an association.
        rssi_dbm: Signal strength at an association; 0 for a loss.
        channel: Channel of an association; 0 for a loss.
    """

    at_s: float
    reason: int = 0
    rssi_dbm: int = 0
    channel: int = 0


class WifiSettings(Struct, frozen=True, kw_only=True):
    """How the station behaves.

    Attributes:
        rssi_dbm: Mean signal strength at the board.
        channel: Channel of the access point.
        fast_scan: Look only where the network was before.
        self_heal: Restart the driver on every third attempt.
        rssi_frozen: Report the strength at association for ever.
    """

    rssi_dbm: int = -62
    channel: int = 6
    fast_scan: bool = True
    self_heal: bool = True
    rssi_frozen: bool = False


_Step: TypeAlias = Callable[[float], list[WifiEvent]]


class Wifi:
    """One station.

    Args:
        settings: How it behaves.
        rng: For scan times and signal strength.
    """

    def __init__(self, settings: WifiSettings, rng: Random) -> None:
        self.settings = settings
        self._rng = rng
        self.is_up = False
        self.attempts = 0
        self.disconnects = 0
        self.reconnects = 0
        self.last_reason = 0
        self.last_disconnect_at_s = -math.inf
        self.history: deque[Change] = deque(maxlen=_HISTORY)
        self.rssi_frozen = settings.rssi_frozen
        self._network_back_at_s = -math.inf
        self._is_wedged = False
        self._booted_at_s = 0.0
        self._next: _Step = self._connected
        self._next_at_s = math.inf
        self._strength = float(settings.rssi_dbm)
        self._sampled_at_s = -math.inf
        self._rssi_dbm = self.association_dbm = settings.rssi_dbm

    def boot(self, at_s: float, *, start_s: float) -> None:
        """Forget everything and scan ``start_s`` after a reset at ``at_s``."""
        self.is_up = False
        self.attempts = self.disconnects = self.reconnects = self.last_reason = 0
        self.last_disconnect_at_s = -math.inf
        self.history.clear()
        self._booted_at_s = at_s
        self._is_wedged = False
        self._scanned(at_s + start_s + self._scan_s())

    def run_since(self, at_s: float) -> None:
        """Be associated since a boot at ``at_s``."""
        # polls drift with the work between them: long after boot their phase is anyone's guess
        self._booted_at_s = at_s - self._rng.uniform(0.0, _POLL_S)
        self._next_at_s = math.inf
        self._associate(at_s)

    def lose(
        self, now: float, *, reason: int = BEACON_TIMEOUT, for_s: float = 0.0, wedged: bool = False
    ) -> list[WifiEvent]:
        """Lose the association.

        Args:
            now: When.
            reason: ``wifi_err_reason_t``.
            for_s: How long the network cannot be found.
            wedged: Whether only a restart of the driver brings it back.
        """
        self._network_back_at_s = max(self._network_back_at_s, now + for_s)
        self._is_wedged = self._is_wedged or wedged
        if not self.is_up:
            return []
        self.is_up = False
        self._count_loss(reason, now)
        self.attempts = 0
        self._schedule(self._poll, self._next_poll_s(now))
        return [WifiEvent(WifiWhat.LOST, reason)]

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next."""
        return self._next_at_s

    def on_timer(self, now: float) -> list[WifiEvent]:
        """Go on with the way back."""
        events: list[WifiEvent] = []
        while now >= self._next_at_s:
            at_s, step = self._next_at_s, self._next
            self._next_at_s = math.inf
            events += step(at_s)
        return events

    def rssi_dbm(self, now: float) -> int:
        """Return the signal strength as the firmware knows it."""
        if self.is_up and not self.rssi_frozen and now >= self._sampled_at_s + _RSSI_EVERY_S:
            self._sampled_at_s = now
            pull = (self.settings.rssi_dbm - self._strength) * _RSSI_PULL
            self._strength += pull + self._rng.gauss(0.0, _RSSI_STEP_DB)
            self._rssi_dbm = _within_range(self._strength)
        return self._rssi_dbm

    # --- the way back: poll -> attempt -> outcome -> poll ---

    def _poll(self, now: float) -> list[WifiEvent]:
        self.attempts += 1
        doublings = min(self.attempts - 1, _DOUBLINGS)
        wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2**doublings)
        self._schedule(self._attempt, now + wait_s)
        return []

    def _attempt(self, now: float) -> list[WifiEvent]:
        events = []
        took_s = _DISCONNECT_S
        if self.settings.self_heal and self.attempts % _RESTART_EVERY == 0:
            took_s += _RESTART_S
            self._is_wedged = False
            events.append(WifiEvent(WifiWhat.RESTARTED))
        self._scanned(now + took_s + self._scan_s())
        return events

    def _scanned(self, at_s: float) -> None:
        if self._is_wedged or at_s < self._network_back_at_s:
            self._schedule(self._failed, at_s)
        else:
            self._schedule(self._connected, at_s + self._join_s())

    def _failed(self, now: float) -> list[WifiEvent]:
        self._count_loss(NO_AP_FOUND, now)
        self._schedule(self._poll, self._next_poll_s(now + _GRACE_S))
        return [WifiEvent(WifiWhat.ATTEMPT_FAILED, NO_AP_FOUND)]

    def _connected(self, now: float) -> list[WifiEvent]:
        self._associate(now)
        return [WifiEvent(WifiWhat.CONNECTED)]

    def _associate(self, now: float) -> None:
        self.is_up = True
        self.attempts = 0
        self.reconnects += 1  # the first association counts, as on the device
        self._strength = self.settings.rssi_dbm + self._rng.gauss(0.0, _RSSI_STEP_DB)
        self._rssi_dbm = self.association_dbm = _within_range(self._strength)
        self.history.append(Change(now, 0, self._rssi_dbm, self.settings.channel))

    def _count_loss(self, reason: int, now: float) -> None:
        self.disconnects += 1
        self.last_reason = reason
        self.last_disconnect_at_s = now
        self.history.append(Change(now, reason))

    def _schedule(self, step: _Step, at_s: float) -> None:
        self._next, self._next_at_s = step, at_s

    def _next_poll_s(self, now: float) -> float:
        first = self._booted_at_s + _MONITOR_AFTER_S
        polls = max(0, math.ceil((now - first) / _POLL_S))
        return first + polls * _POLL_S

    def _scan_s(self) -> float:
        return self._rng.uniform(*(_FAST_SCAN_S if self.settings.fast_scan else _FULL_SCAN_S))

    def _join_s(self) -> float:
        return self._rng.uniform(*_JOIN_S)


def _within_range(strength: float) -> int:
    return max(_LOWEST_DBM, min(_HIGHEST_DBM, round(strength)))
