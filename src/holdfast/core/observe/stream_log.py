"""What is recorded of a live stream: its sessions, messages, gaps and signs of life.

Laws:
    - Every message is a MESSAGE or lies in an ACTIVITY; a GAP is written when it ends.
    - Signs of life without a message are told at most once a second.
    - A stream that sends on change only has no gaps: its silence says nothing.
"""

from __future__ import annotations

import math
from typing import Final

from holdfast.core.journal.events import CUT_SHORT, CloseClass, Stream, StreamWhat, TcpInfo
from holdfast.core.link.gap import Gap, GapMeter, SequenceMeter
from holdfast.core.link.transport import Record
from holdfast.core.observe.traffic import Activity, Traffic
from holdfast.core.profile import StreamSpec
from holdfast.core.redact import printable
from holdfast.core.wire.health_json import numbers_at

__all__ = ["StreamLog"]

_SIGN_EVERY_S: Final = 1.0
_MAX_DETAIL: Final = 200


class StreamLog:
    """The record of one stream, session after session.

    Args:
        spec: What the profile says of it.
        link: Name of the link in events.

    Attributes:
        session: Number of the latest session; 0 before the first.
        tcp: What the kernel last said of its connection.
    """

    def __init__(self, spec: StreamSpec, link: str) -> None:
        self._spec = spec
        self._source = f"stream.{spec.kind}"
        self._link = link
        self._paths = tuple(
            tuple(name.split(".")) if name else () for name in (spec.time_field, spec.seq_field)
        )
        self._opened_s: float | None = None
        self._sign_s = -math.inf
        self._gaps = GapMeter(math.inf, now=0.0)
        self._sequence = SequenceMeter()
        self._traffic = Traffic()
        self.session = 0
        self.tcp: TcpInfo | None = None

    @property
    def is_open(self) -> bool:
        """Whether the session is established."""
        return self._opened_s is not None

    def deadline(self) -> float:
        """Return when :meth:`flush` has something to tell; ``inf`` for never."""
        return self._traffic.deadline()

    def held_s(self, now: float) -> float:
        """Return how long the session is open; 0 if it is not."""
        return 0.0 if self._opened_s is None else now - self._opened_s

    def opening(self, now: float) -> Record:
        """Begin the next session."""
        self.session += 1
        self.tcp = None
        return self._record(now, StreamWhat.OPENING)

    def opened(self, now: float, status: int) -> Record:
        """Note that it is established."""
        limit_s = math.inf if self._spec.interval_s is None else self._spec.gap_limit_s
        self._opened_s = now
        self._gaps = GapMeter(limit_s, now=now)
        self._sequence = SequenceMeter()
        self._traffic = Traffic()
        return self._record(now, StreamWhat.OPENED, status=status)

    def refused(
        self,
        now: float,
        close: CloseClass,
        detail: str,
        *,
        status: int | None = None,
        tcp: TcpInfo | None = None,
    ) -> Record:
        """Note that the attempt failed."""
        tcp = tcp or self.tcp
        return self._record(
            now, StreamWhat.REFUSED, close=close, status=status, detail=detail, tcp=tcp
        )

    def message(self, payload: str | None, size_bytes: int, now: float) -> list[Record]:
        """Note a message; ``payload`` is ``None`` for a binary one."""
        records: list[Record] = self.flush(now)
        gap = self._gaps.message(now)
        if gap is not None:
            records.append(self._gap(gap))
        device_s = device_seq = None
        if payload is not None and any(self._paths):
            device_s, device_seq = self._device(payload)
        if self._traffic.message(size_bytes, now):
            records.append(
                self._record(
                    now,
                    StreamWhat.MESSAGE,
                    size_bytes=size_bytes,
                    device_s=device_s,
                    device_seq=device_seq,
                    detail=CUT_SHORT if payload is not None and _is_cut(payload) else "",
                )
            )
        return records

    def sign(self, what: str, now: float) -> list[Record]:
        """Note a sign of life that the peer gave unasked."""
        if now - self._sign_s < _SIGN_EVERY_S:
            return []
        self._sign_s = now
        return [self._record(now, StreamWhat.HEARTBEAT, detail=what)]

    def heartbeat(self, round_trip_s: float, now: float) -> Record:
        """Note an answered ping."""
        return self._record(now, StreamWhat.HEARTBEAT, for_s=round_trip_s, tcp=self.tcp)

    def torn(self, proof: str, now: float) -> Record:
        """Note the proof of a torn frame."""
        return self._record(now, StreamWhat.TORN, detail=proof)

    def flush(self, now: float) -> list[Record]:
        """Tell the messages of the second that is over."""
        activity = self._traffic.on_timer(now)
        return [] if activity is None else [self._activity(activity)]

    def closed(
        self,
        now: float,
        close: CloseClass,
        detail: str,
        *,
        code: int | None = None,
        tcp: TcpInfo | None = None,
    ) -> list[Record]:
        """Note the end of the session, and what ends with it."""
        activity, gap = self._traffic.flush(), self._gaps.ended(now)
        records = [] if activity is None else [self._activity(activity)]
        if gap is not None:
            records.append(self._gap(gap))
        if self._sequence.missing:
            lost = f"{self._sequence.missing} sequence numbers missing"
            detail = f"{detail}; {lost}" if detail else lost
        records.append(
            self._record(
                now,
                StreamWhat.CLOSED,
                close=close,
                code=code,
                for_s=self.held_s(now),
                detail=detail,
                tcp=tcp or self.tcp,
            )
        )
        self._opened_s = None
        return records

    def _device(self, payload: str) -> tuple[float | None, int | None]:
        device_s, number = numbers_at(payload, self._paths)
        if device_s is not None:
            device_s *= self._spec.time_unit_s
            device_s = device_s if math.isfinite(device_s) else None
        if number is None or not math.isfinite(number):
            return device_s, None
        self._sequence.take(int(number))
        return device_s, int(number)

    def _gap(self, gap: Gap) -> Record:
        return self._record(gap.at_s, StreamWhat.GAP, for_s=gap.for_s)

    def _activity(self, activity: Activity) -> Record:
        return self._record(
            activity.at_s,
            StreamWhat.ACTIVITY,
            for_s=activity.for_s,
            size_bytes=activity.size_bytes,
            detail=f"{activity.messages} messages",
        )

    def _record(
        self,
        at_s: float,
        what: StreamWhat,
        *,
        size_bytes: int | None = None,
        for_s: float | None = None,
        close: CloseClass | None = None,
        code: int | None = None,
        status: int | None = None,
        device_s: float | None = None,
        device_seq: int | None = None,
        detail: str = "",
        tcp: TcpInfo | None = None,
    ) -> Record:
        return Record(
            Stream(
                at_s=at_s,
                source=self._source,
                link=self._link,
                what=what,
                transport=self._spec.kind,
                session=self.session,
                size_bytes=size_bytes,
                for_s=for_s,
                close=close,
                code=code,
                status=status,
                device_s=device_s,
                device_seq=device_seq,
                detail=printable(detail, _MAX_DETAIL) if detail else "",
                tcp=tcp,
            )
        )


def _is_cut(payload: str) -> bool:
    """Whether JSON begins and does not end; looks at its two ends only, for it runs on each."""
    text = payload.strip()
    return text[:1] in ("{", "[") and text[-1:] != {"{": "}", "[": "]"}[text[0]]
