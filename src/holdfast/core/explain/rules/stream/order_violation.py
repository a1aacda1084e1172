"""Old messages come again on one connection: the device itself breaks their order.

TCP delivers in order and once, so within one session a number that comes again or a time
that goes back was sent so. Numbers and time are compared within a session only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from holdfast.core.explain.evidence import grown, of_event, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.journal.events import Stream, StreamWhat

if TYPE_CHECKING:
    from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "order-violation"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("stream",),)

MIN_TIMES: Final = 2
"""One fall of the device's time is its clock being set."""

WINDOW: Final = 64
"""A number further behind than this began anew, as in ``measure/order.py``."""

BEGUN_ANEW_S: Final = 64.0
"""So does a time: a 32-bit counter of milliseconds falls by 49 days."""

_REMEDY: Final = (
    "Let one task alone send to each client, from one queue; take the number under the lock "
    "under which the message is queued, and drop a message that could not be sent, never "
    "queue it again."
)


def check(run: RunView) -> list[Finding]:
    """Find messages whose number came before, or whose time is before the last one's."""
    seen = _violations(run)
    if len(seen) < MIN_TIMES:
        return []
    evidence = [
        of_value(
            f"{len(seen)} messages came out of the device's own order",
            "stream.order_violations_total",
            observed=float(len(seen)),
            limit=0.0,
        ),
        *(of_event(*seen[i]) for i in spread(range(len(seen)), 6)),
    ]
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.WARNING,
            confidence=grown(0.5, 0.97, len(seen), 2),
            title="The device sends messages of the stream again or out of order",
            evidence=tuple(evidence),
            remedy=_REMEDY,
            from_s=seen[0][0].at_s,
            to_s=seen[-1][0].at_s,
            ruled_out=(
                RuledOut("retransmission-ladder", "TCP delivers each byte once and in order"),
                RuledOut("device-reboot", "the connection outlived it"),
            ),
        )
    ]


def _violations(run: RunView) -> list[tuple[Stream, str]]:
    found: list[tuple[Stream, str]] = []
    top: dict[int, int] = {}
    last_s: dict[int, float] = {}
    for event in run.events:
        if not isinstance(event, Stream) or event.what is not StreamWhat.MESSAGE:
            continue
        words = []
        number, newest = event.device_seq, top.get(event.session)
        if number is not None:
            if newest is not None and newest - WINDOW <= number <= newest:
                words.append(f"number {number} after {newest}")
            else:
                top[event.session] = number
        time_s, before_s = event.device_s, last_s.get(event.session)
        if time_s is not None:
            if before_s is not None and before_s - BEGUN_ANEW_S <= time_s < before_s:
                words.append(f"time {time_s:.3f} s after {before_s:.3f} s")
            last_s[event.session] = time_s
        if words:
            where = f"stream {event.session} at {event.at_s:.1f} s"
            found.append((event, f"{where}: {', '.join(words)}"))
    return found
