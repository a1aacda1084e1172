"""One short HTTP request, measured.

A machine over one connection: connect, first byte and total are measured apart, and every
way it can end is told from the others.

Laws:
    - The record comes exactly once, unless the probe is cancelled.
    - All times count from the probe's start; name resolution is taken out of ``connect_s``.
    - An answer after the limit is none.
    - A digest challenge costs a second connection, after the first is closed and within
      the same limit; the record is then of the second request.

Source: DESIGN section 3 (outcomes); limits of the original harness: connect 2 s, ``/ping`` 4 s,
``/health`` 5 s.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from holdfast.core.journal.events import Outcome, Probe, Sample, TcpInfo
from holdfast.core.link.transport import (
    Abort,
    Action,
    AskTcp,
    Close,
    Connected,
    ConnectFailed,
    ConnectFailure,
    Input,
    PeerClosed,
    PeerReset,
    Received,
    Record,
    Send,
    TcpSampled,
)
from holdfast.core.observe.body import BodyReader
from holdfast.core.observe.site import Site
from holdfast.core.profile import Endpoint
from holdfast.core.redact import printable
from holdfast.core.wire.http_exchange import Body, Broken, End, Head, HttpEvent, HttpExchange

__all__ = ["CONNECT_FAILURES", "HttpProbe"]

NAME_ALLOWANCE_S: Final = 2.0
"""How long a name may take beyond the limit of the connection: mDNS asks twice, 1 s apart."""

_MAX_DETAIL: Final = 160

CONNECT_FAILURES: Final = {
    ConnectFailure.REFUSED: Outcome.CONNECT_REFUSED,
    ConnectFailure.UNREACHABLE: Outcome.CONNECT_FAIL_FAST,
    ConnectFailure.LOCAL: Outcome.CONNECT_FAIL_FAST,
    ConnectFailure.NAME: Outcome.NAME_NOT_RESOLVED,
    ConnectFailure.TLS: Outcome.NOT_HTTP,
}
"""How a connection that could not be opened is called."""


class HttpProbe:
    """One request.

    Args:
        site: The target.
        target: What is asked, for the record: ``"ping"``, ``"health"``, ``"metrics"``.
        endpoint: Where it lies, what is expected, and the limits.
        reader: Reads its body.

    Attributes:
        result: The record, once there is one.
        sample: What the device told about itself, where it did.
        is_done: Whether it ended; nothing more comes of it.
    """

    def __init__(self, site: Site, target: str, endpoint: Endpoint, reader: BodyReader) -> None:
        self._site = site
        self._target = target
        self._endpoint = endpoint
        self._reader = reader
        self._conn = 0
        self._at_s = self._limit_at = self._connect_at = math.inf
        self._exchange: HttpExchange | None = None
        self._connect_s: float | None = None
        self._resolve_s: float | None = None
        self._first_byte_s: float | None = None
        self._head: Head | None = None
        self._body = bytearray()
        self._is_retried = False
        self._ending: Action | None = None
        self._ended_at = math.inf
        self.result: Probe | None = None
        self.sample: Sample | None = None
        self.is_done = False

    def start(self, now: float) -> list[Action]:
        """Begin; done at once, and without a record, where the budget is used up."""
        self._limit_at = now + self._endpoint.limit_s
        return self._open(now)

    def deadline(self) -> float:
        """Return when :meth:`on_timer` must run next."""
        if self.is_done:
            return math.inf
        if self._ending is not None:
            return self._ended_at
        return min(self._limit_at, self._connect_at)

    def receive(self, event: Input, now: float) -> list[Action]:
        """React to one input for its connection."""
        if self.is_done or self._conn != getattr(event, "conn", 0):
            return []
        if self._ending is not None:
            return self._settle(event.tcp if isinstance(event, TcpSampled) else None)
        if now > self.deadline():
            return self.on_timer(now)
        match event:
            case Connected() if self._exchange is None:
                return self._connected(event, now)
            case ConnectFailed():
                outcome = CONNECT_FAILURES[event.why]
                return self._gone(now, outcome, event.detail)
            case Received() if self._exchange is not None:
                if self._first_byte_s is None:
                    self._first_byte_s = now - self._at_s
                return self._answered(self._exchange.receive(event.data), now, None)
            case PeerClosed() if self._exchange is not None:
                return self._answered(self._exchange.closed(), now, event)
            case PeerReset():
                return self._gone(now, Outcome.RESET, event.detail, event.tcp)
        return []

    def on_timer(self, now: float) -> list[Action]:
        """Act on the passing of time; harmless when called early."""
        if self.is_done or now < self.deadline():
            return []
        if self._ending is not None:
            return self._settle(None)
        limit_s = self._endpoint.limit_s
        if self._exchange is None:
            waited_s = now - self._at_s
            return self._end(now, Outcome.CONNECT_TIMEOUT, f"no connection in {waited_s:.1f} s")
        if self._first_byte_s is None:
            return self._end(now, Outcome.NO_RESPONSE, f"no byte in {limit_s:g} s")
        if self._head is None:
            clause = f"head incomplete after {self._exchange.size_bytes} bytes and {limit_s:g} s"
            return self._end(now, Outcome.TOO_SLOW, clause)
        clause = f"body incomplete after {len(self._body)} bytes and {limit_s:g} s"
        return self._end(now, Outcome.TOO_SLOW, clause)

    def cancel(self) -> list[Action]:
        """Give it up without a record, or with the one that only waits for the kernel."""
        if self.is_done:
            return []
        if self._ending is not None:
            return self._settle(None)
        self.is_done = True
        self._site.connections.drop(self._conn)
        return [Close(self._conn)]

    # --- the connection ------------------------------------------------------------

    def _open(self, now: float) -> list[Action]:
        opening = self._site.open(self)
        if opening is None:
            self.is_done = True
            return []
        self._conn = opening.conn
        self._at_s = now
        allowance_s = 0.0 if self._site.has_address else NAME_ALLOWANCE_S
        self._connect_at = now + self._endpoint.connect_limit_s + allowance_s
        self._exchange = self._head = None
        self._connect_s = self._first_byte_s = None
        self._body.clear()
        return [opening]

    def _connected(self, event: Connected, now: float) -> list[Action]:
        self._resolve_s = event.resolve_s
        self._connect_at = math.inf
        connect_s = max(0.0, now - self._at_s - (event.resolve_s or 0.0))
        if connect_s > self._endpoint.connect_limit_s:
            return self._end(now, Outcome.CONNECT_TIMEOUT, f"no connection in {connect_s:.1f} s")
        self._connect_s = connect_s
        self._exchange = self._site.exchange(
            self._endpoint.path, {"Accept": "*/*", "Connection": "close"}
        )
        return [Send(self._conn, self._exchange.request())]

    # --- the answer ----------------------------------------------------------------

    def _answered(
        self, events: list[HttpEvent], now: float, closed: PeerClosed | None
    ) -> list[Action]:
        tcp = None if closed is None else closed.tcp
        for event in events:
            actions: list[Action] = []
            match event:
                case Head():
                    actions = self._judge_head(event, now)
                case Body():
                    self._body += event.data
                    if len(self._body) > self._endpoint.max_body_bytes:
                        actions = self._too_big(now, f"over {self._endpoint.max_body_bytes} bytes")
                case End():
                    actions = self._complete(now, tcp)
                case Broken():
                    actions = self._broken(event, now, tcp)
            if actions:
                return actions
        return []

    def _judge_head(self, head: Head, now: float) -> list[Action]:
        if head.status == 401 and not self._is_retried and self._is_challenged(head):
            self._is_retried = True
            self._site.connections.drop(self._conn)
            return [Close(self._conn), *self._open(now)]
        self._head = head
        announced = head.first("content-length")
        # h11 has checked that it is a number.
        if announced and int(announced.split(",")[0][:20]) > self._endpoint.max_body_bytes:
            limit = self._endpoint.max_body_bytes
            return self._too_big(now, f"of {announced[:20]} bytes announced, limit {limit}")
        return []

    def _is_challenged(self, head: Head) -> bool:
        return self._site.authorizer.challenged(head.all("www-authenticate"))

    def _complete(self, now: float, tcp: TcpInfo | None) -> list[Action]:
        outcome, detail = self._status_outcome()
        if outcome is Outcome.OK:
            reading = self._reader(bytes(self._body))
            if reading.fault:
                outcome, detail = Outcome.BAD_BODY, f"body {reading.fault}"
            elif reading.values or reading.raw:
                self.sample = Sample(
                    at_s=now,
                    source=self._target,
                    link=self._site.link,
                    values=reading.values,
                    raw=reading.raw,
                )
        return self._end(now, outcome, detail, tcp=tcp)

    def _status_outcome(self) -> tuple[Outcome, str]:
        status = 0 if self._head is None else self._head.status
        if status in self._endpoint.expect_status:
            return Outcome.OK, ""
        return Outcome.BAD_STATUS, f"status {status}"

    def _too_big(self, now: float, what: str) -> list[Action]:
        outcome, detail = self._status_outcome()
        if outcome is Outcome.OK:
            outcome = Outcome.BAD_BODY
        return self._end(now, outcome, f"{detail} body {what}, cut off".strip(), is_rude=True)

    def _broken(self, event: Broken, now: float, tcp: TcpInfo | None) -> list[Action]:
        if event.is_closed:
            outcome = Outcome.EARLY_CLOSE
        else:
            outcome = Outcome.BAD_BODY if event.has_head else Outcome.NOT_HTTP
        return self._end(now, outcome, event.clause, tcp=tcp, is_rude=not event.is_closed)

    # --- the record ----------------------------------------------------------------

    def _gone(
        self, now: float, outcome: Outcome, detail: str, tcp: TcpInfo | None = None
    ) -> list[Action]:
        """End it where there is no connection any more."""
        self._keep(now, outcome, detail, tcp)
        return self._settle(tcp)

    def _end(
        self,
        now: float,
        outcome: Outcome,
        detail: str,
        *,
        tcp: TcpInfo | None = None,
        is_rude: bool = False,
    ) -> list[Action]:
        """End it, and close the connection once the kernel has told what it knows."""
        self._keep(now, outcome, detail, tcp)
        self._ended_at = now
        self._ending = Abort(self._conn) if is_rude else Close(self._conn)
        if tcp is not None or self._connect_s is None:
            return self._settle(tcp)
        return [AskTcp(self._conn)]

    def _keep(self, now: float, outcome: Outcome, detail: str, tcp: TcpInfo | None) -> None:
        self.result = Probe(
            at_s=self._at_s,
            source=f"probe.{self._target}",
            link=self._site.link,
            method="http",
            target=self._target,
            outcome=outcome,
            status=None if self._head is None else self._head.status,
            connect_s=self._connect_s,
            first_byte_s=self._first_byte_s,
            total_s=now - self._at_s,
            resolve_s=self._resolve_s,
            size_bytes=None if self._head is None else len(self._body),
            limit_s=self._endpoint.limit_s,
            detail=printable(detail, _MAX_DETAIL),
            tcp=tcp,
        )

    def _settle(self, tcp: TcpInfo | None) -> list[Action]:
        """Record, and close what is left."""
        self.is_done = True
        self._site.connections.drop(self._conn)
        actions: list[Action] = []
        if self.result is not None:
            if tcp is not None:
                self.result = msgspec.structs.replace(self.result, tcp=tcp)
            actions.append(Record(self.result))
        if self.sample is not None:
            actions.append(Record(self.sample))
        return actions if self._ending is None else [*actions, self._ending]
