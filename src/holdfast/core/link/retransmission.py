"""How long a TCP stack waits before it sends again.

The waits of the two stacks that meet on a device's link: Linux on the bench, lwIP on
the device. They are what a lost segment looks like from outside.

Source: Linux ``tcp_timer.c`` and ``tcp_input.c`` (RTO = smoothed round trip + at least
200 ms, doubling, at most 120 s); RFC 6298; lwIP ``tcp.c`` (``tcp_slowtmr`` counts ticks of
0.5 s, ``tcp_backoff``); ESP-IDF Kconfig (``LWIP_TCP_RTO_TIME`` 1500, ``LWIP_TCP_MAXRTX`` 12).
"""

from __future__ import annotations

import math

from msgspec import Struct

__all__ = ["LINUX", "LWIP", "TcpStack"]


class TcpStack(Struct, frozen=True, kw_only=True):
    """Constants of one TCP implementation; times in seconds.

    Attributes:
        syn_rto_s: Wait after the first SYN; doubles with each further one.
        syn_retries: SYNs sent again before the open fails.
        margin_s: Least wait beyond the smoothed round trip.
        tick_s: The timer runs only at multiples of this; 0 for any time.
        max_rto_s: Longest wait.
        max_doublings: Doublings after which the wait stays as it is.
        retries: Retransmissions before the connection is given up.
        delayed_ack_s: How long an ACK waits for data to ride on.
        quick_acks: Segments at the start of a connection that are acknowledged at once.
        send_buffer_bytes: Most bytes sent and not yet acknowledged.
        window_bytes: Receive window when nothing waits to be read.
    """

    syn_rto_s: float
    syn_retries: int
    margin_s: float
    tick_s: float
    max_rto_s: float
    max_doublings: int
    retries: int
    delayed_ack_s: float
    quick_acks: int
    send_buffer_bytes: int
    window_bytes: int

    def resend_at(self, now: float, tries: int, rtt_s: float = 0.0, rttvar_s: float = 0.0) -> float:
        """Return when an unanswered segment is sent again.

        Args:
            now: When it was sent last.
            tries: Times it was sent again so far, from 0.
            rtt_s: Smoothed round trip; 0 where unknown.
            rttvar_s: Its mean deviation.
        """
        first_s = rtt_s + max(self.margin_s, 4.0 * rttvar_s)
        wait_s = min(self.max_rto_s, first_s * 2.0 ** min(tries, self.max_doublings))
        if not self.tick_s:
            return now + wait_s
        # A coarse timer counts its ticks: the first one may come at once.
        ticks = math.ceil(wait_s / self.tick_s)
        return (math.floor(now / self.tick_s) + ticks) * self.tick_s

    def syn_again_at(self, now: float, tries: int) -> float:
        """Return when an unanswered SYN is sent again; ``tries`` counts from 0."""
        return now + self.syn_rto_s * 2.0**tries


LINUX = TcpStack(
    syn_rto_s=1.0,  # SYNs at 0, 1, 3, 7 ... s
    syn_retries=6,  # net.ipv4.tcp_syn_retries
    margin_s=0.2,  # TCP_RTO_MIN
    tick_s=0.0,
    max_rto_s=120.0,  # TCP_RTO_MAX
    max_doublings=15,
    retries=15,  # net.ipv4.tcp_retries2: a quarter of an hour
    delayed_ack_s=0.04,  # TCP_DELACK_MIN
    quick_acks=16,  # TCP_MAX_QUICKACKS
    send_buffer_bytes=87_380,  # first value of net.ipv4.tcp_wmem's growth, ample here
    window_bytes=65_535,
)
"""The bench: Linux with its default settings."""

LWIP = TcpStack(
    syn_rto_s=1.5,
    syn_retries=6,  # TCP_SYNMAXRTX
    margin_s=1.5,  # LWIP_TCP_RTO_TIME; sa and sv never fall below 3 ticks of a short link
    tick_s=0.5,  # TCP_SLOW_INTERVAL
    max_rto_s=240.0,
    max_doublings=7,  # tcp_backoff
    retries=12,  # TCP_MAXRTX
    delayed_ack_s=0.125,  # the mean wait for TCP_FAST_INTERVAL, 0.25 s
    quick_acks=0,
    send_buffer_bytes=5_760,  # LWIP_TCP_SND_BUF_DEFAULT, four segments of 1,440
    window_bytes=5_760,  # LWIP_TCP_WND_DEFAULT
)
"""The device: lwIP as ESP-IDF configures it."""
