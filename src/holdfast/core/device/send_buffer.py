"""lwIP's send buffer: what a connection may have on its way before it must wait.

Laws:
    - At most ``size_bytes`` of a connection are unacknowledged; what does not fit stays
      with the application, which is *blocked* until acknowledgements make room.
    - Without TCP_NODELAY a part of a segment waits while anything is unacknowledged
      (RFC 896).
    - All connections together have at most the Wi-Fi driver's buffers in flight.

Source: ESP-IDF ``components/lwip/Kconfig`` (5,760 B = 4 segments of 1,440 B).
"""

from __future__ import annotations

__all__ = ["SEGMENT_BYTES", "SEND_BUFFER_BYTES", "AirBuffers", "SendBuffer"]

SEGMENT_BYTES = 1440
"""lwIP's default TCP_MSS on the ESP32."""

SEND_BUFFER_BYTES = 4 * SEGMENT_BYTES
"""LWIP_TCP_SND_BUF_DEFAULT; the option the dashboard's authors raised does not exist."""


class AirBuffers:
    """The Wi-Fi driver's transmit buffers, shared by all connections.

    Args:
        segments: How many segments they hold.
    """

    def __init__(self, segments: int) -> None:
        self.limit_bytes = segments * SEGMENT_BYTES
        self.used_bytes = 0

    @property
    def free_bytes(self) -> int:
        """Room left."""
        return self.limit_bytes - self.used_bytes


class SendBuffer:
    """What one connection has to send.

    Args:
        air: Buffers shared with the other connections.
        size_bytes: Largest unacknowledged amount.
        nodelay: Whether TCP_NODELAY is set.
    """

    def __init__(
        self, air: AirBuffers, *, size_bytes: int = SEND_BUFFER_BYTES, nodelay: bool = True
    ) -> None:
        self._air = air
        self._size_bytes = size_bytes
        self._waiting = bytearray()
        self.nodelay = nodelay
        self.in_flight_bytes = 0

    @property
    def waiting_bytes(self) -> int:
        """Bytes written but not on their way yet."""
        return len(self._waiting)

    @property
    def is_blocked(self) -> bool:
        """Whether the application waits for room."""
        return self.in_flight_bytes + len(self._waiting) > self._size_bytes

    def write(self, data: bytes) -> None:
        """Queue ``data`` behind what waits."""
        self._waiting += data

    def take(self) -> bytes:
        """Return what may leave now."""
        size = min(
            len(self._waiting), self._size_bytes - self.in_flight_bytes, self._air.free_bytes
        )
        if not self.nodelay and self.in_flight_bytes:
            size -= size % SEGMENT_BYTES
        if size <= 0:
            return b""
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        self.in_flight_bytes += size
        self._air.used_bytes += size
        return data

    def acked(self, size_bytes: int) -> None:
        """Take note of an acknowledgement."""
        size = min(size_bytes, self.in_flight_bytes)
        self.in_flight_bytes -= size
        self._air.used_bytes -= size

    def discard(self) -> None:
        """Give everything up, as when the connection is gone."""
        self._waiting.clear()
        self.acked(self.in_flight_bytes)
