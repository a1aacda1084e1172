"""One task serves everything, and a stream's handler never gives it back.

While the stream is open no other request is answered, though the device answers ICMP
and the stream itself flows. Other clients see three phases: accepted but silent while
the listen queue has room, then SYN unanswered, then accepted and closed at once.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_row, of_value, spread
from holdfast.core.explain.finding import (
    Evidence,
    Finding,
    FindingKind,
    RuledOut,
    Severity,
    Side,
)
from holdfast.core.explain.holds import (
    Block,
    blocks,
    blocks_by_phases,
    holds,
    is_stream_assumed,
)
from holdfast.core.explain.lanes import UNANSWERED, icmp
from holdfast.core.journal.events import CloseClass, Outcome
from holdfast.core.measure.run import OUTCOMES, RunView, StreamSession

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "server-blocked-by-stream"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("http",),)

_TITLE = "While a stream is open, the device's web server answers nobody else"
_REMEDY = (
    "Take the stream out of the server's only task: in ESP-IDF call "
    "httpd_req_async_handler_begin(req, &copy) and send from a task of its own, "
    "then httpd_req_async_handler_complete(copy)."
)

TAIL_MIN: Final = 4
"""Closed-at-once requests in a row before the tail of an earlier stream is named."""

TAIL_FROM_S: Final = 15.0
"""The tail of an earlier stream is there from the first requests on."""


def check(run: RunView) -> list[Finding]:
    """Find times in which an open stream, ours or another's, left all requests unanswered."""
    proven = blocks(run)
    found = [_proven(run, block) for block in proven]
    found += [
        _inferred(run, block)
        for block in blocks_by_phases(run)
        if not any(b.from_s <= block.to_s and block.from_s <= b.to_s for b in proven)
    ]
    return found + _tail(run)


def _phase_evidence(block: Block) -> list[Evidence]:
    first, second, third = block.phases
    if min(first, second) == 0:
        return []
    last = f", {third} closed at once" if third else ""
    text = (
        f"in turn {first} accepted but silent, {second} SYN unanswered{last}: "
        "a full listen queue behind a busy task"
    )
    return [of_value(text, "http.unanswered_total", observed=first + second + third)]


def _icmp_evidence(block: Block) -> list[Evidence]:
    if not block.icmp_total:
        return []
    ratio = block.icmp_ok / block.icmp_total
    text = f"ICMP answered {block.icmp_ok} of {block.icmp_total} in the same ticks"
    return [of_value(text, "icmp.ok_ratio", observed=ratio, source="probe.icmp")]


def _rows(run: RunView, block: Block) -> list[Evidence]:
    http = run.http()
    return [
        of_row(
            http,
            row,
            f"request at {http.at_s[row]:.0f} s ended {OUTCOMES[http.outcome[row]].value} "
            f"after {http.total_s[row]:.2f} s",
            "total_s",
            observed=float(http.total_s[row]),
        )
        for row in spread(block.unanswered, 4)
    ]


def _ruled_out(block: Block) -> tuple[RuledOut, ...]:
    out = [RuledOut("port-closed", "the port accepted connections or had a stream open")]
    if block.alive_ratio >= 0.5:
        why = f"the stream's bytes came in {block.alive_ratio:.0%} of the unanswered ticks"
        out.append(RuledOut("wifi-dropout", why))
    elif block.icmp_total and block.icmp_ok >= 0.5 * block.icmp_total:
        why = f"ICMP was answered {block.icmp_ok} of {block.icmp_total} times meanwhile"
        out.append(RuledOut("wifi-dropout", why))
    return tuple(out)


def _proven(run: RunView, block: Block) -> Finding:
    http = run.http()
    n = len(block.unanswered)
    hold = block.hold
    assert hold is not None  # noqa: S101  # blocks() never returns one without
    outside = np.ones(len(http), dtype=bool)
    for other in holds(run):
        outside &= (http.at_s < other.from_s) | (http.at_s > other.to_s)
    ok_outside, all_outside = int(http.is_ok[outside].sum()), int(outside.sum())
    evidence = [
        of_value(
            f"0 of {n} requests answered while stream {hold.session.session} was open "
            f"({block.from_s:.0f} to {block.to_s:.0f} s)",
            "http.ok_ratio",
            observed=0.0,
        )
    ]
    if all_outside:
        evidence.append(
            of_value(
                f"{ok_outside} of {all_outside} requests answered while no stream was open",
                "http.ok_ratio",
                observed=ok_outside / all_outside,
            )
        )
    evidence += [*_icmp_evidence(block), *_phase_evidence(block), *_rows(run, block)]
    # The contrast and the phases are what chance and a bad link cannot fake.
    contrast = ok_outside >= 3 and ok_outside >= 0.5 * all_outside
    high = 0.85 + 0.06 * contrast + 0.05 * (min(block.phases) > 0) + 0.02 * (block.icmp_ok >= 3)
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR,
        confidence=grown(0.4, high, n, 3),
        title=_TITLE,
        evidence=tuple(evidence),
        remedy=_REMEDY,
        from_s=block.from_s,
        to_s=block.to_s,
        ruled_out=_ruled_out(block),
    )


def _inferred(run: RunView, block: Block) -> Finding:
    ours = _flowing(run, block)
    if ours is not None:
        whose = f"stream {ours} was open and went on flowing"
    elif is_stream_assumed(run):
        whose = "the harness held a stream that it did not record"
    else:
        whose = "no stream of this run was open: another viewer's"
    evidence = [*_phase_evidence(block), of_value(whose), *_icmp_evidence(block)]
    # Without a stream of ours the phases prove a busy server task, not what keeps it so.
    high = 0.93 if ours is not None else 0.75 if block.icmp_ok else 0.7
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR,
        confidence=grown(0.4, high, min(block.phases), 1),
        title=_TITLE,
        evidence=(*evidence, *_rows(run, block)),
        remedy=_REMEDY,
        from_s=block.from_s,
        to_s=block.to_s,
        ruled_out=_ruled_out(block),
    )


def _flowing(run: RunView, block: Block) -> int | None:
    """Return the session whose bytes kept coming all through the block."""
    for hold in holds(run):
        inside = (hold.life_s >= block.from_s) & (hold.life_s <= block.to_s)
        if inside.sum() >= (block.to_s - block.from_s) / 10.0:
            return hold.session.session
    return None


def _tail(run: RunView) -> list[Finding]:
    """Find the end of a stream that an earlier run left behind.

    Only the last phase is seen: from the start on everything is accepted and closed at
    once, our own stream too, until HTTP comes back and stays.
    """
    http = run.http()
    first_ok = int(http.is_ok.argmax()) if http.is_ok.any() else len(http)
    rows = [
        i
        for i in range(first_ok)
        if OUTCOMES[http.outcome[i]] in (Outcome.EARLY_CLOSE, Outcome.RESET)
    ]
    if len(rows) < TAIL_MIN or first_ok == len(http) or http.at_s[rows[0]] > TAIL_FROM_S:
        return []
    turned_away = [
        s
        for s in run.sessions
        if s.is_refused
        and s.close in (CloseClass.RESET, CloseClass.BY_PEER)
        and s.opening_s <= http.at_s[first_ok]
    ]
    others = http.has(*UNANSWERED)[:first_ok].sum() - len(rows)
    opened = any(hold.from_s < http.at_s[first_ok] for hold in holds(run))
    # Where no stream was asked for, the phase speaks alone; one that opened speaks against it.
    if (run.sessions and not turned_away) or opened or others > 0.25 * len(rows):
        return []
    first = turned_away[0] if turned_away else None
    return [_tail_finding(run, rows, first, float(http.at_s[first_ok]))]


def _tail_finding(
    run: RunView, rows: list[int], turned_away: StreamSession | None, back_s: float
) -> Finding:
    http = run.http()
    from_s = float(http.at_s[rows[0]])
    to_s = float(http.at_s[rows[-1]] + http.total_s[rows[-1]])
    echo = icmp(run)
    heard = echo.between(from_s - 1.0, to_s)
    evidence = [
        of_value(
            f"{len(rows)} requests accepted and closed at once from the start, "
            f"then answered from {back_s:.0f} s on",
            "http.early_close_total",
            observed=float(len(rows)),
            limit=float(TAIL_MIN),
        ),
    ]
    if turned_away is not None:
        text = (
            f"our own stream was turned away too ({turned_away.close}): "
            "one that an earlier run or viewer left open still held the server"
        )
        evidence.append(of_value(text, at_s=turned_away.opening_s))
    if heard.any():
        ratio = float(echo.is_ok[heard].mean())
        text = f"ICMP answered {echo.is_ok[heard].sum()} of {heard.sum()} meanwhile"
        evidence.append(of_value(text, "icmp.ok_ratio", observed=ratio, source="probe.icmp"))
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR,
        confidence=grown(0.3, 0.75 if turned_away else 0.6, len(rows), 3),
        title=_TITLE,
        evidence=tuple(evidence),
        remedy=_REMEDY,
        from_s=from_s,
        to_s=to_s,
        ruled_out=(RuledOut("port-closed", "connections were accepted"),),
    )
