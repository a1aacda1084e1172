"""Ways a device goes wrong on purpose; one file per fault.

Importing this package registers every fault in it; ``base.FAULTS`` is the table.
"""

from __future__ import annotations

from holdfast.core.device.faults import (
    device_booting,
    device_reboot,
    ghost_clients,
    heap_decline,
    host_unreachable,
    http_failing,
    keepalive_mismatch,
    modem_sleep,
    order_violation,
    outcomes,
    payload_truncated,
    port_closed,
    retransmission_ladder,
    rssi_frozen,
    server_blocked_by_stream,
    session_evicted,
    slow_handler,
    socket_exhaustion,
    stream_lifetime_cap,
    stream_refused,
    stream_stalled,
    torn_frames,
    watchdog_under_load,
    wifi_dropout,
)

__all__ = [
    "device_booting",
    "device_reboot",
    "ghost_clients",
    "heap_decline",
    "host_unreachable",
    "http_failing",
    "keepalive_mismatch",
    "modem_sleep",
    "order_violation",
    "outcomes",
    "payload_truncated",
    "port_closed",
    "retransmission_ladder",
    "rssi_frozen",
    "server_blocked_by_stream",
    "session_evicted",
    "slow_handler",
    "socket_exhaustion",
    "stream_lifetime_cap",
    "stream_refused",
    "stream_stalled",
    "torn_frames",
    "watchdog_under_load",
    "wifi_dropout",
]
