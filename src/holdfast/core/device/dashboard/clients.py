"""What the HTTP server knows of its clients, and of those it failed to accept."""

from __future__ import annotations

import math
from collections import deque
from enum import StrEnum

from holdfast.core.device.http_session import HttpRequest, HttpSession

__all__ = ["AcceptStorm", "Client", "Phase", "path_in"]

_STORM_ACCEPTS = 10
_STORM_S = 60.0
_HEAL_AGAIN_S = 300.0


class Phase(StrEnum):
    """What the server's task is held up by."""

    READ = "read"
    HANDLE = "handle"
    WRITE = "write"
    STREAM = "stream"


class Client:
    """A connection at the server: in its backlog, or with a session.

    Attributes:
        http: Its HTTP state.
        inbox: Bytes that nobody has read yet.
        request: What is being served.
        requests: How many it made.
        is_refused: Whether it is only let in to be told 503.
        is_parked: Nothing more comes from the server.
        has_left: The peer, or the server itself, ends with this answer.
    """

    __slots__ = (
        "has_left",
        "http",
        "inbox",
        "is_parked",
        "is_refused",
        "request",
        "requests",
    )

    def __init__(self) -> None:
        self.http = HttpSession()
        self.inbox = bytearray()
        self.request: HttpRequest | None = None
        self.requests = 0
        self.is_refused = False
        self.is_parked = False
        self.has_left = False


class AcceptStorm:
    """Tells when so many accepts failed in so short a time that a restart is due."""

    def __init__(self) -> None:
        self._failed: deque[float] = deque(maxlen=_STORM_ACCEPTS)
        self._healed_at_s = -math.inf

    def failed(self, now: float) -> bool:
        """Take note of a failed accept; return whether it is a storm, not healed lately."""
        self._failed.append(now)
        return (
            len(self._failed) == _STORM_ACCEPTS
            and now - self._failed[0] <= _STORM_S
            and now - self._healed_at_s >= _HEAL_AGAIN_S
        )

    def healed(self, now: float) -> None:
        """Take note of the restart."""
        self._healed_at_s = now
        self._failed.clear()


def path_in(data: bytes | bytearray) -> str:
    """Return the path of a request that nobody parsed; ``""`` where there is none."""
    words = bytes(data[:256]).split(b" ", 2)
    return words[1].decode("ascii", "replace") if len(words) == 3 else ""
