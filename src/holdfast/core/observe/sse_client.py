"""An event stream (SSE) as a browser's ``EventSource`` holds it.

Source: HTML Living Standard, section 9.2 (server-sent events).
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final

from holdfast.core.journal.events import CloseClass
from holdfast.core.link.transport import Action
from holdfast.core.observe.site import Site
from holdfast.core.observe.stream_client import Refusal, StreamClient
from holdfast.core.profile import StreamSpec
from holdfast.core.wire.http_exchange import Head
from holdfast.core.wire.sse import Comment, Message, Retry, SseParser, TooLong

__all__ = ["SseClient"]

_TYPE: Final = "text/event-stream"
_MAX_ID: Final = 256
"""A longer event id, or one that is not printable ASCII, is not sent back."""


class SseClient(StreamClient):
    """One event stream.

    Args:
        spec: What the profile says of it.
        site: The target.
        rng: Source of jitter.
    """

    def __init__(self, spec: StreamSpec, site: Site, rng: Random) -> None:
        super().__init__(spec, site, rng)
        self._parser = SseParser()
        self._last_id = ""

    def _headers(self) -> Mapping[str, str]:
        headers = {"Accept": _TYPE, "Cache-Control": "no-store"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        return headers

    def _judge(self, head: Head) -> Refusal | None:
        if head.status != 200:
            return CloseClass.STATUS, f"status {head.status}"
        kind = head.first("content-type").partition(";")[0].strip().lower()
        if kind != _TYPE:
            return CloseClass.PROTOCOL_ERROR, f"content type {kind[:60]!r}, not {_TYPE}"
        return None

    def _greet(self) -> list[Action]:
        self._parser = SseParser()
        return []

    def _take(self, data: bytes, now: float) -> list[Action]:
        actions: list[Action] = []
        for event in self._parser.receive(data):
            match event:
                case Message():
                    actions += self._log.message(event.data, event.size_bytes, now)
                    self._keep_id(event.last_id)
                case Comment():
                    actions += self._log.sign("comment from the peer", now)
                case Retry():
                    self._at_least_s = event.delay_s
                case TooLong():
                    detail = f"{event.what} over {event.limit_bytes} bytes"
                    actions += self._closed(now, CloseClass.PROTOCOL_ERROR, detail, is_rude=True)
        return actions

    def _keep_id(self, last_id: str) -> None:
        if len(last_id) <= _MAX_ID and last_id.isascii() and last_id.isprintable():
            self._last_id = last_id.strip()

    def _ping(self, token: int) -> list[Action]:
        return []

    def _farewell(self) -> list[Action]:
        return []
