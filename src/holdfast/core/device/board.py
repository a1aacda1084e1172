"""The ESP32 board: power, boot, Wi-Fi, heap, sockets and serial line under one clock.

A system (a dashboard, a voice device) is a set of services on a board. The board tells
them when the network or the whole program is gone and when to begin again; faults act on
the board and its knobs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Protocol

from msgspec import Struct

from holdfast.core.device import serial_text
from holdfast.core.device.boot import RESETS, WIFI_START_S, Boot
from holdfast.core.device.heap import Heap
from holdfast.core.device.knobs import Knobs
from holdfast.core.device.sockets import SocketTable
from holdfast.core.device.tcp import Tcp
from holdfast.core.device.watchdog import Watchdog
from holdfast.core.device.wifi import Wifi, WifiEvent, WifiSettings, WifiWhat
from holdfast.core.journal.events import Truth
from holdfast.core.link.transport import (
    AcceptMode,
    Action,
    Listen,
    Radio,
    Record,
    SerialOut,
    SetRadio,
)

__all__ = ["Board", "BoardSettings", "Services"]

_ARP_KEEPS_S = 15.0  # a neighbour's entry outlives a loss for about so long
_HEAP_FLOOR_BYTES = 12_000  # below it an allocation of a request fails
_REBOOT_GAP_S = 0.05
_BROWNOUT_GAP_S = 0.4  # the supply needs to come back


class Services(Protocol):
    """What runs on a board."""

    def started(self, now: float) -> None:
        """Begin to listen: the program and its network are ready."""
        ...

    def lost(self, now: float, why: str) -> None:
        """Forget every connection: ``why`` is ``"wifi"`` or ``"reset"``."""
        ...

    def logged(self, level: str, module: str, text: str, now: float) -> None:
        """Take note of a line of the program's own log."""
        ...

    def changed(self, now: float) -> None:
        """Take note that a knob was turned."""
        ...

    def end_streams(self, now: float) -> None:
        """End every live stream in good order."""
        ...


class BoardSettings(Struct, frozen=True, kw_only=True):
    """A board's hardware and build.

    Attributes:
        name: Source of its truth events.
        wifi: Its station.
        ports: TCP ports it listens on.
        version: Of its firmware.
        ssid: Network it joins.
        sockets: LWIP_MAX_SOCKETS.
        reserved_sockets: Sockets that listen or belong to the system.
        control_blocks: Connections that lwIP can hold.
        air_segments: Segments that the Wi-Fi driver can hold.
        send_buffer_bytes: Send buffer of each connection.
        heap_free_bytes: Free after boot.
        leak_bytes_per_s: Decline of the heap.
        ready_s: From reset until the services listen, on average.
        uptime_s: Age of the boot at the start of the run.
        is_cold: Whether it is powered on at the start of the run instead.
    """

    name: str
    wifi: WifiSettings
    ports: tuple[int, ...]
    version: str = "v6.26"
    ssid: str = "lab"
    sockets: int = 16
    reserved_sockets: int = 4
    control_blocks: int = 16
    air_segments: int = 32
    send_buffer_bytes: int = 5760
    heap_free_bytes: int = 8_242_488
    leak_bytes_per_s: float = 0.0
    ready_s: float = 12.0
    uptime_s: float = 3600.0
    is_cold: bool = False


class Board:
    """One board.

    Args:
        settings: Its hardware and build.
        services: What runs on it.
        emit: Takes the actions.
        rng: All its randomness.
    """

    def __init__(
        self,
        settings: BoardSettings,
        services: Services,
        emit: Callable[[Action], None],
        rng: Random,
    ) -> None:
        self.settings = settings
        self.knobs = Knobs()
        self.rng = rng
        self.wifi = Wifi(settings.wifi, rng)
        self.heap = Heap(settings.heap_free_bytes, settings.leak_bytes_per_s, rng)
        self.sockets = SocketTable(settings.sockets, reserved=settings.reserved_sockets)
        self.tcp = Tcp(
            emit,
            control_blocks=settings.control_blocks,
            air_segments=settings.air_segments,
            send_buffer_bytes=settings.send_buffer_bytes,
        )
        self.watchdog = Watchdog()
        self.boot = Boot(RESETS["usb"], 0.0, ready_s=settings.ready_s, rng=rng)
        self.is_ready = False
        self.backlog_is_full = False
        self._services = services
        self._emit = emit
        self._radio = Radio()
        self._modes = dict.fromkeys(settings.ports, AcceptMode.REFUSE)
        self._arp_ends_at_s = math.inf
        self._wifi_starts_at_s = math.inf
        self._sleep_began_at_s = 0.0

    # --- life -----------------------------------------------------------------

    def start(self, now: float) -> None:
        """Begin: running already, or powered on now."""
        if self.settings.is_cold:
            self.power_on("power-on", now)
            return
        boot = RESETS["usb"]  # the board on the bench was last started over USB
        self.boot = Boot(
            boot, now - self.settings.uptime_s, ready_s=self.settings.ready_s, rng=self.rng
        )
        self.wifi.run_since(self.boot.at_s)
        self.is_ready = True
        self._services.started(now)
        self.refresh(now)

    def reset(self, cause: str, now: float) -> None:
        """Restart for ``cause``, a name of ``boot.RESETS``."""
        self.say(RESETS[cause].last_words(self.rng, self.uptime_s(now)))
        self.truth("reset", now, cause=cause, uptime_s=round(self.uptime_s(now), 3))
        self._lose("reset", now)
        self.power_on(cause, now + (_BROWNOUT_GAP_S if cause == "brownout" else _REBOOT_GAP_S))
        self.refresh(now)

    def cut_power(self, now: float, *, back_at_s: float) -> None:
        """Be powered off at once and on again at ``back_at_s``; no last words."""
        self._lose("reset", now)
        self.power_on("power-on", back_at_s)
        self.refresh(now)

    def power_on(self, cause: str, at_s: float) -> None:
        """Boot from ``at_s`` on: radio off, nothing listens until the services are ready."""
        self.boot = Boot(
            RESETS[cause],
            at_s,
            ready_s=self.settings.ready_s,
            rng=self.rng,
            count=self.boot.count + 1,
        )
        self.is_ready = False
        self.watchdog.feed()
        self.sockets.clear()
        self.heap.restart(at_s)
        self.wifi.boot(at_s, start_s=WIFI_START_S)
        self._arp_ends_at_s = at_s + (0.0 if cause == "power-on" else _ARP_KEEPS_S)
        self.say(self.boot.rom_text())
        self.say(serial_text.app_start(self.settings.version))
        self.truth(
            "boot", at_s, cause=cause, boot=self.boot.count, services_at_s=self.boot.services_at_s
        )
        self.refresh(at_s)

    def lose_wifi(
        self, now: float, *, reason: int, for_s: float = 0.0, wedged: bool = False
    ) -> None:
        """Lose the association; the firmware finds its own way back."""
        self._on_wifi(self.wifi.lose(now, reason=reason, for_s=for_s, wedged=wedged), now)

    def hang(self, now: float) -> None:
        """Let the main task run in a circle until the watchdog bites."""
        self.watchdog.hang(now)

    def end_streams(self, now: float) -> None:
        """Let the services end every live stream."""
        self._services.end_streams(now)

    def changed(self, now: float) -> None:
        """Take note that knobs were turned."""
        self.refresh(now)
        self._services.changed(now)

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next."""
        leak_ends_at_s = self.heap.exhausted_at_s(_HEAP_FLOOR_BYTES)
        services_at_s = math.inf
        if not self.is_ready and self.wifi.is_up:
            services_at_s = self.boot.services_at_s
        return min(
            self.wifi.deadline(),
            self.tcp.deadline(),
            self.watchdog.deadline(),
            self._arp_ends_at_s,
            leak_ends_at_s,
            services_at_s,
        )

    def on_timer(self, now: float) -> None:
        """React to the passing of time."""
        if now >= self._arp_ends_at_s:
            self._arp_ends_at_s = math.inf
            self.refresh(now)
        self._on_wifi(self.wifi.on_timer(now), now)
        if not self.is_ready and self.wifi.is_up and now >= self.boot.services_at_s:
            self.is_ready = True
            self.log("I", "web", "server started", now)
            self._services.started(now)
            self.refresh(now)
        if self.watchdog.has_bitten(now):
            self.reset("watchdog", now)
        elif now >= self.heap.exhausted_at_s(_HEAP_FLOOR_BYTES):
            self.reset("out-of-memory", now)

    # --- what the world sees --------------------------------------------------

    def refresh(self, now: float) -> None:
        """Bring radio and listening ports in line with state and knobs."""
        knobs = self.knobs
        is_up = self.wifi.is_up and knobs.is_reachable
        sleep = knobs.sleep
        radio = Radio(
            is_up=is_up,
            loss_tx=knobs.loss_tx,
            loss_rx=knobs.loss_rx,
            beacon_s=sleep.beacon_s if sleep else 0.0,
            awake_s=sleep.awake_s if sleep else 0.0,
            answers_arp=is_up or now < self._arp_ends_at_s < math.inf,
        )
        if radio != self._radio:
            self._note_sleep(self._radio.beacon_s, radio.beacon_s, now)
            self._radio = radio
            self._emit(SetRadio(radio))
        for port in self.settings.ports:
            self._listen(port, self._mode(port))

    def _mode(self, port: int) -> AcceptMode:
        is_http = port == self.settings.ports[0]
        if not (self.is_ready and self.wifi.is_up and self.knobs.is_reachable):
            return AcceptMode.SILENT
        if is_http and self.knobs.port_mode is not None:
            return self.knobs.port_mode
        if is_http and self.backlog_is_full:
            return AcceptMode.SILENT
        return AcceptMode.ACCEPT

    def _listen(self, port: int, mode: AcceptMode) -> None:
        if self._modes[port] is not mode:
            self._modes[port] = mode
            self._emit(Listen(port, mode))

    def _note_sleep(self, before_s: float, after_s: float, now: float) -> None:
        if after_s and not before_s:
            self._sleep_began_at_s = now
            self.say([serial_text.power_save_on(self.uptime_s(now))])
        elif before_s and not after_s:
            total_s = now - self._sleep_began_at_s
            asleep_s = 0.8 * total_s  # a beacon's share of waking with light traffic
            self.say([serial_text.power_save_off(asleep_s, total_s, self.uptime_s(now))])

    # --- telling --------------------------------------------------------------

    def uptime_s(self, now: float) -> float:
        """Return seconds since the last reset."""
        return max(0.0, self.boot.uptime_s(now))

    def log(self, level: str, module: str, text: str, now: float) -> None:
        """Write a line of the program's own log: serial, telnet, memory."""
        self.say([serial_text.line(level, module, text, self.uptime_s(now))])
        self._services.logged(level, module, text, now)

    def say(self, lines: list[str]) -> None:
        """Write lines to the serial port."""
        if lines:
            self._emit(SerialOut("".join(f"{text}\r\n" for text in lines)))

    def truth(self, what: str, at_s: float, **values: float | str | bool | None) -> None:
        """Record what happened."""
        self.record(what, at_s, values)

    def record(
        self, what: str, at_s: float, values: Mapping[str, float | str | bool | None]
    ) -> None:
        """Record what happened, with ``values`` of any name."""
        event = Truth(
            at_s=at_s, source=f"twin.{self.settings.name}", what=what, values=dict(values)
        )
        self._emit(Record(event))

    # --- within ---------------------------------------------------------------

    def _on_wifi(self, events: list[WifiEvent], now: float) -> None:
        for event in events:
            uptime_s = self.uptime_s(now)
            self.truth(f"wifi_{event.what}", now, reason=event.reason or None)
            if event.what is WifiWhat.LOST:
                self.say(serial_text.wifi_lost(event.reason, uptime_s))
                self._lose("wifi", now)
                self._arp_ends_at_s = now + _ARP_KEEPS_S
            elif event.what is WifiWhat.CONNECTED:
                self._arp_ends_at_s = math.inf
                self.say(
                    serial_text.wifi_connected(
                        self.settings.ssid,
                        self.wifi.settings.channel,
                        self.wifi.rssi_dbm(now),
                        uptime_s,
                    )
                )
            elif event.what is WifiWhat.ATTEMPT_FAILED:
                self.say(serial_text.wifi_lost(event.reason, uptime_s)[-1:])
            else:
                self.log("W", "network", "restarting Wi-Fi after failed reconnects", now)
            self.refresh(now)

    def _lose(self, why: str, now: float) -> None:
        self.backlog_is_full = False
        self.tcp.lose_all()
        self._services.lost(now, why)
