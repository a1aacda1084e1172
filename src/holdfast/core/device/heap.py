"""The heap as the board reports it: free, smallest ever free, largest block.

It declines by a constant rate (a leak), by a cost per open connection, and breathes a
little. It does not simulate single allocations.

Source: field-knowledge C4 (heap recovers up to 60 s after connections close; 184 B per
control block) and the corpus (8.0-8.2 MB free, PSRAM included; 3-11 KB/min decline).
"""

from __future__ import annotations

from random import Random

__all__ = ["CONNECTION_BYTES", "Heap"]

CONNECTION_BYTES = 3_600
"""Session, control block and buffers: about 100 kB for 32 connections (AsyncTCP#21)."""

_BREATH_BYTES = 900
"""Spread of one reading against the next in the corpus."""

_LARGEST_SHARE = 0.97
"""Largest block of an almost empty PSRAM heap."""


class Heap:
    """Free memory over time.

    Args:
        free_bytes: Free after boot.
        leak_bytes_per_s: Constant decline.
        rng: For the breath.
    """

    def __init__(self, free_bytes: int, leak_bytes_per_s: float, rng: Random) -> None:
        self._boot_free_bytes = free_bytes
        self._boot_leak = leak_bytes_per_s
        self._rng = rng
        self.restart(0.0)

    def restart(self, now: float) -> None:
        """Start afresh, as after a reset."""
        self.leak_bytes_per_s = self._boot_leak
        self._level = float(self._boot_free_bytes)
        self._at_s = now
        self.minimum_bytes = self._boot_free_bytes

    def set_leak(self, bytes_per_s: float, now: float) -> None:
        """Decline by ``bytes_per_s`` from now on."""
        self._settle(now)
        self.leak_bytes_per_s = bytes_per_s

    def free_bytes(self, now: float, connections: int = 0) -> int:
        """Return free bytes with ``connections`` open; never negative."""
        self._settle(now)
        breath = self._rng.random() * _BREATH_BYTES
        free = max(0, int(self._level - connections * CONNECTION_BYTES - breath))
        self.minimum_bytes = min(self.minimum_bytes, free)
        return free

    def largest_bytes(self, now: float) -> int:
        """Return the largest free block."""
        self._settle(now)
        return max(0, int(self._level * _LARGEST_SHARE))

    def exhausted_at_s(self, floor_bytes: int) -> float:
        """Return when the leak reaches ``floor_bytes``; ``inf`` without a leak."""
        if self.leak_bytes_per_s <= 0:
            return float("inf")
        return self._at_s + (self._level - floor_bytes) / self.leak_bytes_per_s

    def _settle(self, now: float) -> None:
        self._level -= self.leak_bytes_per_s * (now - self._at_s)
        self._at_s = now
