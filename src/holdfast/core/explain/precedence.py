"""Which finding explains which, as data.

A finding whose code is in ``explained`` of a cause, and which lies inside that cause's
interval (widened by ``slack_s``), is a consequence of it and no finding of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["PRECEDENCE", "Explains"]


@dataclass(frozen=True, slots=True)
class Explains:
    """What one cause explains.

    Attributes:
        cause: Code of the cause.
        explained: Codes of its consequences.
        slack_s: How long before and after the cause's interval they may lie.
        overlap: Share of the consequence that must lie inside, 0 to 1.
        why: The reason, for people.
    """

    cause: str
    explained: frozenset[str]
    slack_s: float
    overlap: float
    why: str


_STREAM_ENDS: Final = frozenset(
    {"stream-stalled", "stream-refused", "session-evicted", "keepalive-mismatch"}
)
_UNREACHED: Final = frozenset(
    {"wifi-dropout", "host-unreachable", "port-closed", "socket-exhaustion", "slow-handler"}
)
_SLOW: Final = frozenset({"retransmission-ladder", "modem-sleep", "slow-handler"})

PRECEDENCE: Final = (
    Explains(
        "observer-side",
        _UNREACHED | _STREAM_ENDS | _SLOW | {"device-booting"},
        10.0,
        0.5,
        "the bench's own network failed in that time",
    ),
    Explains(
        "name-not-resolved",
        frozenset({"host-unreachable", "stream-refused"}),
        10.0,
        0.5,
        "without an address nothing can be asked",
    ),
    Explains(
        "heap-decline",
        frozenset({"device-reboot", "socket-exhaustion", "stream-refused"}),
        60.0,
        0.6,
        "a device without memory refuses, fails and restarts",
    ),
    Explains(
        "watchdog-under-load",
        _UNREACHED | _STREAM_ENDS | _SLOW | {"device-reboot", "device-booting"},
        # As for the restart itself.
        60.0,
        0.6,
        "the work that piled up held the task until its watchdog bit",
    ),
    Explains(
        "device-reboot",
        _UNREACHED | _STREAM_ENDS | {"device-booting"},
        # A dashboard needs 42 s from reset to its first page.
        60.0,
        0.6,
        "a device that restarts answers nothing and loses every connection",
    ),
    Explains(
        "device-booting",
        _UNREACHED | _STREAM_ENDS,
        15.0,
        0.6,
        "the device was still starting",
    ),
    Explains(
        "host-unreachable",
        _STREAM_ENDS | {"wifi-dropout", "port-closed", "socket-exhaustion"},
        10.0,
        0.6,
        "the device was not on the network at all",
    ),
    Explains(
        "port-closed",
        frozenset({"stream-refused"}),
        10.0,
        0.6,
        "nothing listens on that port",
    ),
    Explains(
        "wifi-dropout",
        _STREAM_ENDS | {"socket-exhaustion", "slow-handler"},
        # TCP gives a dead link up only after several retransmissions.
        20.0,
        0.6,
        "the device was off the air",
    ),
    Explains(
        "server-blocked-by-stream",
        frozenset({"socket-exhaustion", "slow-handler", "stream-refused", "port-closed"}),
        10.0,
        0.6,
        "the one server task was busy with the stream",
    ),
    Explains(
        "socket-exhaustion",
        frozenset({"stream-refused", "slow-handler", "port-closed", "session-evicted"}),
        15.0,
        0.6,
        "no socket was left for it",
    ),
    Explains(
        "slow-handler",
        frozenset({"stream-stalled"}),
        10.0,
        0.6,
        "the server was busy in a handler",
    ),
    Explains(
        "retransmission-ladder",
        frozenset({"slow-handler", "wifi-dropout"}) | _STREAM_ENDS,
        30.0,
        0.6,
        "lost segments are sent again later and later",
    ),
    Explains(
        "ghost-clients",
        _STREAM_ENDS | {"slow-handler"},
        15.0,
        0.6,
        "each push waited for viewers that are gone",
    ),
    Explains(
        "payload-truncated",
        frozenset({"unexpected-answers"}),
        10.0,
        0.6,
        "an answer cut short is no whole JSON",
    ),
    Explains(
        "session-evicted",
        frozenset({"keepalive-mismatch", "stream-lifetime-cap", "stream-refused"}),
        10.0,
        0.6,
        "each new connection closed the older one",
    ),
    Explains(
        "torn-frames",
        frozenset({"keepalive-mismatch", "session-evicted"}),
        10.0,
        0.6,
        "a broken frame ends the connection",
    ),
)
"""From the outermost cause inwards: what an inner one explains, an outer one inherits."""
