"""Cycles of an imported ``diag-logs`` folder to the events of a run.

Laws:
    - Times are as exact as the tables: whole seconds, and within a cycle the length of
      each request. Echo, ``/ping`` and ``/health`` follow one another; the pauses between
      them were not recorded.
    - Echoes that were answered have no round trip where none was written.

Source: the corpus's table of outcome classes; the limits are the harness's own (connect
2 s, ``/ping`` 4 s, ``/health`` 5 s).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from holdfast.core.journal.events import Event, Outcome, Probe, Sample, Tick
from holdfast.core.wire.diag_logs import ProbeCells, Table, unwrap_clock

__all__ = ["HEALTH_LIMIT_S", "PING_LIMIT_S", "CycleTimes", "outcome_of", "probe_events", "schedule"]

PING_LIMIT_S: Final = 4.0
"""The harness's ``--max-time`` of ``/ping``."""
HEALTH_LIMIT_S: Final = 5.0
"""The harness's ``--max-time`` of ``/health``."""
_CONNECT_LIMIT_S: Final = 1.9
"""Just below the harness's ``--connect-timeout`` of 2 s: timeouts are at 2.002 to 2.008 s,
refusals and missing ARP answers at 0.002 to 1.056 s."""
_LIMIT_MARGIN_S: Final = 0.06
"""How far below the limit a request that hit it may be written."""
_ECHO_LIMIT_S: Final = 1.0
"""An echo counted as answered when a reply came within about a second."""


def outcome_of(code: str, connect_s: float | None, total_s: float, limit_s: float) -> Outcome:
    """Return how a request ended, from what the harness wrote of it.

    Args:
        code: Three digits, ``"000"`` for no head.
        connect_s: ``None`` where never connected.
        total_s: Until the tool gave up or was done.
        limit_s: The tool's limit for the whole request.
    """
    if code == "200":
        return Outcome.TOO_SLOW if total_s >= limit_s else Outcome.OK
    if code != "000":
        return Outcome.BAD_STATUS
    if connect_s is None:
        is_late = total_s >= _CONNECT_LIMIT_S
        return Outcome.CONNECT_TIMEOUT if is_late else Outcome.CONNECT_FAIL_FAST
    return Outcome.NO_RESPONSE if total_s >= limit_s - _LIMIT_MARGIN_S else Outcome.EARLY_CLOSE


def _outcome(cells: ProbeCells, limit_s: float) -> Outcome:
    if cells.outcome:
        try:
            return Outcome(cells.outcome)
        except ValueError:
            pass  # a newer version's word: the numbers still tell the class
    return outcome_of(cells.code, cells.connect_s, cells.total_s, limit_s)


@dataclass(frozen=True, slots=True)
class CycleTimes:
    """When one cycle's parts began and ended, in seconds of the run.

    Attributes:
        at_s: The cycle itself.
        ping_s: Its ``/ping``; meaningless where it has none.
        health_s: Its ``/health``; meaningless where it has none.
        end_s: When its last request was over; not after the next cycle's begin.
    """

    at_s: float
    ping_s: float
    health_s: float
    end_s: float


def schedule(table: Table, start_clock_s: int) -> list[CycleTimes]:
    """Place every cycle on the run's clock.

    Rows that carry the time of completion are taken back by the request's length, not
    before the end of what came before; other requests follow one another from the tick.

    Args:
        table: The cycles.
        start_clock_s: Second of the day that becomes 0.
    """
    bases = unwrap_clock((cycle.clock_s for cycle in table.cycles), start_clock_s)
    times: list[CycleTimes] = []
    free_s = 0.0
    for place, (cycle, base) in enumerate(zip(table.cycles, bases, strict=True)):
        next_s = bases[place + 1] if place + 1 < len(bases) else float("inf")
        if table.shape != "endpoints":
            free_s = float(base)
        begins: list[float] = []
        for cells in (cycle.ping, cycle.health):
            begin_s = free_s
            if cells is not None and cells.done_clock_s is None:
                begin_s = free_s if free_s < next_s else float(base)
                free_s = begin_s + cells.total_s
            elif cells is not None and cells.done_clock_s is not None:
                done_s = float(base + (cells.done_clock_s - cycle.clock_s) % 86_400)
                begin_s = max(free_s, done_s - cells.total_s)
                free_s = max(begin_s, done_s)
            begins.append(begin_s)
        at_s = begins[0 if cycle.ping else 1] if table.shape == "endpoints" else float(base)
        end_s = free_s if at_s <= free_s < next_s else at_s
        times.append(CycleTimes(at_s, begins[0], begins[1], end_s))
    return times


def probe_events(table: Table, times: list[CycleTimes], link: str) -> list[Event]:
    """Return ticks, probes and samples of all cycles.

    Args:
        table: The cycles.
        times: Of each cycle.
        link: Name of the link in the events.
    """
    events: list[Event] = []
    for number, (cycle, at) in enumerate(zip(table.cycles, times, strict=True)):
        due_s = at.at_s if cycle.elapsed_s is None else cycle.elapsed_s
        events.append(Tick(at_s=at.at_s, source="import", n=number, due_s=due_s))
        if cycle.icmp:
            events.append(_echo(cycle.icmp, cycle.icmp_rtt_s, "icmp", at.at_s, link))
        if cycle.control:
            events.append(_echo(cycle.control, cycle.control_rtt_s, "control", at.at_s, link))
        if cycle.ping is not None:
            events.append(_request(cycle.ping, "ping", at.ping_s, PING_LIMIT_S, link))
        if cycle.health is not None:
            events.append(_request(cycle.health, "health", at.health_s, HEALTH_LIMIT_S, link))
        if cycle.vitals:
            events.append(
                Sample(at_s=at.end_s, source="health", link=link, values=dict(cycle.vitals))
            )
    return events


def _request(cells: ProbeCells, target: str, at_s: float, limit_s: float, link: str) -> Probe:
    return Probe(
        at_s=at_s,
        source=f"probe.{target}",
        link=link,
        method="http",
        target=target,
        outcome=_outcome(cells, limit_s),
        status=None if cells.code == "000" else int(cells.code),
        connect_s=cells.connect_s,
        first_byte_s=cells.first_byte_s,
        total_s=cells.total_s,
        limit_s=limit_s,
    )


def _echo(word: str, rtt_s: float | None, target: str, at_s: float, link: str) -> Probe:
    outcome = Outcome.OK if word == "ok" else Outcome.NO_RESPONSE
    if word in (Outcome.NOT_PERMITTED, Outcome.CONNECT_FAIL_FAST):
        outcome = Outcome(word)
    return Probe(
        at_s=at_s,
        source=f"probe.{target}",
        link=link,
        method="icmp",
        target=target,
        outcome=outcome,
        first_byte_s=rtt_s,
        total_s=_ECHO_LIMIT_S if rtt_s is None else rtt_s,
        limit_s=_ECHO_LIMIT_S,
    )
