"""Small runs for the rules' tests, written event by event as a bench would."""

from holdfast.core.journal.events import (
    CloseClass,
    Header,
    LogLine,
    Note,
    Outcome,
    Probe,
    Sample,
    Stream,
    StreamWhat,
    TcpInfo,
)
from holdfast.core.measure.run import RunView

CONNECTED = {
    Outcome.NO_RESPONSE: 4.0,
    Outcome.EARLY_CLOSE: 0.04,
    Outcome.RESET: 0.04,
    Outcome.OK: 0.05,
    Outcome.OK_LATE: 4.1,
    Outcome.BAD_STATUS: 0.05,
}
"""Outcomes after a connection, and how long they take by default."""
APART = {
    Outcome.CONNECT_TIMEOUT: 2.0,
    Outcome.CONNECT_FAIL_FAST: 0.002,
    Outcome.CONNECT_REFUSED: 0.02,
    Outcome.NAME_NOT_RESOLVED: 0.1,
}


class Bench:
    """Collects events; ``view()`` is the run."""

    def __init__(self, target="192.0.2.7:80", tick_s=5.0, **header):
        self.header = Header(target=target, tick_s=tick_s, **header)
        self.events = []
        self.session = 0

    def add(self, event):
        self.events.append(event)
        return self

    def ask(self, at_s, outcome=Outcome.OK, *, target="ping", connect_s=0.02, wait_s=None, **more):
        """One HTTP probe."""
        again = more.pop("retransmits", None)
        if outcome in APART:
            connect, first, total = None, None, APART[outcome]
        else:
            wait = CONNECTED[outcome] - 0.02 if wait_s is None else wait_s
            connect, total = connect_s, connect_s + wait
            first = total if outcome.is_ok else None
        return self.add(
            Probe(
                at_s=at_s,
                source=f"probe.{target}",
                method="http",
                target=target,
                outcome=outcome,
                total_s=more.pop("total_s", total),
                connect_s=connect,
                first_byte_s=first,
                tcp=None if again is None else TcpInfo(rtt_s=0.01, rttvar_s=0.0, retransmits=again),
                **more,
            )
        )

    def echo(self, at_s, ok=True, *, target="icmp", rtt_s=0.01):
        """One ICMP request."""
        return self.add(
            Probe(
                at_s=at_s,
                source=f"probe.{target}",
                method="icmp",
                target=target,
                outcome=Outcome.OK if ok else Outcome.NO_RESPONSE,
                first_byte_s=rtt_s if ok else None,
                total_s=rtt_s if ok else 2.0,
            )
        )

    def ticks(self, from_s, to_s, outcome=Outcome.OK, *, icmp=True, control=None, step_s=5.0):
        """A probe and an echo a tick, in ``[from_s, to_s)``; ``icmp=None`` for no echo."""
        at_s = from_s
        while at_s < to_s:
            if icmp is not None:
                self.echo(at_s, icmp)
            if control is not None:
                self.echo(at_s, control, target="control")
            self.ask(at_s + 0.1, outcome)
            at_s += step_s
        return self

    def told(self, at_s, **values):
        """One health sample."""
        return self.add(Sample(at_s=at_s, source="health", values=values))

    def uptimes(self, from_s, to_s, boot_s, step_s=30.0, **values):
        """Health samples of a device that booted at ``boot_s``."""
        at_s = from_s
        while at_s < to_s:
            self.told(at_s, uptime_s=float(int(at_s - boot_s)), **values)
            at_s += step_s
        return self

    def log(self, at_s, text, origin="serial"):
        """One log line."""
        return self.add(LogLine(at_s=at_s, source=origin, origin=origin, text=text))

    def note(self, about, text=""):
        return self.add(Note(at_s=0.0, about=about, text=text))

    def _stream(self, at_s, what, **more):
        return self.add(
            Stream(
                at_s=at_s,
                source="stream",
                what=what,
                transport=more.pop("transport", "sse"),
                session=self.session,
                **more,
            )
        )

    def stream(self, from_s, to_s, close=CloseClass.BY_PEER, *, quiet=(), step_s=1.0, **end):
        """One session with a message a second, silent in the ``quiet`` spans.

        ``close=None`` leaves it open.
        """
        self.session += 1
        self._stream(from_s - 0.1, StreamWhat.OPENING)
        self._stream(from_s, StreamWhat.OPENED)
        at_s = from_s
        while at_s < to_s - 0.2:
            if not any(low <= at_s < high for low, high in quiet):
                self._stream(at_s, StreamWhat.MESSAGE, size_bytes=160)
            at_s += step_s
        if close is not None:
            self._stream(to_s, StreamWhat.CLOSED, close=close, for_s=to_s - from_s, **end)
        return self

    def heartbeat(self, at_s, round_trip_s):
        return self._stream(at_s, StreamWhat.HEARTBEAT, for_s=round_trip_s)

    def torn(self, at_s, detail):
        return self._stream(at_s, StreamWhat.TORN, detail=detail)

    def refused(self, at_s, close, *, after_s=0.05, **end):
        """One attempt to open the stream that was turned away."""
        self.session += 1
        self._stream(at_s, StreamWhat.OPENING)
        return self._stream(at_s + after_s, StreamWhat.REFUSED, close=close, **end)

    def bytes_per_tick(self, rows, *, ended=True):
        """An imported stream: ``(from_s, to_s, bytes)`` a tick."""
        self.session += 1
        self._stream(0.0, StreamWhat.OPENING)
        self._stream(rows[0][0], StreamWhat.OPENED)
        for from_s, to_s, size in rows:
            self._stream(from_s, StreamWhat.ACTIVITY, for_s=to_s - from_s, size_bytes=size)
        if ended:
            self._stream(rows[-1][1], StreamWhat.CLOSED, detail="bytes ceased")
        return self

    def view(self):
        """The run, its events numbered in order of time."""
        ordered = sorted(self.events, key=lambda e: e.at_s)
        numbered = [
            type(e)(**{f: getattr(e, f) for f in e.__struct_fields__} | {"seq": i + 1})
            for i, e in enumerate(ordered)
        ]
        return RunView(self.header, numbered)


def blocked(bench=None, from_s=0.0, to_s=300.0, *, icmp=True, stream=True):
    """The three phases of a server kept busy: silent, SYN unanswered, closed at once."""
    bench = bench or Bench()
    if stream:
        bench.stream(from_s + 0.05, to_s)
    phases = (
        (from_s, from_s + 20, Outcome.NO_RESPONSE),
        (from_s + 20, from_s + 70, Outcome.CONNECT_TIMEOUT),
        (from_s + 70, to_s, Outcome.EARLY_CLOSE),
    )
    for low, high, outcome in phases:
        bench.ticks(low, min(high, to_s), outcome, icmp=icmp)
    return bench


def codes(findings):
    """Codes in order of rank."""
    return [finding.code for finding in findings]
