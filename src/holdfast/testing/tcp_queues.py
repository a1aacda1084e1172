"""What one end of a simulated TCP connection has to send, and what it received."""

from __future__ import annotations

from collections import deque

from holdfast.core.link.retransmission import TcpStack

__all__ = ["MSS_BYTES", "ReceiveQueue", "RoundTrip", "Segment", "SendQueue"]

MSS_BYTES = 1_440
"""Most bytes of one segment: what ESP-IDF announces (``LWIP_TCP_MSS``)."""

_DUPLICATE_ACKS = 3  # RFC 5681


class RoundTrip:
    """The smoothed round trip and its deviation, as RFC 6298 has them."""

    __slots__ = ("deviation_s", "mean_s")

    def __init__(self) -> None:
        self.mean_s = self.deviation_s = 0.0

    def measure(self, rtt_s: float) -> None:
        """Take one more sample in."""
        if not self.mean_s:
            self.mean_s, self.deviation_s = rtt_s, rtt_s / 2.0
        else:
            self.deviation_s = 0.75 * self.deviation_s + 0.25 * abs(self.mean_s - rtt_s)
            self.mean_s = 0.875 * self.mean_s + 0.125 * rtt_s


class Segment:
    """Bytes, or the FIN, at one place of the sequence; ``tries`` counts resends."""

    __slots__ = ("data", "end", "is_fin", "sent_at", "seq", "tries")

    def __init__(self, seq: int, data: bytes, sent_at: float, *, is_fin: bool) -> None:
        self.seq = seq
        self.data = data
        self.end = seq + (1 if is_fin else len(data))
        self.sent_at = sent_at
        self.is_fin = is_fin
        self.tries = 0


class SendQueue:
    """Bytes not yet sent, and segments not yet acknowledged.

    Attributes:
        next: Sequence number of the next new byte.
        flight: Segments sent and not yet acknowledged, oldest first.
        window: The peer's receive window.
        tries: How often the oldest segment timed out in a row.
        has_fin: Whether the FIN was queued.
    """

    __slots__ = (
        "_acked_to",
        "_duplicates",
        "_fin_sent",
        "_limit_bytes",
        "_recover_to",
        "_unsent",
        "flight",
        "has_fin",
        "next",
        "tries",
        "window",
    )

    def __init__(self, stack: TcpStack) -> None:
        self.next = 0
        self.flight: deque[Segment] = deque()
        self.window = stack.window_bytes
        self.tries = 0
        self.has_fin = False
        self._fin_sent = False
        self._unsent = bytearray()
        self._acked_to = 0
        self._duplicates = 0
        self._recover_to = 0
        self._limit_bytes = stack.send_buffer_bytes

    @property
    def is_waiting(self) -> bool:
        """Whether anything is unsent or unacknowledged."""
        return bool(self.flight or self._unsent)

    def add(self, data: bytes) -> None:
        """Queue bytes."""
        self._unsent += data

    def clear(self) -> None:
        """Drop everything."""
        self._unsent.clear()
        self.flight.clear()

    def take(self, now: float) -> Segment | None:
        """Return the next segment that may be sent, now in flight."""
        room = min(self.window, self._limit_bytes) - (self.next - self._acked_to)
        size_bytes = min(MSS_BYTES, len(self._unsent), room)
        if size_bytes > 0:
            segment = Segment(self.next, bytes(self._unsent[:size_bytes]), now, is_fin=False)
            del self._unsent[:size_bytes]
        elif self.has_fin and not self._fin_sent and not self._unsent:
            self._fin_sent = True
            segment = Segment(self.next, b"", now, is_fin=True)
        else:
            return None
        self.flight.append(segment)
        self.next = segment.end
        return segment

    def acknowledge(self, ack: int, now: float, rtt: RoundTrip) -> int:
        """Drop what ``ack`` covers and return how many bytes that were."""
        size_bytes = 0
        while self.flight and self.flight[0].end <= ack:
            segment = self.flight.popleft()
            size_bytes += len(segment.data)
            if not segment.tries:  # Karn: only what was sent once says how long it took
                rtt.measure(now - segment.sent_at)
        self._acked_to = max(self._acked_to, ack)
        self.tries = self._duplicates = 0
        return size_bytes

    def is_news(self, ack: int) -> bool:
        """Whether ``ack`` acknowledges anything new."""
        return ack > self._acked_to

    def is_third_duplicate(self) -> bool:
        """Count an ACK that says nothing new; whether the oldest segment is to go again."""
        self._duplicates += 1
        return bool(self.flight) and self._duplicates == _DUPLICATE_ACKS

    def time_out(self) -> None:
        """Note that the oldest segment timed out, and how far its loss reaches."""
        self.tries += 1
        self._recover_to = self.next

    @property
    def is_recovering(self) -> bool:
        """Whether segments sent before the last timeout are still unacknowledged."""
        return bool(self.flight) and self._acked_to < self._recover_to


class ReceiveQueue:
    """Puts segments in order, and holds bytes that the program does not read yet.

    Attributes:
        next: Sequence number expected next.
        held: Bytes in order that wait to be read.
        segments: Segments taken in order since the start.
    """

    __slots__ = ("_early", "_held_bytes", "_limit_bytes", "held", "next", "segments")

    def __init__(self, stack: TcpStack) -> None:
        self.next = 0
        self.held: list[bytes] = []
        self.segments = 0
        self._held_bytes = 0
        self._early: dict[int, tuple[bytes, bool]] = {}
        self._limit_bytes = stack.window_bytes

    @property
    def window(self) -> int:
        """Bytes that may still come."""
        return max(0, self._limit_bytes - self._held_bytes)

    def put(self, seq: int, data: bytes, *, is_fin: bool) -> list[tuple[bytes, bool]]:
        """Return what is in order now; early segments wait, old ones are dropped."""
        if seq != self.next or len(data) > self.window:
            if self.next < seq <= self.next + self._limit_bytes:
                self._early[seq] = (data, is_fin)
            return []
        ready = [(data, is_fin)]
        self.next += 1 if is_fin else len(data)
        while self.next in self._early:
            ready.append(self._early.pop(self.next))
            self.next += 1 if ready[-1][1] else len(ready[-1][0])
        self.segments += len(ready)
        return ready

    def hold(self, data: bytes) -> None:
        """Keep bytes for a program that does not read."""
        self.held.append(data)
        self._held_bytes += len(data)

    def release(self) -> list[bytes]:
        """Return and forget what was held."""
        held, self.held, self._held_bytes = self.held, [], 0
        return held
