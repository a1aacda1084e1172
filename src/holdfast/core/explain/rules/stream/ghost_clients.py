"""Viewers that vanished without FIN keep their slots, and every push waits for them.

A send to a peer that takes nothing blocks for the send time-out, 5 s: all other viewers
see messages five seconds apart, again and again, until TCP gives the ghosts up. The pace
alone is a suspicion; more sockets in use than otherwise, or the device's own word of sends
that timed out, confirms it, and no more sockets than otherwise refutes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_event, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.holds import Silence, gap_limit_s, silences
from holdfast.core.explain.outages import is_blocked, outages

if TYPE_CHECKING:
    from holdfast.core.explain.finding import Evidence
    from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "ghost-clients"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("stream",),)

STALL_S: Final = (4.5, 6.5)
"""SO_SNDTIMEO and send_wait_timeout are 5 s; a push's own pace comes on top."""

MIN_STALLS: Final = 4
"""So many in a row, with one message between each two: one alone may be anything."""

BETWEEN_S: Final = 1.5
"""Longest time between the end of one stall and the begin of the next."""

_SEND_FAILED: Final = re.compile(r"error in send : 11\b|ack timeout 4\b|errno: 11\b")
_REMEDY: Final = (
    "Bound each client's queue and drop the client whose send fails once (esp_http_server: "
    "config.send_wait_timeout = 1, keep_alive_enable with idle 5 s, interval 5 s, count 3; "
    "ESPAsyncWebServer: call ws.cleanupClients() every second)."
)


def check(run: RunView) -> list[Finding]:
    """Find rows of stalls of the send time-out's length."""
    rows = [row for row in _rows(run) if not _is_unreached(run, row)]
    if not rows:
        return []
    spans = [(row[0].from_s, row[-1].to_s) for row in rows]
    stalls = [stall for row in rows for stall in row]
    counted = _counted(run, spans)
    proof = [*_held(counted, spans[0][0]), *_failed_sends(run, spans)]
    if counted is not None and not proof:
        return []  # as many sockets as ever: nobody who is gone holds one
    lengths = np.array([stall.for_s for stall in stalls])
    evidence = [
        of_value(
            f"{len(stalls)} silences in {len(rows)} row(s), one message between each two, "
            f"{np.median(lengths):.2f} s long (median): a send time-out of 5 s",
            "stream.gap_s",
            observed=float(np.median(lengths)),
            limit=gap_limit_s(run),
        ),
        *proof,
        *(
            of_value(
                f"stream {s.session.session} silent from {s.from_s:.1f} s for {s.for_s:.2f} s",
                "stream.gap_s",
                observed=s.for_s,
                limit=gap_limit_s(run),
                at_s=s.from_s,
            )
            for s in (stalls[i] for i in spread(range(len(stalls)), 4))
        ),
    ]
    sure = (0.6, 0.97) if proof else (0.3, 0.75)
    return [
        Finding(
            code=CODE,
            kind=KIND,
            side=SIDE,
            severity=Severity.ERROR,
            confidence=grown(*sure, len(stalls), 4),
            title="Every message waits 5 s for viewers that are gone",
            evidence=tuple(evidence),
            remedy=_REMEDY,
            from_s=spans[0][0],
            to_s=max(to_s for _, to_s in spans),
            ruled_out=(
                RuledOut("wifi-dropout", "the device answered all along"),
                RuledOut("stream-stalled", "the stream goes on, at the pace of a time-out"),
            ),
        )
    ]


def _rows(run: RunView) -> list[list[Silence]]:
    """Return the rows of stalls that follow each other within one session."""
    rows: list[list[Silence]] = []
    for silence in silences(run):
        if silence.session.activity or not STALL_S[0] <= silence.for_s <= STALL_S[1]:
            continue
        last = rows[-1][-1] if rows else None
        follows = last is not None and last.session is silence.session
        if last is not None and follows and silence.from_s - last.to_s <= BETWEEN_S:
            rows[-1].append(silence)
        else:
            rows.append([silence])
    return [row for row in rows if len(row) >= MIN_STALLS]


def _is_unreached(run: RunView, row: list[Silence]) -> bool:
    """Whether the device was away, or answered less than half, in that time."""
    from_s, to_s = row[0].from_s, row[-1].to_s
    if any(o.from_s <= to_s and from_s <= o.to_s for o in outages(run) if o.is_off_air):
        return True
    http = run.http()
    # A server that the stream keeps busy answers nobody, and pushes all the same.
    asked = http.is_ok[http.between(from_s, to_s) & ~is_blocked(run, http.at_s)]
    return bool(len(asked)) and float(asked.mean()) < 0.5


def _counted(run: RunView, spans: list[tuple[float, float]]) -> tuple[float, float] | None:
    """Return the sockets in use in those spans and outside of them; ``None`` where not told."""
    used = run.series("sockets_open")
    inside = np.zeros(len(used), dtype=bool)
    near = np.zeros(len(used), dtype=bool)
    for from_s, to_s in spans:
        inside |= (used.at_s >= from_s) & (used.at_s <= to_s)
        near |= (used.at_s >= from_s - 10.0) & (used.at_s <= to_s + 10.0)
    if not inside.any() or near.all():
        return None
    return float(np.median(used.value[inside])), float(np.median(used.value[~near]))


def _held(counted: tuple[float, float] | None, at_s: float) -> list[Evidence]:
    """Evidence that more sockets were in use than otherwise."""
    if counted is None or counted[0] < counted[1] + 1.0:
        return []
    held, usual = counted
    text = f"{held:g} sockets in use meanwhile, {usual:g} otherwise, with the same viewers"
    return [of_value(text, "sockets_open", observed=held, limit=usual, at_s=at_s)]


def _failed_sends(run: RunView, spans: list[tuple[float, float]]) -> list[Evidence]:
    """Evidence of the device's own word that sends timed out."""
    lines = [
        line
        for line in run.logs
        if _SEND_FAILED.search(line.text)
        and any(from_s - 1.0 <= line.at_s <= to_s + 6.0 for from_s, to_s in spans)
    ]
    return [of_event(line, f"{line.origin}: {line.text[:120]}") for line in lines[:2]]
