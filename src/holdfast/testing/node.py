"""One host of the simulated world: a machine, its TCP, its ports, its timer."""

from __future__ import annotations

from ipaddress import ip_address
from math import inf

from holdfast.core.journal.events import Event
from holdfast.core.link.retransmission import TcpStack
from holdfast.core.link.transport import (
    Abort,
    AcceptMode,
    Action,
    AskTcp,
    Close,
    Connected,
    ConnectFailure,
    Echo,
    Forget,
    Input,
    Listen,
    Machine,
    Open,
    PauseReading,
    Radio,
    Record,
    ResumeReading,
    Send,
    SerialIn,
    SerialOut,
    SetRadio,
    Stop,
    TcpSampled,
)
from holdfast.core.link.turns import Turns
from holdfast.errors import LocalProtocolError
from holdfast.testing.ip_path import IpPath
from holdfast.testing.network import RESOLVE_S, Network
from holdfast.testing.simulation import Simulation
from holdfast.testing.tcp_model import Endpoint
from holdfast.testing.tcp_packet import Packet

__all__ = ["Node"]

_MAX_TURNS = 10_000  # of one machine at one instant; more is a machine that never waits


class Node:
    """A host; ``machine`` is ``None`` for one that only answers echoes.

    Attributes:
        name: The name it is reached by.
        address: Its numeric address.
        stack: Constants of its TCP.
        path: The way to it; ``None`` for a bench.
        records: Events that its machine recorded.
        serial: What it wrote to its serial line, as (time, text).
        stopped: Why its machine stopped; ``None`` while it runs.
        silent_since: Since when its address cannot be resolved; ``inf`` while it can.
    """

    def __init__(
        self,
        name: str,
        machine: Machine | None,
        *,
        address: str,
        stack: TcpStack,
        path: IpPath | None,
        simulation: Simulation,
        network: Network,
    ) -> None:
        self.name = name
        self.machine = machine
        self.address = address
        self.stack = stack
        self.path = path
        self.records: list[Event] = []
        self.serial: list[tuple[float, str]] = []
        self.stopped: str | None = None
        self.silent_since = inf
        self._simulation = simulation
        self._network = network
        self._listener: Node | None = None
        self._connections: dict[int, Endpoint] = {}
        self._ports: dict[int, AcceptMode] = {}
        self._accepted = 0
        self._next_port = 49_152  # first of the dynamic ports, RFC 6335
        self._turns: Turns | None = None
        if machine is not None:
            self._turns = Turns(machine, self._connections, now=self.now, carry_out=self._carry_out)
        self._woken_at = inf
        self._turn_count = 0
        self._turn_at = -1.0

    def start(self) -> None:
        """Start the machine."""
        if self.machine is not None:
            self._turn(self.machine.start(self._simulation.now))

    def read_serial_of(self, device: Node) -> None:
        """Connect this node's serial port to a device's."""
        device._listener = self

    # --- what endpoints need of their host -----------------------------------------

    def now(self) -> float:
        """Return the world's time in seconds."""
        return self._simulation.now

    def transmit(self, packet: Packet) -> None:
        """Put a packet on the wire."""
        self._network.transmit(self, packet)

    def wake(self, endpoint: Endpoint, at_s: float) -> None:
        """Call ``endpoint.on_timer`` at ``at_s``."""
        self._simulation.at(at_s, endpoint.on_timer, at_s)

    def register(self, endpoint: Endpoint) -> int:
        """Number an accepted connection."""
        self._accepted += 1
        self._connections[-self._accepted] = endpoint
        return -self._accepted

    def deliver(self, event: Input) -> None:
        """Hand an input to the machine, after those that wait already."""
        if self._turns is not None and self.stopped is None and self._turns.deliver(event):
            self._end_turn()

    def arrive(self, packet: Packet) -> None:
        """Take a packet in from the network."""
        if packet.target is not None:
            packet.target.on_packet(packet)
            return
        client = packet.source
        mode = self._ports.get(client.port, AcceptMode.REFUSE)
        if client.partner is not None and not client.partner.is_dead:
            client.partner.on_packet(packet)
        elif mode is not AcceptMode.SILENT:
            name = f"{self.address}:{client.port}"
            end = Endpoint(self, client.host, conn=0, port=client.port, name=name)
            if mode is AcceptMode.ACCEPT:
                client.partner = end
                end.answer(client)
            else:
                end.refuse(client)

    # --- the machine ---------------------------------------------------------------

    def _turn(self, actions: list[Action]) -> None:
        if self._turns is not None and self._turns.take(actions):
            self._end_turn()

    def _end_turn(self) -> None:
        now = self._simulation.now
        if now != self._turn_at:
            self._turn_count, self._turn_at = 0, now
        self._turn_count += 1
        if self._turn_count > _MAX_TURNS:
            raise LocalProtocolError(self.name, f"more than {_MAX_TURNS} turns at {now} s")
        if self.machine is not None and self.stopped is None:
            self._set_timer(self.machine.deadline())

    def _set_timer(self, deadline_s: float) -> None:
        if deadline_s < self._woken_at:
            self._woken_at = deadline_s
            self._simulation.at(deadline_s, self._on_timer, deadline_s)

    def _on_timer(self, at_s: float) -> None:
        if at_s != self._woken_at or self.machine is None or self.stopped is not None:
            return
        self._woken_at = inf
        deadline_s = self.machine.deadline()
        if deadline_s > self._simulation.now:
            self._set_timer(deadline_s)
        else:
            self._turn(self.machine.on_timer(self._simulation.now))

    # --- its actions ---------------------------------------------------------------

    def _carry_out(self, action: Action) -> None:
        match action:
            case Record(event):
                self.records.append(event)
            case Open():
                self._open(action)
            case Echo():
                self._network.echo(self, action)
            case Listen(port, mode):
                self._ports[port] = mode
            case SetRadio(radio):
                self._set_radio(radio)
            case SerialOut(text):
                self._write_serial(text)
            case Stop(why):
                self._stop(why)
            case _:
                self._carry_out_on_connection(action)

    def _carry_out_on_connection(self, action: Action) -> None:
        conn: int = getattr(action, "conn", 0)
        if isinstance(action, Close | Abort | Forget):
            end = self._connections.pop(conn, None)
        else:
            end = self._connections.get(conn)
        match action:
            case AskTcp():
                tcp = end.tcp_info() if end is not None else None
                self._answer(TcpSampled(conn, tcp))
            case _ if end is None:
                pass
            case Send(_, data):
                end.send(data)
            case Close():
                end.close()
            case Abort():
                end.abort()
            case Forget():
                end.forget()
            case PauseReading():
                end.pause()
            case ResumeReading():
                end.resume()

    def _answer(self, event: Input) -> None:
        if self._turns is not None:
            self._turns.answer(event)

    def _open(self, action: Open) -> None:
        self._next_port += 1
        remote = self._network.names.get(action.host)
        name = f"{self.address}:{self._next_port}"
        end = Endpoint(self, remote or self, conn=action.conn, port=action.port, name=name)
        self._connections[action.conn] = end
        is_name = not _is_address(action.host)
        at_s = self._simulation.now + (RESOLVE_S if is_name else 0.0)
        if remote is None and is_name:
            self._simulation.at(at_s, end.fail_open, ConnectFailure.NAME, "name not resolved")
        elif remote is not None:
            opened = Connected(action.conn, remote.address, RESOLVE_S if is_name else None)
            self._simulation.at(at_s, end.open, opened, action.tls)

    def _set_radio(self, radio: Radio) -> None:
        if self.path is None:
            return
        self.path.radio = radio
        if radio.is_up and radio.answers_arp:
            self.silent_since = inf
        elif self.silent_since == inf:
            self.silent_since = self._simulation.now

    def _write_serial(self, text: str) -> None:
        self.serial.append((self._simulation.now, text))
        if self._listener is not None:
            event = SerialIn(text.encode())
            self._simulation.at(self._simulation.now, self._listener.deliver, event)

    def _stop(self, why: str) -> None:
        self.stopped = why
        if self._turns is not None:
            self._turns.is_over = True
        for end in self._connections.values():
            end.close()
        self._connections.clear()
        self._simulation.is_stopping = True


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
