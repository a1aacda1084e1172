"""Fault ``keepalive-mismatch``: a keepalive that the client does not meet.

Finding: ``keepalive-mismatch``.
An observer sees the stream closed at the same age again and again (40 or 60 s), whatever the load,
with code 1011 or without one, while everything else is well.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from holdfast.core.device.faults.base import fault
from holdfast.core.device.faults.stream_lifetime_cap import StreamLifetimeCap

__all__ = ["KeepaliveMismatch"]


@fault("keepalive-mismatch")
class KeepaliveMismatch(StreamLifetimeCap, kw_only=True):
    """Close streams by age, soon and as python-websockets does it.

    Attributes:
        after_s: Age at which a stream is closed.
        code: WebSocket close code; 0 for FIN alone.
    """

    after_s: Annotated[float, Meta(ge=0.5, le=86_400)] = 40.0
    code: Annotated[int, Meta(ge=0, le=4999)] = 1011
