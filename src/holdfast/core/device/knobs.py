"""What faults bend: behaviour as data, read by the board and its services as they run.

Every knob at rest means a device that behaves as its dialect says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from holdfast.core.link.transport import AcceptMode

__all__ = ["ANSWERED", "REQUEST_OUTCOMES", "Knobs", "Sleep"]

ANSWERED = "answered"
"""A request that gets the answer it should."""

REQUEST_OUTCOMES = (
    ANSWERED,
    "bad_status",
    "bad_body",
    "no_response",
    "early_close",
    "reset",
    "too_slow",
    "not_http",
)
"""How a request may be answered; all but the first are an observer's outcome of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """Modem sleep: the radio wakes at each beacon.

    Attributes:
        beacon_s: Between two wake-ups, a multiple of 102.4 ms.
        awake_s: How long it stays awake after traffic.
    """

    beacon_s: float
    awake_s: float


@dataclass(slots=True)
class Knobs:
    """Bent behaviour of one device.

    Attributes:
        handler_extra_s: Time that each short request takes on top.
        outcome: How a request to a path at a time is answered; ``None`` for always well.
        stream_is_silent: Streams stay open without messages.
        stream_refusal: HTTP status for new streams; 0 for none.
        stream_reset: New streams are reset instead of answered.
        stream_limit_s: Streams are closed so long after they opened.
        stream_limit_code: WebSocket close code of such a close; 0 for FIN alone.
        tear_next: The next WebSocket message is cut inside its frame.
        push_stall_s: Each push to the viewers waits so long for some that are gone.
        behind_next: The next message is an old one again, from so many messages ago.
        payload_limit_bytes: Messages and bodies end there; 0 for whole ones.
        one_task: A stream's handler keeps the server's only task.
        session_limit: Sessions that the server keeps instead of its own number.
        port_mode: What the HTTP port does with a SYN instead of accepting.
        loss_tx: Share of the board's packets that are lost.
        loss_rx: Share of the packets to the board that are lost.
        sleep: Modem sleep; ``None`` for a radio that stays awake.
        is_reachable: Whether anything answers at the board's address.
    """

    handler_extra_s: float = 0.0
    outcome: Callable[[str, float], str] | None = None
    stream_is_silent: bool = False
    stream_refusal: int = 0
    stream_reset: bool = False
    stream_limit_s: float = math.inf
    stream_limit_code: int = 0
    tear_next: bool = False
    push_stall_s: float = 0.0
    behind_next: int = 0
    payload_limit_bytes: int = 0
    one_task: bool = False
    session_limit: int | None = None
    port_mode: AcceptMode | None = None
    loss_tx: float = 0.0
    loss_rx: float = 0.0
    sleep: Sleep | None = None
    is_reachable: bool = True
