"""One end of a simulated TCP connection.

Modelled: the handshake with its ladder of SYNs, segments, cumulative and delayed ACKs,
the retransmission timer of each stack, three duplicate ACKs, the receive window and its
probes, the send buffer, FIN, RST, keepalive, a peer that forgot the connection, and that
data to an end whose program closed it is answered by RST.

Not modelled: congestion windows (no bench opens that many segments), SACK, Nagle's
algorithm (a machine that wants it waits for ``Acked``), giving up on a closed window. No
device speaks TLS: a machine that opens with it is told so.
"""

from __future__ import annotations

from enum import IntEnum
from math import inf

from holdfast.core.journal.events import TcpInfo
from holdfast.core.link.transport import (
    Accepted,
    Acked,
    Connected,
    ConnectFailed,
    ConnectFailure,
    PeerClosed,
    PeerReset,
    Received,
)
from holdfast.testing.tcp_packet import Host, Packet, PacketKind
from holdfast.testing.tcp_queues import MSS_BYTES, ReceiveQueue, RoundTrip, Segment, SendQueue

__all__ = ["Endpoint"]

_KEEPALIVE_S = 5.0  # idle time, interval and probes as the driver sets them: 5/5/3
_KEEPALIVE_PROBES = 3
_TIMED_OUT = "timed out"


class _State(IntEnum):
    OPENING = 0  # SYN sent
    ANSWERED = 1  # SYN came, SYN-ACK sent
    OPEN = 2
    LEFT = 3  # the program closed it; the stack still delivers what is queued
    DEAD = 4  # reset, forgotten, given up


class Endpoint:
    """One end; the world calls it with packets, actions and timers.

    Attributes:
        conn: The machine's number for it; 0 until accepted.
        port: The port on the listening side.
        name: Address and port of this end, as the peer sees them.
        host: The host that it lives on.
        remote: The host at the other end.
        partner: The end that the other host made to answer this one's SYN.
        sending: What is to be sent.
        receiving: What came.
    """

    def __init__(self, host: Host, remote: Host, *, conn: int, port: int, name: str) -> None:
        self.conn = conn
        self.port = port
        self.name = name
        self.host = host
        self.remote = remote
        self.partner: Endpoint | None = None
        self.sending = SendQueue(host.stack)
        self.receiving = ReceiveQueue(host.stack)
        self._stack = host.stack
        self._peer: Endpoint | None = None
        self._state = _State.OPENING if conn else _State.ANSWERED
        self._opened: Connected | None = None
        self._tls = False
        self._rtt = RoundTrip()
        self._retransmits = 0
        self._syn_at = 0.0
        self._is_paused = False
        self._held_end: PeerClosed | PeerReset | None = None
        self._unacknowledged = 0
        self._resend_at = self._ack_at = self._keepalive_at = self._woken_at = inf
        self._probes = 0

    # --- what the machine asks -----------------------------------------------------

    def open(self, opened: Connected, tls: bool) -> None:
        """Send the first SYN; ``opened`` is delivered when the handshake is complete."""
        if self.is_opening:
            self._opened, self._tls = opened, tls
            self._send_syn()

    def refuse(self, client: Endpoint) -> None:
        """Answer a client's SYN with RST."""
        self._peer = client
        self.abort()

    def answer(self, client: Endpoint) -> None:
        """Answer a client's SYN."""
        self._peer = client
        self._send(PacketKind.SYN_ACK)
        self._resend_at = self._stack.syn_again_at(self.host.now(), self.sending.tries)
        self._arm()

    def send(self, data: bytes) -> None:
        """Queue bytes and send what fits; nothing once the connection is gone."""
        if isinstance(self._held_end, PeerReset):
            self._die(self._held_end)
        elif self._state <= _State.OPEN:
            self.sending.add(data)
            self._pump()

    def close(self) -> None:
        """Send FIN after what is queued; unread bytes make it RST, as in real stacks."""
        if self._state is _State.OPENING or self.receiving.held:
            self.abort()
        elif self._state is _State.OPEN:
            self._state = _State.LEFT
            self._keepalive_at = inf
            self.sending.has_fin = True
            self._pump()

    def abort(self) -> None:
        """Send RST and forget."""
        if self._peer is not None and self._state is not _State.DEAD:
            self._send(PacketKind.RST)
        self.forget()

    def forget(self) -> None:
        """Vanish without a packet; later ones of the peer are answered by RST."""
        self._state = _State.DEAD
        self.sending.clear()
        self.receiving.release()
        self._resend_at = self._ack_at = self._keepalive_at = inf

    def pause(self) -> None:
        """Stop delivering, so that the window closes."""
        self._is_paused = True

    def resume(self) -> None:
        """Deliver what waited, and tell the peer when the window opens again."""
        self._is_paused = False
        was_closed = self.receiving.window < MSS_BYTES
        for data in self.receiving.release():
            self._read(data)
        if self._is_paused or self._state is not _State.OPEN:
            return
        if was_closed:
            self._send(PacketKind.ACK)
        end, self._held_end = self._held_end, None
        if isinstance(end, PeerReset):
            self._die(end)
        elif end is not None:
            self.host.deliver(end)

    def tcp_info(self) -> TcpInfo:
        """Return the stack's view."""
        return TcpInfo(
            rtt_s=self._rtt.mean_s,
            rttvar_s=self._rtt.deviation_s,
            retransmits=self._retransmits,
            lost=1 if self.sending.tries and self.sending.flight else 0,
        )

    @property
    def is_dead(self) -> bool:
        """Whether it only answers with RST."""
        return self._state is _State.DEAD

    @property
    def is_opening(self) -> bool:
        """Whether the client's handshake is not complete."""
        return self._state is _State.OPENING

    def fail_open(self, why: ConnectFailure, detail: str) -> None:
        """Give up an opening connection and say so; nothing if it is not opening."""
        if self.is_opening:
            self.forget()
            self.host.deliver(ConnectFailed(self.conn, why, detail))

    # --- packets -------------------------------------------------------------------

    def on_packet(self, packet: Packet) -> None:
        """React to a packet that arrived."""
        kind = packet.kind
        if self._peer is None:
            self._peer = packet.source
        if kind is PacketKind.RST:
            self._on_reset()
        elif self._state is _State.DEAD:
            self._send(PacketKind.RST)
        elif self._state is _State.OPENING:
            if kind is PacketKind.SYN_ACK:
                self._on_established(packet)
        elif kind is PacketKind.SYN:
            self._send(PacketKind.SYN_ACK)
        else:
            self._on_segment(packet)

    def _on_established(self, packet: Packet) -> None:
        if self._tls or self._opened is None:
            self._send(PacketKind.RST)
            self.fail_open(ConnectFailure.TLS, "the port does not speak tls")
            return
        now = self.host.now()
        if not self.sending.tries:
            self._rtt.measure(now - self._syn_at)
        self._state = _State.OPEN
        self.sending.tries, self.sending.window = 0, packet.window
        self._resend_at = inf
        self._keepalive_at = now + _KEEPALIVE_S
        self._send(PacketKind.ACK)
        self.host.deliver(self._opened)
        self._pump()

    def _on_reset(self) -> None:
        if self._state is _State.OPENING:
            self.fail_open(ConnectFailure.REFUSED, "connection refused")
        elif self._state is _State.OPEN and self._is_paused:
            # A program that does not read does not notice.
            self._held_end = PeerReset(self.conn, "connection reset by peer", self.tcp_info())
        else:
            self._die(PeerReset(self.conn, "connection reset by peer", self.tcp_info()))

    def _on_segment(self, packet: Packet) -> None:
        if self._state is _State.ANSWERED:
            self._state = _State.OPEN
            self.sending.tries, self._resend_at = 0, inf
            self.conn = self.host.register(self)
            self.host.deliver(Accepted(self.conn, self.port, packet.source.name))
        if self._opened is not None and self._state is _State.OPEN:
            self._keepalive_at = self.host.now() + _KEEPALIVE_S
            self._probes = 0
        self._on_ack(packet)
        if packet.data or packet.kind is PacketKind.FIN:
            self._on_data(packet)
        elif packet.kind in (PacketKind.PROBE, PacketKind.SYN_ACK):
            self._send(PacketKind.ACK)
        self._pump()

    def _on_ack(self, packet: Packet) -> None:
        sending, was_window = self.sending, self.sending.window
        sending.window = packet.window
        if sending.is_news(packet.ack):
            size_bytes = sending.acknowledge(packet.ack, self.host.now(), self._rtt)
            self._resend_at = self._resend_time() if sending.flight else inf
            if sending.is_recovering:
                self._resend_first()
            if size_bytes and self._state is _State.OPEN:
                self.host.deliver(Acked(self.conn, size_bytes))
        elif (
            packet.kind is PacketKind.ACK
            and packet.window == was_window
            and sending.is_third_duplicate()
        ):
            self._resend_first()

    def _on_data(self, packet: Packet) -> None:
        receiving = self.receiving
        if self._state is _State.LEFT and packet.data and packet.seq >= receiving.next:
            self.abort()
            return
        ready = receiving.put(packet.seq, packet.data, is_fin=packet.kind is PacketKind.FIN)
        self._unacknowledged += len(ready)
        for data, is_fin in ready:
            if is_fin:
                self._read_end()
            else:
                self._read(data)
        if self._state is not _State.DEAD and (self._unacknowledged or not ready):
            self._acknowledge(at_once=len(ready) != 1 or ready[0][1])

    def _read(self, data: bytes) -> None:
        if self._is_paused:
            self.receiving.hold(data)
        elif self._state is _State.OPEN:
            self.host.deliver(Received(self.conn, data))

    def _read_end(self) -> None:
        event = PeerClosed(self.conn, self.tcp_info())
        if self._is_paused:
            self._held_end = event
        elif self._state is _State.OPEN:
            self.host.deliver(event)

    def _acknowledge(self, *, at_once: bool) -> None:
        is_quick = self.receiving.segments <= self._stack.quick_acks
        if at_once or is_quick or self._unacknowledged > 1:
            self._send(PacketKind.ACK)
        else:
            self._ack_at = self.host.now() + self._stack.delayed_ack_s

    # --- sending -------------------------------------------------------------------

    def _send(self, kind: PacketKind) -> None:
        self._ack_at, self._unacknowledged = inf, 0
        self.host.transmit(Packet(kind, self, self._peer))

    def _send_syn(self) -> None:
        self._syn_at = self.host.now()
        self.host.transmit(Packet(PacketKind.SYN, self, None))
        self._resend_at = self._stack.syn_again_at(self._syn_at, self.sending.tries)
        self._arm()

    def _pump(self) -> None:
        if self._state in (_State.OPEN, _State.LEFT):
            now = self.host.now()
            while (segment := self.sending.take(now)) is not None:
                self._transmit(segment)
            if self._resend_at == inf and self.sending.is_waiting:
                self._resend_at = self._resend_time()
        self._arm()

    def _transmit(self, segment: Segment) -> None:
        packet = Packet(PacketKind.FIN if segment.is_fin else PacketKind.DATA, self, self._peer)
        packet.seq, packet.data = segment.seq, segment.data
        self._ack_at, self._unacknowledged = inf, 0
        self.host.transmit(packet)

    def _resend_first(self) -> None:
        segment = self.sending.flight[0]
        segment.tries += 1
        self._retransmits += 1
        self._transmit(segment)

    def _resend_time(self) -> float:
        rtt = self._rtt
        return self._stack.resend_at(
            self.host.now(), self.sending.tries, rtt.mean_s, rtt.deviation_s
        )

    # --- timers --------------------------------------------------------------------

    def on_timer(self, at_s: float) -> None:
        """Run what is due at ``at_s``; a call that an earlier one replaced does nothing."""
        if at_s != self._woken_at:
            return
        self._woken_at = inf
        now = self.host.now()
        if self._ack_at <= now:
            self._send(PacketKind.ACK)
        if self._resend_at <= now:
            if self._state in (_State.OPENING, _State.ANSWERED):
                self._on_handshake_late(now)
            else:
                self._on_segment_late()
        if self._keepalive_at <= now:
            self._on_idle(now)
        self._arm()

    def _on_segment_late(self) -> None:
        sending = self.sending
        sending.time_out()
        if not sending.flight:
            self._send(PacketKind.PROBE)  # the window is closed: ask whether it opened
        elif sending.tries > self._stack.retries:
            self._die(PeerReset(self.conn, _TIMED_OUT, self.tcp_info()))
            return
        else:
            self._resend_first()
        self._resend_at = self._resend_time()

    def _on_handshake_late(self, now: float) -> None:
        self.sending.tries += 1
        if self.sending.tries > self._stack.syn_retries:
            if self._state is _State.OPENING:
                self.fail_open(ConnectFailure.UNREACHABLE, _TIMED_OUT)
            else:
                self.forget()
        elif self._state is _State.OPENING:
            self._retransmits += 1
            self._send_syn()
        else:
            self._send(PacketKind.SYN_ACK)
            self._resend_at = self._stack.syn_again_at(now, self.sending.tries)

    def _on_idle(self, now: float) -> None:
        self._keepalive_at = now + _KEEPALIVE_S
        if self.sending.flight:
            return  # the retransmission timer asks already
        if self._probes >= _KEEPALIVE_PROBES:
            self._die(PeerReset(self.conn, _TIMED_OUT, self.tcp_info()))
            return
        self._probes += 1
        self._send(PacketKind.PROBE)

    def _arm(self) -> None:
        due_s = min(self._resend_at, self._ack_at, self._keepalive_at)
        if due_s < self._woken_at:
            self._woken_at = due_s
            self.host.wake(self, due_s)

    def _die(self, event: PeerReset) -> None:
        was_open = self._state is _State.OPEN
        self.forget()
        if was_open:
            self.host.deliver(event)
