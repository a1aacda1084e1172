"""Messages or bodies end in the middle, though the connection that carries them is whole.

A fixed buffer or a document of fixed capacity is full: the JSON begins and does not end.
A body shorter than its announced length on a connection that was closed in good order is
the same seen one layer below.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from holdfast.core.explain.evidence import grown, of_event, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.journal.events import CUT_SHORT, Outcome, Probe, Stream, StreamWhat

if TYPE_CHECKING:
    from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "payload-truncated"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("stream",), ("http",))

MIN_TIMES: Final = 3
"""Fewer is a connection that broke at a bad moment."""

_TRUNCATED: Final = "truncated"  # how the JSON reader calls input that ends too early

_REMEDY: Final = (
    "Make the buffer that the message is built in as large as the message (compare what "
    "snprintf() or serializeJson() returns with its size; ArduinoJson: measureJson() + 1) and "
    "send nothing rather than half of it."
)


def check(run: RunView) -> list[Finding]:
    """Find payloads that were cut short, again and again."""
    cut = [e for e in run.events if isinstance(e, Stream | Probe) and _is_cut(e)]
    if len(cut) < MIN_TIMES:
        return []
    sizes = Counter(e.size_bytes for e in cut if e.size_bytes)
    size, equal = sizes.most_common(1)[0] if sizes else (0, 0)
    where = f", {equal} of them after exactly {size} bytes" if equal >= MIN_TIMES else ""
    evidence = [
        of_value(
            f"{len(cut)} payloads end in the middle{where}",
            "payload.cut_total",
            observed=float(len(cut)),
            limit=0.0,
        ),
        *(of_event(cut[i], _text(cut[i])) for i in spread(range(len(cut)), 6)),
    ]
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.ERROR,
            confidence=grown(0.5, 0.96, len(cut), 3),
            title="The device cuts messages or answers short",
            evidence=tuple(evidence),
            remedy=_REMEDY,
            from_s=cut[0].at_s,
            to_s=cut[-1].at_s,
            ruled_out=(
                RuledOut("torn-frames", "each frame is whole; its content is not"),
                RuledOut("wifi-dropout", "the connections that carried them stood"),
            ),
        )
    ]


def _is_cut(event: Stream | Probe) -> bool:
    if isinstance(event, Stream):
        return event.what is StreamWhat.MESSAGE and event.detail == CUT_SHORT
    if event.method != "http":
        return False
    if event.outcome is Outcome.BAD_BODY:
        return _TRUNCATED in event.detail
    # The device itself ended the connection, part of the body having come.
    return event.outcome is Outcome.EARLY_CLOSE and bool(event.status and event.size_bytes)


def _text(event: Stream | Probe) -> str:
    what = f"stream {event.session}" if isinstance(event, Stream) else event.target
    size = "" if event.size_bytes is None else f" after {event.size_bytes} bytes"
    return f"{what} at {event.at_s:.1f} s: {event.detail}{size}"
