"""A device profile: what a device offers, as data.

Profiles are TOML files in ``profiles/``; ``adapters.profiles`` loads them strictly.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct, field

from holdfast.core.judge.criteria import Criterion

__all__ = ["SAMPLE_NAMES", "Endpoint", "Fingerprint", "Limits", "Profile", "StreamSpec"]

SAMPLE_NAMES = (
    "uptime_s",
    "heap_free_bytes",
    "heap_min_bytes",
    "heap_largest_bytes",
    "rssi_dbm",
    "wifi_disconnects",
    "wifi_reconnects",
    "wifi_last_reason",
    "wifi_last_reason_s",
    "boot_id",
    "reset_reason",
    "reset_code",
    "version",
    "sockets_open",
    "sockets_max",
)
"""Canonical sample names; ``error_<bucket>_total`` is allowed as well."""

# Ranges are enforced where a profile is read from a file, and named in its errors.
_Path: TypeAlias = Annotated[
    str, Meta(pattern=r"^/[!-~]*\Z", description="a printable path that begins with /")
]
_Port: TypeAlias = Annotated[int, Meta(ge=1, le=65_535)]
_Limit: TypeAlias = Annotated[float, Meta(ge=0.05, le=120.0)]
_Interval: TypeAlias = Annotated[float, Meta(ge=0.01, le=86_400.0)]
_Line: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^[^\x00-\x1f\x7f]{0,500}\Z", description="one line of at most 500 characters"),
]
_Header: TypeAlias = Annotated[
    str, Meta(pattern=r"^[!-~]{0,100}\Z", description="printable characters without spaces")
]


class Endpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to GET.

    Attributes:
        path: Absolute path, query included.
        expect_status: Statuses that count as right.
        expect_body: Text that the body must contain; ``""`` for any.
        body: ``"text"``, ``"json"`` or ``"prometheus"``.
        connect_limit_s: Longest wait for the connection; the original harness's 2 s.
        limit_s: Longest wait for the whole answer; the original's 4 s for ``/ping``
            and 5 s for ``/health``.
        max_body_bytes: More than this is cut off and reported.
    """

    path: _Path
    expect_status: tuple[Annotated[int, Meta(ge=100, le=599)], ...] = (200,)
    expect_body: str = ""
    body: Annotated[str, Meta(pattern=r"^(text|json|prometheus)\Z")] = "text"
    connect_limit_s: _Limit = 2.0
    limit_s: _Limit = 4.0
    max_body_bytes: Annotated[int, Meta(ge=1, le=16_777_216)] = 262_144


class StreamSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The live stream.

    Attributes:
        kind: ``"sse"`` or ``"ws"``.
        path: Absolute path.
        interval_s: Expected time between messages; ``None`` (0 in a file) where the
            device sends on change only.
        gap_limit_s: A longer silence is a gap; 3 s in document 000.
        ping_s: WebSocket heartbeat interval, jittered by a fifth; 20 to 30 s in 000.
        silent_s: Silence after which the stream is given up; ``None`` for three times
            the longest of interval, heartbeat and gap limit.
        subprotocol: WebSocket subprotocol asked for; ``""`` for none.
        time_field: Dotted path of the device's own time in a message; ``""`` for none.
        time_unit_s: Seconds per unit of that time.
        seq_field: Dotted path of a sequence number in a message; ``""`` for none.
        hello: Text frame to send on opening (JSON-RPC devices); ``""`` for none.
    """

    kind: Annotated[str, Meta(pattern=r"^(sse|ws)\Z")]
    path: _Path
    interval_s: Annotated[float, Meta(ge=0.0, le=86_400.0)] | None = 1.0
    gap_limit_s: _Interval = 3.0
    ping_s: _Interval = 25.0
    silent_s: _Interval | None = None
    subprotocol: _Header = ""
    time_field: _Line = ""
    time_unit_s: Annotated[float, Meta(gt=0.0, le=3_600.0)] = 0.001
    seq_field: _Line = ""
    hello: str = ""


class Fingerprint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to know such a device by a GET: at most one request a fingerprint.

    Attributes:
        path: What to GET.
        json_has: Dotted names that the JSON answer must have.
        body_has: Text that the answer must contain.
        header_has: Text that the head must contain, lower case.
        mdns: DNS-SD service types that such devices announce.
        mdns_name: Prefix of the instance's name, lower case; ``""`` for any.
    """

    path: str = ""
    json_has: tuple[str, ...] = ()
    body_has: str = ""
    header_has: str = ""
    mdns: tuple[str, ...] = ()
    mdns_name: str = ""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is safe to ask of the device.

    Attributes:
        max_connections: Connections that the bench may hold at once.
        min_heap_free_bytes: Below this the bench backs off; ``None`` where unknown.
        min_request_interval_s: Shortest time between two short requests.
    """

    max_connections: Annotated[int, Meta(ge=1, le=64)] = 3
    min_heap_free_bytes: Annotated[int, Meta(ge=0)] | None = None
    min_request_interval_s: Annotated[float, Meta(ge=0.0, le=3_600.0)] = 1.0


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one kind of device offers.

    Attributes:
        name: Its name on the command line.
        title: For people.
        port: Default TCP port.
        tls: Whether HTTP is over TLS.
        ping: Cheapest request.
        health: Request whose answer tells about the device; ``None`` for none.
        metrics: Prometheus-text endpoint; ``None`` for none.
        stream: Live stream; ``None`` for none.
        alternatives: Other live streams of the device, taken by kind in place of
            ``stream`` when the user asks for one.
        telnet_port: Log port; ``None`` for none.
        samples: Canonical sample name to dotted path in the health JSON; a path may
            end in ``*SCALE`` (``"wifi.last_reason_ms*0.001"``).
        metric_samples: Canonical sample name to metric name.
        stream_limit: How many stream clients the device takes; ``None`` unknown.
        fingerprint: How to know it.
        limits: What is safe.
        criteria: When a link to it is good.
        notes: For people, shown by ``profile check``.
    """

    name: Annotated[
        str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z", description="lower-case words joined by -")
    ]
    title: _Line
    port: _Port = 80
    tls: bool = False
    ping: Endpoint
    health: Endpoint | None = None
    metrics: Endpoint | None = None
    stream: StreamSpec | None = None
    alternatives: tuple[StreamSpec, ...] = ()
    telnet_port: _Port | None = None
    samples: dict[str, str] = field(default_factory=dict)
    metric_samples: dict[str, str] = field(default_factory=dict)
    stream_limit: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    fingerprint: tuple[Fingerprint, ...] = ()
    limits: Limits = Limits()
    criteria: tuple[Criterion, ...] = ()
    notes: tuple[_Line, ...] = ()
