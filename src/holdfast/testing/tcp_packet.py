"""Simulated TCP segments, and the hosts between which they travel."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from holdfast.core.link.retransmission import TcpStack
from holdfast.core.link.transport import Input

if TYPE_CHECKING:
    from holdfast.testing.tcp_model import Endpoint

__all__ = ["Host", "Packet", "PacketKind"]


class PacketKind(IntEnum):
    """What a packet is; any but SYN and RST acknowledges."""

    SYN = 0
    SYN_ACK = 1
    ACK = 2
    DATA = 3
    FIN = 4
    RST = 5
    PROBE = 6


class Packet:
    """One TCP segment on its way to ``target``; a SYN has none yet."""

    __slots__ = ("ack", "data", "kind", "seq", "source", "target", "window")

    def __init__(self, kind: PacketKind, source: Endpoint, target: Endpoint | None) -> None:
        self.kind = kind
        self.source = source
        self.target = target
        self.seq = source.sending.next
        self.ack = source.receiving.next
        self.window = source.receiving.window
        self.data = b""


class Host(Protocol):
    """What an endpoint needs of the host that it lives on.

    Attributes:
        address: Its numeric address.
        stack: Constants of its TCP.
    """

    address: str
    stack: TcpStack

    def now(self) -> float:
        """Return the world's time in seconds."""
        ...

    def transmit(self, packet: Packet) -> None:
        """Put a packet on the wire."""
        ...

    def deliver(self, event: Input) -> None:
        """Hand an input to the machine."""
        ...

    def wake(self, endpoint: Endpoint, at_s: float) -> None:
        """Call ``endpoint.on_timer`` at ``at_s``."""
        ...

    def register(self, endpoint: Endpoint) -> int:
        """Return the number of a connection whose handshake is complete."""
        ...
