"""A twin's radio, imposed on real sockets as far as a program can.

Chunks of bytes are held back as the radio would hold their packets: a lost one until the
sender's stack would send it again, those behind it too; one that comes to a sleeping
device until the next beacon. Order is kept, and nothing is lost for good, as in TCP.

Not imposed: loss and delay of single SYNs and ACKs, which the kernel answers itself.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Protocol

from holdfast.core.link.retransmission import TcpStack
from holdfast.core.link.transport import Radio

__all__ = ["Lane", "RadioGate"]

_PERFECT = Radio()


class _Timer(Protocol):
    def cancel(self) -> None: ...


class _Loop(Protocol):
    def call_later(self, delay: float, callback: Callable[[], None], /) -> _Timer: ...


class RadioGate:
    """The radio of one device, shared by its connections.

    Args:
        now: Returns the run's time in seconds.
        rng: Decides what is lost.

    Attributes:
        radio: The radio as it is.
        active_at: When the device last sent or received something.
    """

    def __init__(self, now: Callable[[], float], rng: Random) -> None:
        self.radio = _PERFECT
        self.active_at = -math.inf
        self.now = now
        self.rng = rng

    def set(self, radio: Radio) -> None:
        """Let the radio be as given from now on."""
        self.radio = _PERFECT if radio == _PERFECT else radio

    @property
    def is_reachable(self) -> bool:
        """Whether a SYN or a keepalive probe would be answered at all."""
        return self.radio.is_up and self.radio.answers_arp


class Lane:
    """One direction of one connection.

    Args:
        gate: The device's radio.
        stack: The sending side's TCP: says when a lost chunk goes again.
        is_inbound: Whether chunks go to the device.
        loop: Calls later; the running loop by default.

    Attributes:
        held_bytes: Bytes held back now.
    """

    def __init__(
        self, gate: RadioGate, stack: TcpStack, *, is_inbound: bool, loop: _Loop | None = None
    ) -> None:
        self.held_bytes = 0
        self._gate = gate
        self._stack = stack
        self._is_inbound = is_inbound
        self._loop: _Loop = loop or asyncio.get_running_loop()
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()
        self._released: deque[tuple[float, int, Callable[[], None]]] = deque()
        self._tries = 0
        self._again: _Timer | None = None
        self._timer: _Timer | None = None

    def put(self, size_bytes: int, go: Callable[[], None]) -> None:
        """Call ``go()`` when ``size_bytes`` would have arrived; at once on a good radio."""
        if not self._waiting and not self._released and self._gate.radio is _PERFECT:
            go()
            return
        self.held_bytes += size_bytes
        self._waiting.append((size_bytes, go))
        if self._again is None:
            self._pass_on()

    def clear(self) -> None:
        """Drop everything."""
        for timer in (self._again, self._timer):
            if timer is not None:
                timer.cancel()
        self._again = self._timer = None
        self._waiting.clear()
        self._released.clear()
        self.held_bytes = 0

    def _pass_on(self) -> None:
        """Let chunks through until one is lost."""
        self._again = None
        gate, now = self._gate, self._gate.now()
        radio = gate.radio
        loss = radio.loss_rx if self._is_inbound else radio.loss_tx
        can_pass = radio.is_up and (radio.answers_arp or not self._is_inbound)
        while self._waiting:
            if not can_pass or (loss > 0.0 and gate.rng.random() < loss):
                again_at = self._stack.resend_at(now, self._tries)
                self._tries += 1
                self._again = self._loop.call_later(again_at - now, self._pass_on)
                return
            self._tries = 0
            size_bytes, go = self._waiting.popleft()
            self._released.append((self._arrival(now), size_bytes, go))
        self._arrive()

    def _arrival(self, now: float) -> float:
        gate = self._gate
        at_s = now + gate.radio.latency_s
        is_asleep = gate.radio.beacon_s > 0.0 and at_s - gate.active_at > gate.radio.awake_s
        if self._is_inbound and is_asleep:
            at_s = math.ceil(at_s / gate.radio.beacon_s) * gate.radio.beacon_s
        gate.active_at = max(gate.active_at, at_s)
        return max(at_s, self._released[-1][0]) if self._released else at_s

    def _arrive(self) -> None:
        self._timer = None
        while self._released:
            at_s, size_bytes, go = self._released[0]
            wait_s = at_s - self._gate.now()
            if wait_s > 0.0:
                self._timer = self._loop.call_later(wait_s, self._arrive)
                return
            self._released.popleft()
            self.held_bytes -= size_bytes
            go()
