"""Drives a twin by hand: clients that acknowledge at once, and a clock that is told the time."""

from random import Random

from holdfast.core.device.catalogue import make_twin, parse_fault
from holdfast.core.journal.events import Truth
from holdfast.core.link.transport import (
    Abort,
    Accepted,
    Acked,
    Close,
    Forget,
    Listen,
    PeerClosed,
    PeerReset,
    Received,
    Record,
    Send,
    SerialOut,
    SetRadio,
)

GET = b"GET %b HTTP/1.1\r\nHost: twin\r\n\r\n"
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: twin\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Rig:
    def __init__(self, *faults, dialect="plan", seed=1, machine=None, acks=True, **switches):
        plans = [parse_fault(text, at_s) for text, at_s in faults]
        named = {k.replace("__", "."): str(v) for k, v in switches.items()}
        self.machine = machine or make_twin(
            "dashboard", dialect=dialect, settings=named, faults=plans, rng=Random(seed)
        )
        self.acks = acks
        self.now = 0.0
        self.got: dict[int, bytearray] = {}
        self.sent_at: dict[int, list[float]] = {}
        self.ended: dict[int, tuple[str, float]] = {}
        self.truth: list[Truth] = []
        self.serial = ""
        self.listen: dict[int, str] = {}
        self.radio = None
        self._last_conn = 0
        self._apply(self.machine.start(0.0))

    def run(self, until_s):
        while self.machine.deadline() <= until_s:
            self.now = max(self.now, self.machine.deadline())
            self._apply(self.machine.on_timer(self.now))
        self.now = until_s

    def run_for(self, for_s):
        self.run(self.now + for_s)

    def connect(self, port=80):
        self._last_conn += 1
        conn = self._last_conn
        self.got[conn], self.sent_at[conn] = bytearray(), []
        self.give(Accepted(conn, port, "192.0.2.9"))
        return conn

    def send(self, conn, data):
        self.give(Received(conn, data))

    def get(self, path, wait_s=1.0, port=80):
        """Ask for ``path`` on a connection of its own; return its number."""
        conn = self.connect(port)
        if conn not in self.ended:
            self.send(conn, GET % path.encode())
        self.run_for(wait_s)
        return conn

    def leave(self, conn):
        self.give(PeerClosed(conn))

    def reset(self, conn):
        self.give(PeerReset(conn))

    def give(self, event):
        self._apply(self.machine.receive(event, self.now))

    def status(self, conn):
        head = bytes(self.got[conn]).split(b" ", 2)
        return int(head[1]) if len(head) == 3 else None

    def body(self, conn):
        """Body of a chunked answer."""
        raw = bytes(self.got[conn]).partition(b"\r\n\r\n")[2]
        out = b""
        while raw:
            size, _, raw = raw.partition(b"\r\n")
            out, raw = out + raw[: int(size, 16)], raw[int(size, 16) + 2 :]
        return out

    def told(self, what):
        return [event for event in self.truth if event.what == what]

    def values(self, what, name):
        return [event.values.get(name) for event in self.told(what)]

    def _apply(self, actions):
        acks = [self._carry_out(action) for action in actions]
        if self.acks:
            for ack in acks:
                if ack is not None and ack.conn not in self.ended:
                    self.give(ack)

    def _carry_out(self, action):
        if isinstance(action, Send):
            assert action.conn not in self.ended, "sent after the end"
            self.got[action.conn] += action.data
            self.sent_at[action.conn].append(self.now)
            return Acked(action.conn, len(action.data))
        if isinstance(action, Close | Abort | Forget):
            assert action.conn not in self.ended, "ended twice"
            self.ended[action.conn] = (type(action).__name__, self.now)
        elif isinstance(action, Record):
            self.truth.append(action.event)
        elif isinstance(action, SerialOut):
            self.serial += action.text
        elif isinstance(action, Listen):
            self.listen[action.port] = str(action.mode)
        elif isinstance(action, SetRadio):
            self.radio = action.radio
        return None
