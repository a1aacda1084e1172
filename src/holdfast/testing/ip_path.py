"""The simulated way of packets between the bench and one device.

A packet is lost or arrives later, never twice and never before one that was sent
earlier in the same direction. The device's ``Radio`` decides with the path: Wi-Fi down
loses everything, modem sleep makes packets to the device wait for a beacon.

Not simulated: bandwidth, queues of access points, fragmentation.
"""

from __future__ import annotations

import math
from random import Random

from msgspec import Struct

from holdfast.core.link.transport import Radio
from holdfast.errors import ConfigError

__all__ = ["PERFECT", "IpPath", "PathModel"]

PERFECT = Radio()
"""A radio that adds nothing."""


class PathModel(Struct, frozen=True, kw_only=True):
    """The way itself, apart from the device's radio.

    Attributes:
        latency_s: One-way delay; 2 ms is a quiet Wi-Fi at home.
        jitter_s: Mean of a further, exponentially distributed delay.
        loss_tx: Probability that a packet from the device is lost, 0 to 1.
        loss_rx: Probability that a packet to the device is lost, 0 to 1.
    """

    latency_s: float = 0.002
    jitter_s: float = 0.0005
    loss_tx: float = 0.0
    loss_rx: float = 0.0

    def __post_init__(self) -> None:
        for key in ("loss_tx", "loss_rx"):
            if not 0.0 <= getattr(self, key) <= 1.0:
                raise ConfigError(f"path.{key}", f"must be within 0 to 1, got {getattr(self, key)}")
        for key in ("latency_s", "jitter_s"):
            value = getattr(self, key)
            if not (math.isfinite(value) and value >= 0.0):
                raise ConfigError(f"path.{key}", f"must be finite and not negative, got {value}")


class IpPath:
    """One device's path: says when each packet arrives.

    Attributes:
        radio: The device's radio; set it when the device does.
    """

    def __init__(self, model: PathModel, rng: Random) -> None:
        self.radio = PERFECT
        self._model = model
        self._rng = rng
        self._last_in = 0.0
        self._last_out = 0.0
        self._active_at = -math.inf

    def to_device(self, now: float) -> float | None:
        """Return when a packet sent now reaches the device; ``None`` if it is lost."""
        radio, model = self.radio, self._model
        if not radio.is_up or self._is_lost(model.loss_rx, radio.loss_rx):
            return None
        at_s = max(self._last_in, now + self._delay_s())
        if radio.beacon_s > 0.0 and at_s - self._active_at > radio.awake_s:
            at_s = math.ceil(at_s / radio.beacon_s) * radio.beacon_s
        self._last_in = self._active_at = at_s
        return at_s

    def to_bench(self, now: float) -> float | None:
        """Return when a packet that the device sends now arrives; ``None`` if lost."""
        radio, model = self.radio, self._model
        self._active_at = max(self._active_at, now)
        if not radio.is_up or self._is_lost(model.loss_tx, radio.loss_tx):
            return None
        self._last_out = max(self._last_out, now + self._delay_s())
        return self._last_out

    def _is_lost(self, path: float, radio: float) -> bool:
        loss = path + radio - path * radio
        return loss > 0.0 and self._rng.random() < loss

    def _delay_s(self) -> float:
        model = self._model
        fixed_s = model.latency_s + self.radio.latency_s
        if model.jitter_s <= 0.0:
            return fixed_s
        return fixed_s + self._rng.expovariate(1.0 / model.jitter_s)
