"""The simulated world: benches and devices joined by a simulated IP path.

A discrete-event simulation under its own clock. The same seed gives the same run, to the
last event; ten minutes pass in a fraction of a second.

Laws:
    - Machines run exactly as under the real driver; see ``core.link.transport``.
    - Every device has its own path and its own random stream, so that adding one
      changes nothing for the others.
    - A host asks for a device's hardware address anew when the device has not answered
      ARP for a second (8 s when its Wi-Fi is gone altogether); the question fails after
      3 s, and with it all opens and echoes that wait for it.
    - An address that no node has never answers; a name that none has is not resolved.

Not simulated: TLS, name servers, several benches sharing one radio.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from holdfast.core.journal.events import Event
from holdfast.core.link.retransmission import LINUX, LWIP, TcpStack
from holdfast.core.link.transport import Machine, Radio
from holdfast.errors import ConfigError
from holdfast.testing.ip_path import IpPath, PathModel
from holdfast.testing.network import Network
from holdfast.testing.node import Node
from holdfast.testing.simulation import Simulation

__all__ = ["CONTROL", "PathModel", "World"]

CONTROL = "control.test"
"""Name of the control target that every world has."""

_WIRED = PathModel(latency_s=0.001, jitter_s=0.0002)  # a router one hop away


class World:
    """A small network with its own time.

    Args:
        seed: Seed of every random choice in it.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._simulation = Simulation()
        self._network = Network(self._simulation, Random(f"{seed}/bench"))
        self._nodes: list[Node] = []
        self._started = 0
        self.add_target(CONTROL)

    def add_device(
        self, name: str, machine: Machine, path: PathModel | None = None, *, stack: TcpStack = LWIP
    ) -> Node:
        """Add a device that is reached by ``name`` over ``path``."""
        return self._add(name, machine, stack, path or PathModel())

    def add_target(self, name: str, path: PathModel = _WIRED) -> Node:
        """Add a host that only answers echoes, such as a router for ``control``."""
        return self._add(name, None, LINUX, path)

    def add_bench(
        self, machine: Machine, name: str = "bench", *, serial_of: Node | None = None
    ) -> Node:
        """Add a bench; ``serial_of`` is the device whose serial line it reads."""
        node = self._add(name, machine, LINUX, None)
        if serial_of is not None:
            node.read_serial_of(serial_of)
        return node

    @property
    def now(self) -> float:
        """The world's time in seconds."""
        return self._simulation.now

    @property
    def bench_network(self) -> Radio:
        """The benches' own way into the network; set it to make it fail."""
        return self._network.bench_radio

    @bench_network.setter
    def bench_network(self, radio: Radio) -> None:
        self._network.bench_radio = radio

    def at(self, at_s: float, call: Callable[[], None]) -> None:
        """Call ``call()`` when the world's time is ``at_s``."""
        self._simulation.at(at_s, call)

    def forget_name(self, name: str) -> None:
        """Make ``name`` unknown; addresses and open connections stay."""
        self._network.names.pop(name, None)

    def run(self, until_s: float) -> None:
        """Let time pass up to ``until_s``, or until every bench has stopped.

        Raises:
            LocalProtocolError: If a machine asks for its timer without end.
        """
        while self._started < len(self._nodes):
            self._started += 1
            self._nodes[self._started - 1].start()
        while not self._is_done():
            self._simulation.run(until_s)
            if not self._simulation.is_stopping:
                return

    def records(self, of: Node | Machine | str) -> list[Event]:
        """Return what a machine recorded; named by itself, its node or its name."""
        return self._node(of).records

    def stopped(self, of: Node | Machine | str) -> str | None:
        """Return why a machine stopped; ``None`` if it runs still."""
        return self._node(of).stopped

    def _node(self, of: Node | Machine | str) -> Node:
        for node in self._nodes:
            if of is node or of is node.machine or of == node.name:
                return node
        raise ConfigError("node", f"this world has no {of!r}")

    def _is_done(self) -> bool:
        benches = [node for node in self._nodes if node.path is None]
        return bool(benches) and all(node.stopped is not None for node in benches)

    def _add(
        self, name: str, machine: Machine | None, stack: TcpStack, path: PathModel | None
    ) -> Node:
        if any(node.name == name for node in self._nodes):
            raise ConfigError("name", f"this world has a {name!r} already")
        address = f"192.0.2.{len(self._nodes) + 1}"  # RFC 5737: for documentation
        if len(self._nodes) >= 250:  # what one such network holds
            raise ConfigError("nodes", "a world holds at most 250")
        node = Node(
            name,
            machine,
            address=address,
            stack=stack,
            path=None if path is None else IpPath(path, Random(f"{self._seed}/{name}")),
            simulation=self._simulation,
            network=self._network,
        )
        self._network.join(node, name)
        self._nodes.append(node)
        return node
