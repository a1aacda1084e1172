"""Measures of the live stream within a window.

A session belongs to a window if it was attempted or alive in it; an end or refusal
belongs to the window in which it happened. Of a stream that an import only assumes,
nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from holdfast.core.journal.events import CloseClass, Stream
from holdfast.core.measure.gaps import ASSUMED, continuity, data_instants_s
from holdfast.core.measure.latency import latency
from holdfast.core.measure.order import order_of

if TYPE_CHECKING:
    from holdfast.core.measure.run import RunView, StreamSession

__all__ = ["stream_values"]

_Values: TypeAlias = "dict[str, float | None]"


def stream_values(run: RunView, from_s: float, to_s: float) -> _Values:
    """Return the measures of the stream; empty where no stream was attempted or known."""
    if any(note.about == ASSUMED for note in run.notes):
        return {}
    sessions = [
        s
        for s in run.sessions
        if s.opening_s <= to_s and (s.ended_s is None or s.ended_s >= from_s)
    ]
    if not sessions:
        return {}
    return (
        _attempts(sessions, from_s, to_s, run.end_s)
        | _gaps(run, from_s, to_s)
        | _heartbeats(sessions, from_s, to_s)
        | _events(run, from_s, to_s)
    )


def _attempts(sessions: list[StreamSession], from_s: float, to_s: float, end_s: float) -> _Values:
    opened = [s for s in sessions if s.opened_s is not None and s.opened_s <= to_s]
    ended = [s for s in sessions if s.ended_s is not None and from_s <= s.ended_s <= to_s]
    refused = [s for s in ended if s.is_refused]
    lengths_s = [(end_s if s.ended_s is None else s.ended_s) - (s.opened_s or 0.0) for s in opened]
    why = [s.close for s in ended if not s.is_refused]
    decided = len(opened) + len(refused)
    return {
        "attempts_total": len(sessions),
        "opened_total": len(opened),
        "open_ratio": len(opened) / decided if decided else None,
        "refused_total": len(refused),
        "longest_session_s": max(lengths_s, default=0.0),
        "by_peer_total": why.count(CloseClass.BY_PEER),
        "reset_total": why.count(CloseClass.RESET),
        "silent_total": why.count(CloseClass.SILENT),
        "torn_total": sum(from_s <= t.at_s <= to_s for s in sessions for t in s.torn),
    }


def _gaps(run: RunView, from_s: float, to_s: float) -> _Values:
    due = continuity(run, from_s, to_s)
    if due is None:
        return {}
    instants = data_instants_s(run)
    instants = instants[(instants >= due.from_s) & (instants <= due.to_s)]
    between = latency(np.diff(instants))
    # Imported activity has no messages of its own to count.
    has_messages = len(instants) > 0 or not any(s.activity for s in run.sessions)
    return {
        "continuity": due.ratio,
        "gap_max_s": due.gap_max_s,
        "gap_time_s": float(due.for_s.sum()),
        "gaps_total": len(due.at_s),
        "gaps_per_600_s": len(due.at_s) * 600.0 / due.window_s,
        "silence_max_s": due.silence_max_s,
        "messages_total": len(instants) if has_messages else None,
        "message_rate_hz": len(instants) / due.window_s if has_messages else None,
        "interval_p50_s": between and between.p50_s,
        "interval_p99_s": between and between.p99_s,
    }


def _heartbeats(sessions: list[StreamSession], from_s: float, to_s: float) -> _Values:
    took = latency([r for s in sessions for at, r in s.heartbeats if from_s <= at <= to_s])
    return {} if took is None else {"heartbeat_p50_s": took.p50_s, "heartbeat_p95_s": took.p95_s}


def _events(run: RunView, from_s: float, to_s: float) -> _Values:
    rows = [e for e in run.events if isinstance(e, Stream) and from_s <= e.at_s <= to_s]
    order = order_of(rows)
    resent: dict[int, int] = {}
    for event in rows:
        if event.tcp is not None:  # the kernel counts over the connection's life
            resent[event.session] = max(resent.get(event.session, 0), event.tcp.retransmits)
    has_numbers, has_time = order.numbered > 0, order.timed > 0
    return {
        "lost_total": order.lost if has_numbers else None,
        "duplicated_total": order.duplicated if has_numbers else None,
        "reordered_total": order.reordered if has_numbers else None,
        "time_not_increasing_total": order.time_not_increasing if has_time else None,
        "retransmits_total": sum(resent.values()) if resent else None,
    }
