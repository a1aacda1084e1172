"""The server has no socket left for a new connection.

From one moment on requests are refused, reset or left at the door, while the network
and the streams already open are well; when old connections end, it recovers. The device
often says so itself: accept fails with 23 (ENFILE), or its open sockets reach the limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_event, of_row, of_value, spread
from holdfast.core.explain.finding import (
    Evidence,
    Finding,
    FindingKind,
    RuledOut,
    Severity,
    Side,
)
from holdfast.core.explain.holds import holds
from holdfast.core.explain.lanes import NEVER_REACHED, UNANSWERED, icmp, nearest, tick_s
from holdfast.core.explain.outages import first_reached_s, is_blocked
from holdfast.core.journal.events import Outcome
from holdfast.core.measure.run import OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "socket-exhaustion"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.DEVICE
NEEDS: Final = (("http",),)

_REMEDY: Final = (
    "Set CONFIG_LWIP_MAX_SOCKETS=16, config.max_open_sockets = 12, config.lru_purge_enable = "
    "true and config.keep_alive_enable = true, and answer short requests with "
    "'Connection: close'."
)

MIN_UNTOLD: Final = 4
"""Unanswered requests in a row that are needed where the device itself says nothing."""

MAX_LET_IN: Final = 3
"""Requests answered between two that were not, without ending the stretch."""

TURNED_AWAY: Final = 503
"""Status of a server that refuses early, near its cap."""

MIN_UNTOLD_S: Final = 15.0

_LOG: Final = re.compile(
    r"error in accept \((?:23|105|12)\)|ENFILE|Too many open files|Failed to create socket"
    r"|no (?:free )?sockets? left|httpd_accept_conn: error", re.IGNORECASE
)  # fmt: skip

_AT_THE_DOOR: Final = (*NEVER_REACHED, Outcome.CONNECT_REFUSED, Outcome.EARLY_CLOSE, Outcome.RESET)


def check(run: RunView) -> list[Finding]:
    """Find stretches in which a living device took no new connection."""
    http = run.http()
    quiet = (http.has(*UNANSWERED) | (http.status == TURNED_AWAY)) & ~is_blocked(run, http.at_s)
    rows = np.flatnonzero(quiet & (http.at_s >= first_reached_s(run)))
    if not len(rows):
        return []
    told = _told(run)
    # A socket that comes free lets one or two requests in; the want goes on.
    cuts = np.flatnonzero(np.diff(rows) > 1 + MAX_LET_IN) + 1
    found = [_stretch(run, part, told) for part in np.split(rows, cuts)]
    return [finding for finding in found if finding is not None]


def _told(run: RunView) -> list[tuple[float, Evidence]]:
    """Return what the device itself says of full tables, with the time it says it."""
    found = [
        (line.at_s, of_event(line, f"{line.origin}: {line.text[:120]}"))
        for line in run.logs
        if line.origin != "server" and _LOG.search(line.text)
    ]
    for sample in run.samples:
        used, most = sample.values.get("sockets_open"), sample.values.get("sockets_max")
        if isinstance(used, int | float) and isinstance(most, int | float) and used >= most > 0:
            text = f"{used:g} of {most:g} sockets open"
            seen = of_event(sample, text, "sockets_open", observed=float(used), limit=float(most))
            found.append((sample.at_s, seen))
    failures = run.series("error_accept_failures_total")
    for i in np.flatnonzero(np.diff(failures.value) > 0):
        at_s, more = float(failures.at_s[i + 1]), float(np.diff(failures.value)[i])
        text = f"the device counted {more:g} accepts that failed"
        seen = of_value(text, "accept_failures_total", observed=more, limit=0.0, at_s=at_s)
        found.append((at_s, seen))
    return sorted(found, key=lambda item: item[0])


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Requests that were not served, and what else was heard meanwhile."""

    rows: NDArray[np.int64]
    from_s: float
    to_s: float
    door: int
    icmp_ok: int
    icmp_total: int
    flowing: bool
    words: list[Evidence]

    @property
    def alive(self) -> bool:
        return self.icmp_total > 0 and self.icmp_ok >= 0.8 * self.icmp_total


def _stretch(
    run: RunView, rows: NDArray[np.int64], told: list[tuple[float, Evidence]]
) -> Finding | None:
    http = run.http()
    from_s = float(http.at_s[rows[0]])
    to_s = float(http.at_s[rows[-1]] + http.total_s[rows[-1]])
    words = [seen for at_s, seen in told if from_s - 30.0 <= at_s <= to_s + 30.0]
    if not words and (len(rows) < MIN_UNTOLD or to_s - from_s < MIN_UNTOLD_S):
        return None
    at_door = http.has(*_AT_THE_DOOR) | (http.status == TURNED_AWAY)
    echo = icmp(run)
    near = nearest(echo, http.at_s[rows], 0.75 * tick_s(run))
    heard = np.unique(near[near >= 0])
    stretch = _Stretch(
        rows=rows,
        from_s=from_s,
        to_s=to_s,
        door=int(at_door[rows].sum()),
        icmp_ok=int(echo.is_ok[heard].sum()),
        icmp_total=len(heard),
        flowing=_stream_flowed(run, from_s, to_s),
        words=words,
    )
    return _finding(run, stretch) if _is_want(run, stretch) else None


def _is_want(run: RunView, stretch: _Stretch) -> bool:
    """Whether it is want of sockets, and not a network, a handler or a stream in the way."""
    if stretch.icmp_total and not stretch.alive:
        return False
    if stretch.words:
        return True
    # Want of sockets begins as they fill up: a server that never answered shows no beginning.
    if not run.http().is_ok[run.http().at_s < stretch.from_s].any():
        return False
    # Only refusals: nobody listens at all.
    if run.http().has(Outcome.CONNECT_REFUSED)[stretch.rows].all():
        return False
    if stretch.door * 3 < len(stretch.rows) or not (stretch.alive or stretch.flowing):
        return False
    # What begins as a stream opens is the stream's doing until requests pass beside it.
    return not any(stretch.from_s - 15.0 <= hold.from_s <= stretch.to_s for hold in holds(run)[:1])


def _finding(run: RunView, stretch: _Stretch) -> Finding:
    http = run.http()
    count = len(stretch.rows)
    evidence = [
        of_value(
            f"{count} requests got no answer, {stretch.door} of them were turned away at the "
            f"door, from {stretch.from_s:.0f} to {stretch.to_s:.0f} s",
            "http.unanswered_total",
            observed=float(count),
            limit=0.0,
        ),
        *stretch.words[:4],
    ]
    if stretch.icmp_total:
        text = f"ICMP answered {stretch.icmp_ok} of {stretch.icmp_total} in the same ticks"
        ratio = stretch.icmp_ok / stretch.icmp_total
        evidence.append(of_value(text, "icmp.ok_ratio", observed=ratio, source="probe.icmp"))
    if stretch.flowing:
        evidence.append(of_value("a stream opened before went on flowing"))
    evidence += [
        of_row(http, row, f"{OUTCOMES[http.outcome[row]].value} at {http.at_s[row]:.0f} s")
        for row in spread(stretch.rows, 4)
    ]
    out = []
    if stretch.alive or stretch.flowing:
        out.append(RuledOut("wifi-dropout", "the network carried other traffic meanwhile"))
    if any(hold.from_s < stretch.from_s - 15.0 for hold in holds(run)):
        why = "requests were answered beside the stream before"
        out.append(RuledOut("server-blocked-by-stream", why))
    told = bool(stretch.words)
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR,
        confidence=grown(0.6, 0.97, count, 2) if told else grown(0.3, 0.8, count, 4),
        title="The device has no socket left for new connections",
        evidence=tuple(evidence),
        remedy=_REMEDY,
        from_s=stretch.from_s,
        to_s=stretch.to_s,
        ruled_out=tuple(out),
    )


def _stream_flowed(run: RunView, from_s: float, to_s: float) -> bool:
    for hold in holds(run):
        inside = (hold.life_s > from_s + 1.0) & (hold.life_s < to_s)
        # At least a message in ten seconds: the stream is alive, not only not yet dead.
        if inside.sum() >= max(1.0, (to_s - from_s) / 10.0):
            return True
    return False
