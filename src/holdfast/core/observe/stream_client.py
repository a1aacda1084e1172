"""The live stream, held as a browser would hold it.

The part that SSE and WebSocket share: attempts, the answer's head, silence, reconnects. What
is recorded is in ``stream_log``.

Laws:
    - Each attempt is a session with a number from 1: OPENING, then REFUSED, or OPENED, what
      happened, and CLOSED; only then the next one, after a backoff with full jitter.
    - Any bytes prove life; nothing for ``silent_s`` closes the stream as SILENT.
    - One connection at a time.

Source: document 000 (one stream, no gap above 3 s, ping every 20 to 30 s, reconnect with jitter).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from random import Random
from typing import Final

from holdfast.core.journal.events import CloseClass, TcpInfo
from holdfast.core.link.backoff import Backoff
from holdfast.core.link.liveness import Liveness, LivenessSettings, Silent
from holdfast.core.link.transport import (
    Abort,
    Action,
    AskTcp,
    Close,
    Connected,
    ConnectFailed,
    ConnectFailure,
    Input,
    Open,
    PeerClosed,
    PeerReset,
    Received,
    Send,
    TcpSampled,
)
from holdfast.core.observe.site import Site
from holdfast.core.observe.stream_log import StreamLog
from holdfast.core.profile import StreamSpec
from holdfast.core.wire.http_exchange import Body, Broken, End, Head, HttpEvent, HttpExchange

__all__ = ["Refusal", "StreamClient", "liveness_settings"]

CONNECT_LIMIT_S: Final = 2.0
"""As for a short request in the original harness."""
NAME_ALLOWANCE_S: Final = 2.0
"""How long a name may take on top of it: mDNS asks twice, 1 s apart."""
HEAD_LIMIT_S: Final = 5.0
"""As for the whole of ``/health`` in the original harness."""
_NO_SLOT_S: Final = 1.0
"""Wait for the connection budget; only a run with a budget of one ever meets it."""

_REFUSALS: Final = {
    ConnectFailure.REFUSED: CloseClass.CONNECT_REFUSED,
    ConnectFailure.UNREACHABLE: CloseClass.CONNECT_FAIL_FAST,
    ConnectFailure.LOCAL: CloseClass.CONNECT_FAIL_FAST,
    ConnectFailure.NAME: CloseClass.NAME_NOT_RESOLVED,
    ConnectFailure.TLS: CloseClass.PROTOCOL_ERROR,
}

Refusal = tuple[CloseClass, str]
"""Why an answer is no stream: class and clause."""


def liveness_settings(spec: StreamSpec) -> LivenessSettings:
    """Return the thresholds of a stream.

    Without ``silent_s`` it is three times the longest of interval, heartbeat and gap limit;
    an event stream that sends on change only may be silent for ever, as it has no pong.
    """
    silent_s = spec.silent_s
    if silent_s is None and spec.interval_s is None and spec.kind == "sse":
        silent_s = math.inf
    if silent_s is None:
        silent_s = 3.0 * max(spec.interval_s or 0.0, spec.ping_s, spec.gap_limit_s)
    return LivenessSettings(ping_s=spec.ping_s, silent_s=silent_s)


class StreamClient(ABC):
    """One live stream.

    Args:
        spec: What the profile says of it.
        site: The target.
        rng: Source of jitter.
    """

    def __init__(self, spec: StreamSpec, site: Site, rng: Random) -> None:
        self._spec = spec
        self._site = site
        self._rng = rng
        self._log = StreamLog(spec, site.link)
        self._backoff = Backoff(rng)
        self._liveness_settings = liveness_settings(spec)
        self._liveness = Liveness(self._liveness_settings, rng, now=0.0)
        self._exchange: HttpExchange | None = None
        self._is_retried = False
        self._conn = 0
        self._retry_at = math.inf
        self._limit_at = math.inf
        self._at_least_s = 0.0  # what the peer asks a reconnect to wait

    # --- what the two kinds differ in ------------------------------------------------

    @abstractmethod
    def _headers(self) -> Mapping[str, str]:
        """Return the headers of the request."""

    @abstractmethod
    def _judge(self, head: Head) -> Refusal | None:
        """Return why the answer is no stream; ``None`` if it is one."""

    @abstractmethod
    def _greet(self) -> list[Action]:
        """Begin a session: return what is to be sent on opening."""

    @abstractmethod
    def _take(self, data: bytes, now: float) -> list[Action]:
        """Handle bytes of the open stream."""

    @abstractmethod
    def _ping(self, token: int) -> list[Action]:
        """Return what sends a heartbeat."""

    @abstractmethod
    def _farewell(self) -> list[Action]:
        """Return what is to be sent before we close."""

    # --- the machine -------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the stream is established."""
        return self._log.is_open

    def start(self, now: float) -> list[Action]:
        """Begin the first attempt."""
        return self._attempt(now)

    def deadline(self) -> float:
        """Return when :meth:`on_timer` must run next; ``inf`` for never."""
        if self._log.is_open:
            return min(self._liveness.deadline(), self._log.deadline())
        return min(self._retry_at, self._limit_at)

    def on_timer(self, now: float) -> list[Action]:
        """Act on the passing of time; harmless when called early."""
        if now < self.deadline():
            return []
        if self._log.is_open:
            return [*self._log.flush(now), *self._beat(now)]
        if now >= self._retry_at:
            return self._attempt(now)
        if self._exchange is None:
            return self._refuse(now, CloseClass.CONNECT_TIMEOUT, "no connection in the limit")
        size = self._exchange.size_bytes
        return self._refuse(now, CloseClass.NO_RESPONSE, f"no complete head, {size} bytes")

    def receive(self, event: Input, now: float) -> list[Action]:
        """React to one input for its connection."""
        if not self._conn or self._conn != getattr(event, "conn", 0):
            return []
        match event:
            case Received() if self._exchange is not None:
                self._liveness.heard(now)
                return self._answered(self._exchange.receive(event.data), now)
            case TcpSampled():
                self._log.tcp = event.tcp or self._log.tcp
            case Connected() if self._exchange is None:
                return self._connected(now)
            case ConnectFailed():
                self._drop()
                return self._over(now, _REFUSALS[event.why], event.detail)
            case PeerClosed():
                self._log.tcp = event.tcp or self._log.tcp
                events = [] if self._exchange is None else self._exchange.closed()
                return self._answered(events, now)
            case PeerReset():
                self._drop()
                return self._over(now, CloseClass.RESET, event.detail, tcp=event.tcp)
        return []

    def finish(self, now: float) -> list[Action]:
        """End it for good, by us."""
        actions: list[Action] = []
        if self._log.is_open:
            actions = [*self._farewell(), *self._closed(now, CloseClass.BY_US)]
        elif self._conn:
            actions = self._refuse(now, CloseClass.BY_US, "the run ended first")
        self._retry_at = math.inf
        return actions

    # --- attempts ------------------------------------------------------------------------

    def _attempt(self, now: float) -> list[Action]:
        opening = self._site.open(self)
        if opening is None:
            self._retry_at = now + _NO_SLOT_S
            return []
        self._retry_at = math.inf
        self._is_retried = False
        return [self._log.opening(now), *self._await(opening, now)]

    def _await(self, opening: Open, now: float) -> list[Action]:
        self._conn = opening.conn
        self._exchange = None
        allowance_s = 0.0 if self._site.has_address else NAME_ALLOWANCE_S
        self._limit_at = now + CONNECT_LIMIT_S + allowance_s
        return [opening]

    def _connected(self, now: float) -> list[Action]:
        self._limit_at = now + HEAD_LIMIT_S
        self._exchange = self._site.exchange(self._spec.path, self._headers())
        return [Send(self._conn, self._exchange.request())]

    def _answered(self, events: list[HttpEvent], now: float) -> list[Action]:
        actions: list[Action] = []
        conn = self._conn
        for event in events:
            if self._conn != conn:  # the session ended in one of the events before
                break
            match event:
                case Head():
                    actions += self._headed(event, now)
                case Body():
                    actions += self._take(event.data, now)
                case End():
                    actions += self._over(now, CloseClass.BY_PEER, "")
                case Broken():
                    why = CloseClass.BY_PEER if event.is_closed else CloseClass.PROTOCOL_ERROR
                    actions += self._over(now, why, event.clause)
        return actions

    def _headed(self, head: Head, now: float) -> list[Action]:
        if head.status == 401 and not self._is_retried:
            self._is_retried = True
            if self._site.authorizer.challenged(head.all("www-authenticate")):
                return self._ask_again(now)
        refusal = self._judge(head)
        if refusal is not None:
            return self._refuse(now, *refusal, status=head.status)
        self._limit_at = math.inf
        self._liveness = Liveness(self._liveness_settings, self._rng, now=now)
        return [self._log.opened(now, head.status), AskTcp(self._conn), *self._greet()]

    def _ask_again(self, now: float) -> list[Action]:
        """Answer a challenge: the same session, on a second connection."""
        closing = self._release()
        opening = self._site.open(self)
        if opening is None:  # never: the first connection has just been given back
            return [*closing, *self._refuse(now, CloseClass.STATUS, "status 401", status=401)]
        return [*closing, *self._await(opening, now)]

    # --- while it is open ------------------------------------------------------------------

    def _beat(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for wish in self._liveness.on_timer(now):
            if isinstance(wish, Silent):
                unanswered = self._liveness.unanswered if self._spec.kind == "ws" else 0
                pings = f", {unanswered} pings unanswered" if unanswered else ""
                detail = f"nothing heard for {wish.for_s:.1f} s{pings}"
                return self._closed(now, CloseClass.SILENT, detail)
            # The kernel is asked first, so that the heartbeat can tell what it said.
            actions += [AskTcp(self._conn), *self._ping(wish.token)]
        return actions

    # --- the end of a session ----------------------------------------------------------------

    def _over(
        self, now: float, close: CloseClass, detail: str, *, tcp: TcpInfo | None = None
    ) -> list[Action]:
        """End it, whether or not it was open."""
        if self._log.is_open:
            return self._closed(now, close, detail, tcp=tcp)
        return self._refuse(now, close, detail, tcp=tcp)

    def _refuse(
        self,
        now: float,
        close: CloseClass,
        detail: str,
        *,
        status: int | None = None,
        tcp: TcpInfo | None = None,
    ) -> list[Action]:
        self._retry_at = now + self._backoff.next_delay_s(at_least_s=self._at_least_s)
        return [self._log.refused(now, close, detail, status=status, tcp=tcp), *self._release()]

    def _closed(
        self,
        now: float,
        close: CloseClass,
        detail: str = "",
        *,
        code: int | None = None,
        tcp: TcpInfo | None = None,
        is_rude: bool = False,
    ) -> list[Action]:
        delay_s = self._backoff.next_delay_s(self._log.held_s(now), at_least_s=self._at_least_s)
        self._retry_at = now + delay_s
        records = self._log.closed(now, close, detail, code=code, tcp=tcp)
        return [*records, *self._release(is_rude=is_rude)]

    def _release(self, *, is_rude: bool = False) -> list[Action]:
        conn = self._drop()
        self._exchange = None
        self._limit_at = math.inf
        if not conn:
            return []
        return [Abort(conn) if is_rude else Close(conn)]

    def _drop(self) -> int:
        """Give the connection back to the budget; return its number, 0 for none."""
        conn, self._conn = self._conn, 0
        self._site.connections.drop(conn)
        return conn
