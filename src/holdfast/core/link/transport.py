"""What machines and their drivers say to each other.

A *machine* (an observer, a plan, a twin) is pure: inputs and the time go in,
actions come out. A *driver* carries the actions out: the real one on sockets
(``adapters``), the simulated one over a simulated IP path (``testing.world``).
Both must behave alike; the conformance suite holds them to it.

Laws:
    - ``now`` is in seconds on the run's clock; it starts at 0 and never goes back.
    - A machine numbers the connections it opens, from 1; the driver numbers those it
      accepts, from -1 downwards; a number is never used again.
    - After ``PeerReset`` or ``ConnectFailed``, and after the machine's own ``Close``,
      ``Abort`` or ``Forget``, no further input comes for that connection. After
      ``PeerClosed`` nothing more is received; the machine may still send (``Acked`` and
      ``PeerReset`` may follow) and ends with ``Close``.
    - ``AskTcp`` is answered by exactly one ``TcpSampled``, the very next input and at the
      same instant; so an observer asks when its probe ends, records the probe with the
      answer, and only then closes.
    - A driver calls ``on_timer`` no earlier than ``deadline()``, and asks for the
      deadline anew after every call.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeAlias

from msgspec import Struct

from holdfast.core.journal.events import Event, TcpInfo

__all__ = [
    "Abort",
    "AcceptMode",
    "Accepted",
    "Acked",
    "Action",
    "AskTcp",
    "Close",
    "ConnectFailed",
    "ConnectFailure",
    "Connected",
    "Echo",
    "EchoFailed",
    "EchoReply",
    "Forget",
    "Input",
    "Listen",
    "Machine",
    "Open",
    "PauseReading",
    "PeerClosed",
    "PeerReset",
    "Radio",
    "Received",
    "Record",
    "ResumeReading",
    "Send",
    "SerialIn",
    "SerialOut",
    "SetRadio",
    "Stop",
    "TcpSampled",
]


class ConnectFailure(StrEnum):
    """Why a connection could not be opened; a limit is the machine's own affair."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NAME = "name"
    TLS = "tls"
    LOCAL = "local"


class AcceptMode(StrEnum):
    """What a listening port does with a SYN."""

    ACCEPT = "accept"
    SILENT = "silent"
    REFUSE = "refuse"


# --- inputs: driver to machine ---------------------------------------------------


class Connected(Struct, frozen=True):
    """Connection ``conn``, opened by us, is established (TLS included).

    Attributes:
        conn: The machine's number for it.
        address: The peer's numeric address.
        resolve_s: Seconds spent on the name; ``None`` for an address.
    """

    conn: int
    address: str = ""
    resolve_s: float | None = None


class ConnectFailed(Struct, frozen=True):
    """Connection ``conn`` could not be opened."""

    conn: int
    why: ConnectFailure
    detail: str = ""


class Accepted(Struct, frozen=True):
    """A peer's connection to ``port`` completed its handshake."""

    conn: int
    port: int
    peer: str = ""


class Received(Struct, frozen=True):
    """Bytes arrived on ``conn``; never none."""

    conn: int
    data: bytes


class Acked(Struct, frozen=True):
    """The peer's stack acknowledged ``size_bytes`` more of what was sent."""

    conn: int
    size_bytes: int


class PeerClosed(Struct, frozen=True):
    """The peer sent FIN.

    Attributes:
        tcp: Kernel's view of the connection at its end.
    """

    conn: int
    tcp: TcpInfo | None = None


class PeerReset(Struct, frozen=True):
    """The peer sent RST, or the stack gave the connection up."""

    conn: int
    detail: str = ""
    tcp: TcpInfo | None = None


class TcpSampled(Struct, frozen=True):
    """What the kernel knows of ``conn`` now; answers ``AskTcp``.

    Attributes:
        tcp: ``None`` where the system does not say, and for a connection that is gone.
    """

    conn: int
    tcp: TcpInfo | None = None


class EchoReply(Struct, frozen=True):
    """ICMP echo ``token`` was answered after ``rtt_s``."""

    token: int
    rtt_s: float


class EchoFailed(Struct, frozen=True):
    """ICMP echo ``token`` cannot be sent or was answered by an error.

    Attributes:
        permitted: ``False`` where this host forbids ICMP to us.
    """

    token: int
    detail: str = ""
    permitted: bool = True


class SerialIn(Struct, frozen=True):
    """Bytes came from the serial line."""

    data: bytes


Input: TypeAlias = (
    Connected
    | ConnectFailed
    | Accepted
    | Received
    | Acked
    | PeerClosed
    | PeerReset
    | TcpSampled
    | EchoReply
    | EchoFailed
    | SerialIn
)

# --- actions: machine to driver --------------------------------------------------


class Open(Struct, frozen=True):
    """Open a TCP connection; answered by ``Connected`` or ``ConnectFailed``.

    The driver sets TCP_NODELAY and keepalive, and asks the name anew each time.
    """

    conn: int
    host: str
    port: int
    tls: bool = False


class Send(Struct, frozen=True):
    """Send bytes on ``conn``, in order."""

    conn: int
    data: bytes


class Close(Struct, frozen=True):
    """Send what is queued, then FIN; a connection still opening is given up."""

    conn: int


class Abort(Struct, frozen=True):
    """Drop ``conn`` with RST, queued bytes included."""

    conn: int


class Forget(Struct, frozen=True):
    """Lose ``conn`` without a packet, as a rebooting device does.

    The peer learns of it by the RST that answers its next segment or keepalive probe.
    Over real sockets the host's kernel still acknowledges that segment.
    """

    conn: int


class AskTcp(Struct, frozen=True):
    """Ask what the kernel knows of ``conn``; answered at once by ``TcpSampled``."""

    conn: int


class PauseReading(Struct, frozen=True):
    """Stop reading ``conn``, so that the peer's window closes."""

    conn: int


class ResumeReading(Struct, frozen=True):
    """Read ``conn`` again."""

    conn: int


class Echo(Struct, frozen=True):
    """Send an ICMP echo request; the machine itself decides when it is late."""

    token: int
    host: str


class Listen(Struct, frozen=True):
    """Set what ``port`` does with a SYN from now on."""

    port: int
    mode: AcceptMode


class Radio(Struct, frozen=True, kw_only=True):
    """The device's Wi-Fi as its IP path feels it.

    Attributes:
        is_up: Associated; ``False`` loses every packet both ways.
        loss_tx: Probability that a packet from the device is lost, 0 to 1.
        loss_rx: Probability that a packet to the device is lost, 0 to 1.
        latency_s: Extra one-way delay of every packet.
        beacon_s: Modem sleep: a packet to the device waits for the next multiple
            of this interval, unless the device was active within ``awake_s``;
            0 turns sleep off.
        awake_s: How long the device stays awake after traffic.
        answers_arp: Whether the host still resolves the device's address; ``False``
            makes the host's own stack report it unreachable after its ARP limit.
    """

    is_up: bool = True
    loss_tx: float = 0.0
    loss_rx: float = 0.0
    latency_s: float = 0.0
    beacon_s: float = 0.0
    awake_s: float = 0.0
    answers_arp: bool = True


class SetRadio(Struct, frozen=True):
    """The device's radio is as given from now on."""

    radio: Radio


class SerialOut(Struct, frozen=True):
    """Write text to the device's serial line."""

    text: str


class Record(Struct, frozen=True):
    """Append an event to the machine's journal."""

    event: Event


class Stop(Struct, frozen=True):
    """The machine is done; ``why`` is a clause for people."""

    why: str


Action: TypeAlias = (
    Open
    | Send
    | Close
    | Abort
    | Forget
    | AskTcp
    | PauseReading
    | ResumeReading
    | Echo
    | Listen
    | SetRadio
    | SerialOut
    | Record
    | Stop
)


class Machine(Protocol):
    """Something that lives on a network and in time, without touching either."""

    def start(self, now: float) -> list[Action]:
        """Begin; called once, first."""
        ...

    def receive(self, event: Input, now: float) -> list[Action]:
        """React to one input."""
        ...

    def on_timer(self, now: float) -> list[Action]:
        """React to the passing of time; harmless when called early."""
        ...

    def deadline(self) -> float:
        """Return when ``on_timer`` must run next; ``inf`` for never."""
        ...
