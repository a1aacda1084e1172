"""A scripted driver: it keeps what a machine asks for and plays the network by hand."""

import math

from holdfast.core.journal.events import Probe, Stream, TcpInfo
from holdfast.core.link.transport import (
    Abort,
    AskTcp,
    Close,
    ConnectFailed,
    Echo,
    Open,
    PeerReset,
    Record,
    Send,
    Stop,
    TcpSampled,
)

TCP = TcpInfo(rtt_s=0.01, rttvar_s=0.002, retransmits=1)


class Bench:
    """Drives one machine.

    Attributes:
        open: Connections that the machine holds, by number.
        records: Events recorded so far.
    """

    def __init__(self, machine, *, tcp: TcpInfo | None = TCP):
        self.machine = machine
        self.now = 0.0
        self.records = []
        self.opens: list[Open] = []
        self.echoes: list[Echo] = []
        self.open: set[int] = set()
        self.sent: dict[int, bytes] = {}
        self.ended: dict[int, str] = {}
        self.stopped = ""
        self.peak = 0
        self._tcp = tcp
        self._carry(machine.start(0.0))

    @property
    def conn(self) -> int:
        """The connection opened last."""
        return self.opens[-1].conn

    def give(self, event, at=None):
        """Hand over one input, at ``at`` or now; timers due before it run first."""
        if at is not None:
            self.until(at, inclusive=False)
        if isinstance(event, ConnectFailed | PeerReset):
            self.open.discard(event.conn)
        self._carry(self.machine.receive(event, self.now))
        return self

    def until(self, at, *, inclusive=True):
        """Let time pass up to ``at``."""
        for _ in range(200_000):
            due = self.machine.deadline()
            if due > at or (due == at and not inclusive) or math.isinf(due):
                break
            self.now = max(self.now, due)
            self._carry(self.machine.on_timer(self.now))
        else:
            raise AssertionError(f"deadline {due} never passes at {self.now}")
        self.now = max(self.now, at)
        return self

    def carry(self, actions):
        """Carry out what a method of the machine returned."""
        self._carry(actions)
        return self

    def _carry(self, actions):
        for action in actions:
            assert not self.stopped, f"{action} after Stop"
            match action:
                case Open():
                    assert action.conn == len(self.opens) + 1
                    self.opens.append(action)
                    self.open.add(action.conn)
                    self.sent[action.conn] = b""
                    self.peak = max(self.peak, len(self.open))
                case Send():
                    assert action.conn in self.open
                    assert action.data
                    self.sent[action.conn] += action.data
                case Close() | Abort():
                    self.open.discard(action.conn)
                    self.ended[action.conn] = type(action).__name__
                case Echo():
                    self.echoes.append(action)
                case Record():
                    self.records.append(action.event)
                case Stop():
                    self.stopped = action.why
                case AskTcp() if self._tcp is not None:
                    self._carry(self.machine.receive(TcpSampled(action.conn, self._tcp), self.now))

    def of(self, kind):
        """Return the recorded events of one type."""
        return [event for event in self.records if isinstance(event, kind)]

    @property
    def probe(self) -> Probe:
        """The only probe recorded."""
        (probe,) = self.of(Probe)
        return probe

    def stream(self) -> list[str]:
        """What was recorded of the stream, by name."""
        return [event.what.value for event in self.of(Stream)]
