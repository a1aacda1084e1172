"""The typed events of a journal, and its header.

Every observer appends events; every number, verdict, finding and chart is a
pure function of them. Units are SI and in the name; ``at_s`` counts monotonic
seconds since the header's anchor. Fields that are ``None`` were not measured.

``Truth`` (what a twin or proxy did) is written to a journal of its own and
never into a diagnosed run.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct, field

__all__ = [
    "CUT_SHORT",
    "FORMAT",
    "ClockStep",
    "CloseClass",
    "Event",
    "Header",
    "LogLine",
    "Note",
    "Outcome",
    "Probe",
    "Run",
    "RunPhase",
    "Sample",
    "Stream",
    "StreamWhat",
    "TcpInfo",
    "Tick",
    "Truth",
]

FORMAT = 1
"""Version of the journal's format, written in its header."""

CUT_SHORT = "JSON cut short"
"""A stream message's ``detail`` where its JSON begins and does not end."""


class Outcome(StrEnum):
    """How one probe ended; an HTTP probe may have any, ICMP ``ok`` or ``no_response``."""

    OK = "ok"
    OK_LATE = "ok_late"
    BAD_STATUS = "bad_status"
    BAD_BODY = "bad_body"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_FAIL_FAST = "connect_fail_fast"
    NO_RESPONSE = "no_response"
    EARLY_CLOSE = "early_close"
    RESET = "reset"
    TOO_SLOW = "too_slow"
    NAME_NOT_RESOLVED = "name_not_resolved"
    NOT_HTTP = "not_http"
    NOT_PERMITTED = "not_permitted"

    @property
    def is_ok(self) -> bool:
        """Whether a complete, expected answer came, in time or late."""
        return self in (Outcome.OK, Outcome.OK_LATE)


class StreamWhat(StrEnum):
    """What a stream event records."""

    OPENING = "opening"
    OPENED = "opened"
    REFUSED = "refused"
    MESSAGE = "message"
    ACTIVITY = "activity"
    HEARTBEAT = "heartbeat"
    GAP = "gap"
    TORN = "torn"
    CLOSED = "closed"


class CloseClass(StrEnum):
    """Who ended a stream, and how; also why an attempt was refused."""

    BY_US = "by_us"
    BY_PEER = "by_peer"
    RESET = "reset"
    SILENT = "silent"
    PROTOCOL_ERROR = "protocol_error"
    STATUS = "status"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_FAIL_FAST = "connect_fail_fast"
    NO_RESPONSE = "no_response"
    NAME_NOT_RESOLVED = "name_not_resolved"


class RunPhase(StrEnum):
    """Milestones of a run."""

    STARTED = "started"
    PLAN = "plan"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"
    ENDED = "ended"


class TcpInfo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the kernel knows of one connection (Linux ``TCP_INFO``).

    Attributes:
        rtt_s: Smoothed round-trip time.
        rttvar_s: Its mean deviation.
        retransmits: Segments sent again over the connection's life.
        lost: Segments taken for lost now.
    """

    rtt_s: float
    rttvar_s: float
    retransmits: int = 0
    lost: int = 0


class _Base(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What all events share.

    Attributes:
        at_s: When it began, in seconds since the run's anchor.
        seq: Place in the journal; set by the writer, from 1.
        source: Which observer wrote it, e.g. ``"probe.ping"``.
        link: Which link it is about, e.g. ``"192.0.2.7:80"``.
    """

    at_s: float
    seq: int = 0
    source: str = ""
    link: str = ""


class Run(_Base, frozen=True, tag="run"):
    """A milestone of the run itself; ``plan`` names the plan that begins."""

    phase: RunPhase
    plan: str = ""
    text: str = ""


class Tick(_Base, frozen=True, tag="tick"):
    """The plan's tick number ``n``, from 0; due at ``due_s``."""

    n: int
    due_s: float


class Probe(_Base, frozen=True, tag="probe"):
    """One ICMP or HTTP request and how it ended.

    Attributes:
        method: ``"icmp"``, ``"http"`` or ``"telnet"``.
        target: What was asked: ``"icmp"``, ``"control"``, ``"ping"``, ``"health"``,
            ``"metrics"`` or another endpoint of the profile.
        outcome: How it ended.
        status: HTTP status, where a head came.
        connect_s: From start to the established connection (TLS included), name
            resolution apart; ``None`` where it was never established.
        first_byte_s: From start to the first byte of the answer.
        total_s: From start to the end, whatever it was.
        resolve_s: Time spent on the name; ``None`` for an address.
        size_bytes: Body bytes received.
        limit_s: The limit that was in force for the whole request.
        detail: One clause for people, bounded and printable.
        tcp: Kernel's view of the connection, where the system gives it.
    """

    method: str
    target: str
    outcome: Outcome
    total_s: float
    status: int | None = None
    connect_s: float | None = None
    first_byte_s: float | None = None
    resolve_s: float | None = None
    size_bytes: int | None = None
    limit_s: float | None = None
    detail: str = ""
    tcp: TcpInfo | None = None


class Stream(_Base, frozen=True, tag="stream"):
    """Something that happened on the live stream.

    Attributes:
        what: Which of the stream's events this is.
        transport: ``"sse"`` or ``"ws"``.
        session: Number of the attempt, from 1; the same in all its events.
        size_bytes: Payload bytes (message) or all bytes in ``for_s`` (activity).
        for_s: Length of a gap, of an activity interval, or of a heartbeat's
            round trip; how long the session was open (closed).
        close: Who ended it, or why it was refused.
        code: WebSocket close code, where one came.
        status: HTTP status of the answer to the attempt.
        device_s: The device's own time in the payload, where it carries one.
        device_seq: The device's own sequence number, where it carries one.
        detail: One clause for people, bounded and printable.
        tcp: Kernel's view of the connection, where the system gives it.
    """

    what: StreamWhat
    transport: str
    session: int = 0
    size_bytes: int | None = None
    for_s: float | None = None
    close: CloseClass | None = None
    code: int | None = None
    status: int | None = None
    device_s: float | None = None
    device_seq: int | None = None
    detail: str = ""
    tcp: TcpInfo | None = None


class Sample(_Base, frozen=True, tag="sample"):
    """Numbers and words a device told about itself.

    Attributes:
        values: By canonical name, in SI units: ``uptime_s``, ``heap_free_bytes``,
            ``heap_min_bytes``, ``heap_largest_bytes``, ``rssi_dbm``, ``wifi_disconnects``,
            ``wifi_reconnects``, ``wifi_last_reason``, ``wifi_last_reason_s``, ``boot_id``,
            ``reset_reason``, ``reset_code``, ``version``, ``sockets_open``, ``sockets_max``,
            ``error_<bucket>_total``.
        raw: The answer as it came, redacted and bounded; ``""`` where not kept.
    """

    values: dict[str, float | str | bool | None]
    raw: str = ""


class LogLine(_Base, frozen=True, tag="log"):
    """One line of a device's or server's log.

    Attributes:
        origin: ``"serial"``, ``"telnet"`` or ``"server"``.
        text: The line, printable, redacted and bounded.
        level: ``E``, ``W``, ``I``, ``D`` or ``V``; ``""`` where it has none.
        tag: The log tag, e.g. ``"wifi"``.
        device_s: Seconds since the device's boot, where the line says so.
        boot: Which boot of the device, from 1; 0 where unknown.
    """

    origin: str
    text: str
    level: str = ""
    tag: str = ""
    device_s: float | None = None
    boot: int = 0


class ClockStep(_Base, frozen=True, tag="clock"):
    """The bench's own clock misbehaved: not a gap of the link.

    Attributes:
        what: ``"wall_jump"`` or ``"suspend"``.
        by_s: How far the wall clock jumped, or how long the host slept.
    """

    what: str
    by_s: float


class Note(_Base, frozen=True, tag="note"):
    """Something the reader of a run should know; ``about`` is a stable slug."""

    about: str
    text: str


class Truth(_Base, frozen=True, tag="truth"):
    """What a twin or proxy did; only in journals of their own."""

    what: str
    values: dict[str, float | str | bool | None] = field(default_factory=dict)


Event: TypeAlias = Run | Tick | Probe | Stream | Sample | LogLine | ClockStep | Note | Truth
"""Any event of a journal."""


class Header(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """First line of a journal.

    Attributes:
        format: Version of the format.
        tool: Name and version of the writer.
        wall_at: RFC 3339 time with offset at which ``at_s`` was 0.
        monotonic_s: The host's monotonic clock at that moment, to join journals
            written on one host.
        target: What was looked at; no user or host name of the bench.
        plan: Name of the plan.
        profile: Name of the device profile.
        seed: Seed of all randomness.
        argv: The command line, secrets redacted.
        tick_s: Seconds between ticks; ``None`` where there are none.
        duration_s: Planned length.
        warmup_s: Seconds at the start that are reported apart.
        imported_from: What an imported run was made of; ``""`` for a live one.
        settings: Further plan settings by dotted name, as text. Measures read
            ``stream.gap_limit_s`` (3 s where absent) and ``stream.interval_s``
            (``"none"`` for a stream that sends on change only).
    """

    format: int = FORMAT
    tool: str = ""
    wall_at: str = ""
    monotonic_s: float | None = None
    target: str = ""
    plan: str = ""
    profile: str = ""
    seed: int = 0
    argv: tuple[str, ...] = ()
    tick_s: float | None = None
    duration_s: float | None = None
    warmup_s: float = 90.0
    imported_from: str = ""
    settings: dict[str, str] = field(default_factory=dict)
