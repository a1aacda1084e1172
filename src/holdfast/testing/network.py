"""The simulated network between the nodes of a world: routing, ARP, ICMP echo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any

from holdfast.core.link.transport import (
    ConnectFailure,
    Echo,
    EchoFailed,
    EchoReply,
    Radio,
)
from holdfast.testing.ip_path import PERFECT
from holdfast.testing.simulation import Simulation
from holdfast.testing.tcp_packet import Packet, PacketKind

if TYPE_CHECKING:
    from holdfast.testing.node import Node

__all__ = ["RESOLVE_S", "Network"]

RESOLVE_S = 0.002
"""How long a name takes: from the host's own cache, or a responder nearby."""

_STALE_S = 1.0  # how long a host trusts an address that no longer answers
_STALE_DOWN_S = 8.0  # Wi-Fi gone: Linux waits 5 s (delay_first_probe_time), probes 3 times
_QUESTIONS = 3  # Linux mcast_solicit
_QUESTION_S = 1.0  # Linux retrans_time
_MAX_WAITING = 101  # about what Linux queues for one unresolved neighbour (unres_qlen)
_NO_ROUTE = "no route to host"


class Network:
    """Carries packets and echoes between nodes, or loses them.

    Attributes:
        names: Nodes by name and by address; take a name out to make it unknown.
        bench_radio: The benches' own way into the network.
    """

    def __init__(self, simulation: Simulation, rng: Random) -> None:
        self.names: dict[str, Node] = {}
        self._nodes: dict[str, Node] = {}
        self.bench_radio: Radio = PERFECT
        self._simulation = simulation
        self._rng = rng
        self._questions: dict[str, list[tuple[Callable[[], None], Callable[[], None]]]] = {}

    def join(self, node: Node, name: str) -> None:
        """Let a node be reached by its name and by its address."""
        self.names[name] = self.names[node.address] = self._nodes[node.address] = node

    def transmit(self, source: Node, packet: Packet) -> None:
        """Carry a TCP packet to the node at the other end."""
        remote = self._nodes[packet.source.remote.address]
        send = partial(self._send, source, remote, remote.arrive, packet)
        if not self._must_ask(source, remote):
            send()
        elif packet.kind is PacketKind.SYN:
            self._ask(remote, send, partial(_fail_open, packet))
        else:
            self._ask(remote, send, _drop)

    def echo(self, source: Node, echo: Echo) -> None:
        """Send an ICMP echo request."""
        remote = self.names.get(echo.host)
        if remote is None:
            failed = EchoFailed(echo.token, "name not resolved")
            self._simulation.at(self._simulation.now + RESOLVE_S, source.deliver, failed)
            return
        sent_at = self._simulation.now
        send = partial(
            self._send, source, remote, self._on_echo, (source, remote, echo.token, sent_at)
        )
        if self._must_ask(source, remote):
            fail = partial(source.deliver, EchoFailed(echo.token, "host unreachable"))
            self._ask(remote, send, fail)
        else:
            send()

    def _on_echo(self, request: tuple[Node, Node, int, float]) -> None:
        source, remote, token, sent_at = request
        self._send(remote, source, self._on_echo_reply, (source, token, sent_at))

    def _on_echo_reply(self, reply: tuple[Node, int, float]) -> None:
        source, token, sent_at = reply
        source.deliver(EchoReply(token, self._simulation.now - sent_at))

    # --- the way -------------------------------------------------------------------

    def _send(self, source: Node, remote: Node, arrive: Callable[[Any], None], what: Any) -> None:
        """Carry ``what`` out of the source's radio, and then into the remote's."""
        at_s: float | None = self._simulation.now
        if source.path is not None:
            at_s = source.path.to_bench(self._simulation.now)
        elif self.bench_radio is not PERFECT:
            at_s = self._through_bench_radio(self.bench_radio.loss_tx)
        if at_s is None:
            return
        if at_s > self._simulation.now:
            self._simulation.at(at_s, self._enter, remote, arrive, what)
        else:
            self._enter(remote, arrive, what)

    def _enter(self, remote: Node, arrive: Callable[[Any], None], what: Any) -> None:
        at_s: float | None = self._simulation.now
        if remote.path is not None:
            at_s = remote.path.to_device(self._simulation.now)
        elif self.bench_radio is not PERFECT:
            at_s = self._through_bench_radio(self.bench_radio.loss_rx)
        if at_s is not None:
            self._simulation.at(at_s, arrive, what)

    def _through_bench_radio(self, loss: float) -> float | None:
        radio = self.bench_radio
        if not radio.is_up or (loss and self._rng.random() < loss):
            return None
        return self._simulation.now + radio.latency_s

    # --- ARP -----------------------------------------------------------------------

    def _must_ask(self, source: Node, remote: Node) -> bool:
        if source.path is not None or remote.path is None:
            return False
        if remote.address in self._questions:
            return True
        silent_s = self._simulation.now - remote.silent_since
        return silent_s > (_STALE_S if remote.path.radio.is_up else _STALE_DOWN_S)

    def _ask(self, remote: Node, send: Callable[[], None], fail: Callable[[], None]) -> None:
        waiting = self._questions.get(remote.address)
        if waiting is None:
            waiting = self._questions[remote.address] = []
            self._simulation.at(self._simulation.now + _QUESTION_S, self._on_question, remote, 1)
        if len(waiting) < _MAX_WAITING:
            waiting.append((send, fail))

    def _on_question(self, remote: Node, asked: int) -> None:
        is_answered = remote.silent_since == inf
        if not is_answered and asked < _QUESTIONS:
            again_at = self._simulation.now + _QUESTION_S
            self._simulation.at(again_at, self._on_question, remote, asked + 1)
            return
        for send, fail in self._questions.pop(remote.address):
            (send if is_answered else fail)()


def _fail_open(syn: Packet) -> None:
    syn.source.fail_open(ConnectFailure.UNREACHABLE, _NO_ROUTE)


def _drop() -> None:
    """Lose a packet of an established connection: its stack knows how to go on."""
