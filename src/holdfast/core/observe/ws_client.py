"""A WebSocket stream, its frames seen as raw bytes.

Laws:
    - A ping of the peer is answered at once; ours carry a number, and its pong gives the
      round trip.
    - A frame or message over ``MAX_MESSAGE_BYTES`` is refused at its header (1009).
    - A torn frame is told with its proof before the session ends as PROTOCOL_ERROR.

Source: RFC 6455; field observation of torn frames in ``core.wire.torn_frames``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from random import Random
from typing import Final

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State

from holdfast.core.journal.events import CloseClass
from holdfast.core.link.transport import Action, Send
from holdfast.core.observe.site import Site
from holdfast.core.observe.stream_client import Refusal, StreamClient
from holdfast.core.profile import StreamSpec
from holdfast.core.wire.http_exchange import Head
from holdfast.core.wire.torn_frames import FrameWatch, TornFrame

__all__ = ["MAX_MESSAGE_BYTES", "WsClient"]

MAX_MESSAGE_BYTES: Final = 1_048_576
"""Devices of this class send below 16 kB."""
_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TOKEN_BYTES: Final = 4


class WsClient(StreamClient):
    """One WebSocket stream.

    Args:
        spec: What the profile says of it.
        site: The target.
        rng: Source of jitter and of the handshake's key.
    """

    def __init__(self, spec: StreamSpec, site: Site, rng: Random) -> None:
        super().__init__(spec, site, rng)
        self._key = ""
        self._watch = FrameWatch()
        self._protocol = _new_protocol()
        self._parts: list[bytes] = []
        self._is_text = False

    def _headers(self) -> Mapping[str, str]:
        self._key = base64.b64encode(self._rng.randbytes(16)).decode()
        headers = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": self._key,
            "Sec-WebSocket-Version": "13",
        }
        if self._spec.subprotocol:
            headers["Sec-WebSocket-Protocol"] = self._spec.subprotocol
        return headers

    def _judge(self, head: Head) -> Refusal | None:
        if head.status != 101:
            return CloseClass.STATUS, f"status {head.status}"
        digest = hashlib.sha1((self._key + _GUID).encode(), usedforsecurity=False).digest()
        if head.first("sec-websocket-accept") != base64.b64encode(digest).decode():
            return CloseClass.PROTOCOL_ERROR, "Sec-WebSocket-Accept does not answer our key"
        if head.first("sec-websocket-extensions"):
            return CloseClass.PROTOCOL_ERROR, "an extension that was not asked for"
        chosen = head.first("sec-websocket-protocol")
        if chosen and chosen != self._spec.subprotocol:
            return CloseClass.PROTOCOL_ERROR, f"subprotocol {chosen[:60]!r} was not asked for"
        return None

    def _greet(self) -> list[Action]:
        self._watch = FrameWatch()
        self._protocol = _new_protocol()
        self._parts.clear()
        if self._spec.hello:
            self._protocol.send_text(self._spec.hello.encode())
        return self._sends()

    def _take(self, data: bytes, now: float) -> list[Action]:
        torn = self._watch.receive(data)
        self._protocol.receive_data(data)
        conn = self._conn
        actions = self._sends()
        for frame in self._protocol.events_received():
            if isinstance(frame, Frame):
                actions += self._frame(frame, torn, now)
            if self._conn != conn:
                return actions
        if self._protocol.parser_exc is not None:
            code = self._protocol.close_sent.code if self._protocol.close_sent else None
            torn = torn or self._watch.after_breach()
            return [*actions, *self._breach(now, code, str(self._protocol.parser_exc), torn)]
        if torn is not None:
            actions += self._fail(CloseCode.PROTOCOL_ERROR, "a frame was torn", torn, now)
        return actions

    def _frame(self, frame: Frame, torn: TornFrame | None, now: float) -> list[Action]:
        match frame.opcode:
            case Opcode.TEXT | Opcode.BINARY | Opcode.CONT:
                return self._data(frame, torn, now)
            case Opcode.PING:
                return [*self._log.sign("ping from the peer", now)]
            case Opcode.PONG if len(frame.data) == _TOKEN_BYTES:
                round_trip_s = self._liveness.pong(int.from_bytes(frame.data, "big"), now)
                return [] if round_trip_s is None else [self._log.heartbeat(round_trip_s, now)]
            case Opcode.CLOSE:
                return self._closed_by_peer(now)
        return []

    def _data(self, frame: Frame, torn: TornFrame | None, now: float) -> list[Action]:
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
            self._parts.clear()
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return []
        payload = b"".join(self._parts)
        self._parts.clear()
        if not self._is_text:
            return [*self._log.message(None, len(payload), now)]
        try:
            text = payload.decode()
        except UnicodeDecodeError as exc:
            detail = f"text is not UTF-8 at byte {exc.start}"
            return self._fail(CloseCode.INVALID_DATA, detail, torn, now)
        return [*self._log.message(text, len(payload), now)]

    def _closed_by_peer(self, now: float) -> list[Action]:
        close = self._protocol.close_rcvd
        code = None if close is None or close.code == CloseCode.NO_STATUS_RCVD else close.code
        reason = "" if close is None else close.reason
        return self._closed(now, CloseClass.BY_PEER, reason, code=code)

    def _fail(
        self, code: CloseCode, detail: str, torn: TornFrame | None, now: float
    ) -> list[Action]:
        """Break the session off because of what the peer sent."""
        self._protocol.fail(code, detail[:100])
        return [*self._sends(), *self._breach(now, code, detail, torn)]

    def _breach(
        self, now: float, code: int | None, detail: str, torn: TornFrame | None
    ) -> list[Action]:
        proof: list[Action] = [] if torn is None else [self._log.torn(torn.proof, now)]
        return [
            *proof,
            *self._closed(now, CloseClass.PROTOCOL_ERROR, detail, code=code, is_rude=True),
        ]

    def _ping(self, token: int) -> list[Action]:
        self._protocol.send_ping(token.to_bytes(_TOKEN_BYTES, "big"))
        return self._sends()

    def _farewell(self) -> list[Action]:
        self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
        return self._sends()

    def _sends(self) -> list[Action]:
        data = b"".join(self._protocol.data_to_send())
        return [Send(self._conn, data)] if data and self._conn else []


def _new_protocol() -> Protocol:
    return Protocol(Side.CLIENT, state=State.OPEN, max_size=MAX_MESSAGE_BYTES)
