"""ICMP echoes to one host, each measured or given up after its limit.

Laws:
    - Every echo sent is recorded exactly once, in the order in which they end.
    - A host that forbids ICMP is told of once, and then asked no more.

Source: RFC 792 (echo), limit of the original harness: ``ping -W 2``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from holdfast.core.journal.events import Note, Outcome, Probe
from holdfast.core.link.transport import Action, Echo, EchoFailed, EchoReply, Input, Record
from holdfast.core.redact import printable

__all__ = ["LIMIT_S", "EchoTrain"]

LIMIT_S: Final = 2.0
_MAX_DETAIL: Final = 160


class EchoTrain:
    """Echoes to one host.

    Args:
        host: Name or address.
        target: What it is, for the record: ``"icmp"`` or ``"control"``.
        link: Name of the link in events.
        tokens: Source of numbers, shared with every other train of the run.
        limit_s: Longest wait for an answer.

    Attributes:
        is_permitted: Whether this host lets us send ICMP, as far as is known.
    """

    def __init__(
        self, host: str, target: str, link: str, tokens: Iterator[int], *, limit_s: float = LIMIT_S
    ) -> None:
        self._host = host
        self._target = target
        self._link = link
        self._tokens = tokens
        self._limit_s = limit_s
        self._sent_at: dict[int, float] = {}
        self.is_permitted = True

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._sent_at)

    def has(self, token: int) -> bool:
        """Return whether the answer to ``token`` is awaited here."""
        return token in self._sent_at

    def send(self, now: float) -> list[Action]:
        """Send one echo; nothing where ICMP is forbidden."""
        if not self.is_permitted:
            return []
        token = next(self._tokens)
        self._sent_at[token] = now
        return [Echo(token, self._host)]

    def receive(self, event: Input, now: float) -> list[Action]:
        """React to an answer to one of its echoes."""
        if not isinstance(event, EchoReply | EchoFailed):
            return []
        sent_at = self._sent_at.pop(event.token, None)
        if sent_at is None:
            return []
        if isinstance(event, EchoReply):
            # A negative or absurd round trip is a driver's clock at fault, not the link's.
            is_late = not 0.0 <= event.rtt_s <= self._limit_s
            return [self._lost(sent_at) if is_late else self._answered(sent_at, event.rtt_s)]
        if event.permitted:
            outcome, detail = Outcome.CONNECT_FAIL_FAST, event.detail
            return [self._record(sent_at, outcome, max(0.0, now - sent_at), detail)]
        return self._forbidden(sent_at, event.detail)

    def deadline(self) -> float:
        """Return when :meth:`on_timer` must run next; ``inf`` for never."""
        oldest = next(iter(self._sent_at.values()), math.inf)
        return oldest + self._limit_s

    def on_timer(self, now: float) -> list[Action]:
        """Give up what waited too long; harmless when called early."""
        actions: list[Action] = []
        while now >= self.deadline():
            token, sent_at = next(iter(self._sent_at.items()))
            del self._sent_at[token]
            actions.append(self._lost(sent_at))
        return actions

    def _answered(self, sent_at: float, rtt_s: float) -> Record:
        return self._record(sent_at, Outcome.OK, rtt_s, "", rtt_s)

    def _lost(self, sent_at: float) -> Record:
        return self._record(sent_at, Outcome.NO_RESPONSE, self._limit_s, "")

    def _forbidden(self, sent_at: float, detail: str) -> list[Action]:
        record = self._record(sent_at, Outcome.NOT_PERMITTED, 0.0, detail)
        if not self.is_permitted:
            return [record]
        self.is_permitted = False
        why = printable(detail, _MAX_DETAIL) or "this host allows neither raw nor datagram ICMP"
        text = f"no ICMP to {self._target} in this run: {why}"
        return [
            record,
            Record(
                Note(
                    at_s=sent_at,
                    source=f"probe.{self._target}",
                    link=self._link,
                    about="icmp-not-permitted",
                    text=text,
                )
            ),
        ]

    def _record(
        self,
        sent_at: float,
        outcome: Outcome,
        total_s: float,
        detail: str,
        rtt_s: float | None = None,
    ) -> Record:
        return Record(
            Probe(
                at_s=sent_at,
                source=f"probe.{self._target}",
                link=self._link,
                method="icmp",
                target=self._target,
                outcome=outcome,
                first_byte_s=rtt_s,
                total_s=total_s,
                limit_s=self._limit_s,
                detail=printable(detail, _MAX_DETAIL),
            )
        )
