"""A device profile: what a device offers, as data.

Profiles are TOML files in ``profiles/``; ``adapters.profiles`` loads them strictly.
"""

from __future__ import annotations

from msgspec import Struct, field

from holdfast.core.judge.criteria import Criterion

__all__ = ["Endpoint", "Fingerprint", "Limits", "Profile", "StreamSpec"]


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

    path: str
    expect_status: tuple[int, ...] = (200,)
    expect_body: str = ""
    body: str = "text"
    connect_limit_s: float = 2.0
    limit_s: float = 4.0
    max_body_bytes: int = 262_144


class StreamSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The live stream.

    Attributes:
        kind: ``"sse"`` or ``"ws"``.
        path: Absolute path.
        interval_s: Expected time between messages; ``None`` where the device sends on
            change only.
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

    kind: str
    path: str
    interval_s: float | None = 1.0
    gap_limit_s: float = 3.0
    ping_s: float = 25.0
    silent_s: float | None = None
    subprotocol: str = ""
    time_field: str = ""
    time_unit_s: float = 0.001
    seq_field: str = ""
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

    max_connections: int = 3
    min_heap_free_bytes: int | None = None
    min_request_interval_s: float = 1.0


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

    name: str
    title: str
    port: int = 80
    tls: bool = False
    ping: Endpoint
    health: Endpoint | None = None
    metrics: Endpoint | None = None
    stream: StreamSpec | None = None
    telnet_port: int | None = None
    samples: dict[str, str] = field(default_factory=dict)
    metric_samples: dict[str, str] = field(default_factory=dict)
    stream_limit: int | None = None
    fingerprint: tuple[Fingerprint, ...] = ()
    limits: Limits = Limits()
    criteria: tuple[Criterion, ...] = ()
    notes: tuple[str, ...] = ()
