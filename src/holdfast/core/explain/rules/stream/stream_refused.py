"""The device turns the stream away though it answers other requests."""

from __future__ import annotations

from typing import Final

from holdfast.core.explain.evidence import grown, of_event, of_value
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.holds import holds
from holdfast.core.journal.events import CloseClass
from holdfast.core.measure.run import RunView, StreamSession

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "stream-refused"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("stream",),)

_REMEDIES: Final = {
    401: "Give the credentials with --auth-file, or free the stream's path of them.",
    403: "Give the credentials with --auth-file, or free the stream's path of them.",
    404: "Correct the stream's path in the profile ([stream] path = ...), or register its "
    "handler in the firmware.",
    503: "Close the other viewer, or raise the firmware's limit of stream clients by one.",
}
_REMEDY: Final = "Raise the firmware's limit of stream clients, or close the other viewer."

_WORDS: Final = {
    CloseClass.STATUS: "answered with status",
    CloseClass.CONNECT_REFUSED: "connection refused",
    CloseClass.RESET: "reset",
    CloseClass.BY_PEER: "closed at once",
    CloseClass.PROTOCOL_ERROR: "answered, but with no stream",
}
"""Ways of turning away; a timeout is no refusal."""

NEAR_S: Final = 15.0
"""A request answered this near shows that the server itself was well."""


def check(run: RunView) -> list[Finding]:
    """Find attempts to open the stream that an otherwise healthy server turned away."""
    refused = [s for s in run.sessions if s.is_refused and s.close in _WORDS]
    proven = [s for s in refused if _server_was_well(run, s)]
    if not proven:
        return []
    first, last = proven[0], proven[-1]
    opened = holds(run)
    statuses = [s.end.status for s in proven if s.end is not None and s.end.status is not None]
    status = statuses[-1] if statuses else None
    evidence = [of_event(s.end, _text(s)) for s in proven[:5] if s.end is not None]
    evidence.append(
        of_value(
            f"{len(refused)} of {len(run.sessions)} attempts turned away, "
            f"{len(opened)} opened; other requests were answered meanwhile",
            "stream.refused_total",
            observed=float(len(refused)),
            limit=0.0,
        )
    )
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.WARNING if opened else Severity.ERROR,
            confidence=grown(0.5 if status else 0.2, 0.97, len(proven), 1.2),
            title="The device turns the stream away" + (f" with status {status}" if status else ""),
            evidence=tuple(evidence),
            remedy=_remedy(proven[-1], status),
            from_s=first.opening_s,
            to_s=max(last.ended_s or last.opening_s, first.opening_s),
            ruled_out=(RuledOut("port-closed", "requests on the same port were answered"),),
        )
    ]


def _remedy(session: StreamSession, status: int | None) -> str:
    if session.close is CloseClass.PROTOCOL_ERROR:
        return _REMEDIES[404]
    return _REMEDIES.get(status or 0, _REMEDY)


def _text(session: StreamSession) -> str:
    end = session.end
    status = f" {end.status}" if end is not None and end.status is not None else ""
    word = _WORDS.get(session.close or CloseClass.BY_US, "")
    detail = f" ({end.detail})" if end is not None and end.detail else ""
    return f"attempt {session.session} at {session.opening_s:.0f} s: {word}{status}{detail}"


def _server_was_well(run: RunView, session: StreamSession) -> bool:
    if session.close is CloseClass.STATUS:
        return True
    http = run.http()
    near = http.between(session.opening_s - NEAR_S, (session.ended_s or 0.0) + NEAR_S)
    return bool(near.sum() >= 2 and http.is_ok[near].all())
