"""A frame was cut on the wire: the next header lies inside the announced payload.

Servers that write header and payload apart, and take a short write for a whole one,
tear frames under load or towards slow viewers, never on an idle link. The observer sees
the raw bytes and proves it alone.
"""

from __future__ import annotations

from typing import Final

from holdfast.core.explain.evidence import grown, of_event
from holdfast.core.explain.finding import (
    Consequence,
    Finding,
    FindingKind,
    RuledOut,
    Severity,
    Side,
)
from holdfast.core.journal.events import CloseClass
from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "torn-frames"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("stream",),)

_REMEDY: Final = (
    "Update ESPAsyncWebServer to 3.12.0 or later; with esp_http_server set a send function "
    "(httpd_sess_set_send_override) that loops until all bytes are written and closes the "
    "session on a short write."
)

_PROTOCOL_CODES: Final = (1002, 1007)
_TOO_BIG: Final = 1009
"""A message above the bench's limit is whole: too much for it, but not torn."""


def check(run: RunView) -> list[Finding]:
    """Find torn frames, or connections that ended in a protocol error."""
    torn = [(s, event) for s in run.sessions for event in s.torn]
    errors = [
        (s, s.end)
        for s in run.sessions
        if s.end is not None
        and s.opened_s is not None  # an attempt that never opened has no frames
        and s.end.code != _TOO_BIG
        and (s.close is CloseClass.PROTOCOL_ERROR or s.end.code in _PROTOCOL_CODES)
    ]
    seen = torn or errors
    if not seen:
        return []
    where = "torn at" if torn else "ended in a protocol error at"
    evidence = tuple(
        of_event(event, f"stream {s.session} {where} {event.at_s:.1f} s: {event.detail}"[:200])
        for s, event in seen[:6]
    )
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.ERROR,
            # A torn frame is its own proof; a protocol error may have other reasons.
            confidence=grown(0.85, 0.98, len(torn), 1) if torn else grown(0.3, 0.6, len(errors), 2),
            title="The device tears stream frames apart",
            evidence=evidence,
            remedy=_REMEDY,
            from_s=seen[0][1].at_s,
            to_s=max(event.at_s for _, event in seen),
            ruled_out=(RuledOut("wifi-dropout", "TCP delivered every byte in order"),),
            consequences=tuple(
                Consequence(code="stream-closed", at_s=end.at_s, text=f"stream {s.session}")
                for s, end in errors[:10]
            ),
        )
    ]
