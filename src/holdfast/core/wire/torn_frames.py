"""Prove from raw bytes that a WebSocket peer tore a frame.

A sender that counts on a short write to be whole sends less payload than it announced;
then its next header lies *inside* the announced payload. Nobody but the receiver can see
it, and only in the raw bytes.

Laws:
    - A header is ``81`` or ``82`` and an unmasked, minimal length. It proves a tear when
      the start of a JSON value follows it, or when it announces exactly the bytes that
      the torn frame still owed (the rest sent as a frame of its own).
    - A text that is well-formed UTF-8 is looked at only once the peer broke the protocol.
    - Byte by byte gives what all at once gives.

Source: RFC 6455 section 5.2; ESP32Async/ESPAsyncWebServer#453 (header and payload committed
apart), ESP-IDF ``httpd_ws_send_frame_async`` (a short count taken for success).
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from msgspec import Struct

__all__ = ["FrameWatch", "TornFrame", "find_header"]

_CANDIDATE: Final = re.compile(rb"[\x81\x82]")
_JSON_START: Final = re.compile(rb'\s*(?:\{\s*(?:"|\}|\Z)|\[\s*(?:["{\[\]0-9tfn-]|\Z))')
_NOT_TEXT: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LOOK_BYTES: Final = 64
"""So much after a header is read as text: chance alone does not make it."""
_EXCERPT_BYTES: Final = 32
_MAX_FRAME_BYTES: Final = 1_048_576
"""Payload kept for the proof; the stream's client refuses longer frames anyway."""
_TEXT: Final = 1
_DATA: Final = (0, 1, 2)


class TornFrame(Struct, frozen=True):
    """The proof.

    Attributes:
        announced_bytes: Payload that the torn frame's header announced.
        at_byte: Where in that payload the next header lies, from 0.
        header: The bytes of that header.
        inner_bytes: Payload that it announces.
        excerpt: What follows it, cut.
    """

    announced_bytes: int
    at_byte: int
    header: bytes
    inner_bytes: int
    excerpt: str

    @property
    def proof(self) -> str:
        """The proof as one clause."""
        return (
            f"header {self.header.hex(' ')} ({self.inner_bytes} bytes) at byte {self.at_byte} of "
            f"the {self.announced_bytes} announced, followed by {self.excerpt!r}"
        )


def find_header(
    payload: bytes | bytearray, announced_bytes: int, start: int = 0, *, is_whole: bool = False
) -> tuple[TornFrame | None, int]:
    """Look for a frame header inside a payload.

    Args:
        payload: What came of the payload so far.
        announced_bytes: How long its header says it is.
        start: Where to begin.
        is_whole: Whether no more of it will come.

    Returns:
        The proof or ``None``, and where to begin again when more of the payload came.
    """
    is_whole = is_whole or len(payload) >= announced_bytes
    for match in _CANDIDATE.finditer(payload, start):
        at = match.start()
        verdict = _look(payload, announced_bytes, at, is_whole)
        if isinstance(verdict, TornFrame):
            return verdict, at
        if verdict is None and not is_whole:
            return None, at
    return None, len(payload)


def _look(
    payload: bytes | bytearray, announced: int, at: int, is_whole: bool
) -> TornFrame | bool | None:
    """Judge one candidate; ``None`` while too little of it came."""
    head = _length(payload[at + 1 : at + 10])
    if head is None or isinstance(head, bool):
        return head
    size, body = head[0], at + 1 + head[1]
    text = bytes(payload[body : body + min(size, _LOOK_BYTES)])
    owed = announced - at
    if len(text) < min(size, _LOOK_BYTES) and not is_whole:
        return None
    if size == owed:  # the rest may begin inside a character
        is_proof = _is_text(text.lstrip(bytes(range(0x80, 0xC0))))
    else:
        is_proof = _JSON_START.match(text) is not None and _is_text(text)
    if not is_proof or len(text) < 2:
        return False
    excerpt = text[:_EXCERPT_BYTES].decode(errors="replace")
    return TornFrame(announced, at, bytes(payload[at:body]), size, excerpt)


def _length(data: bytes | bytearray) -> tuple[int, int] | bool | None:
    """Return announced length and the size of its field; ``False`` if it is none."""
    if not data:
        return None
    short = data[0]
    if short < 126:
        return (short, 1) if short else False
    if short > 127:
        return False
    width = 2 if short == 126 else 8
    if len(data) <= width:
        return None
    size = int.from_bytes(data[1 : 1 + width], "big")
    is_minimal = size > (125 if width == 2 else 65_535)
    return (size, 1 + width) if is_minimal and size <= _MAX_FRAME_BYTES else False


def _is_text(data: bytes) -> bool:
    if _NOT_TEXT.search(data):
        return False
    try:
        codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError:
        return False
    return True


class FrameWatch:
    """Follows the raw bytes of one stream of unmasked frames and looks for a tear."""

    def __init__(self) -> None:
        self._head = b""
        self._owed = 0
        self._announced = 0
        self._opcode = 0
        self._payload = bytearray()
        self._last: tuple[bytes, int] = (b"", 0)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_text = False
        self._suspect: int | None = None
        self._torn: TornFrame | None = None

    def receive(self, data: bytes) -> TornFrame | None:
        """Take bytes; return the proof of the first tear as soon as it is complete."""
        while data and self._torn is None:
            data = self._take_payload(data) if self._owed else self._take_head(data)
        return self._torn

    def after_breach(self) -> TornFrame | None:
        """Return a proof now that the peer broke the protocol, from the last payloads."""
        if self._torn is None:
            payload, announced = self._last
            self._torn = find_header(payload, announced)[0]
        if self._torn is None and self._owed:
            self._torn = find_header(self._payload, self._announced, is_whole=True)[0]
        return self._torn

    def _take_head(self, data: bytes) -> bytes:
        head = self._head + data[: 10 - len(self._head)]
        length = _length_any(head)
        if length is None:
            self._head = head  # shorter than the longest header, so all of data is in it
            return b""
        used = length[1] - len(self._head)
        self._head = b""
        self._begin(head[0], length[0])
        return data[used:]

    def _begin(self, first: int, announced: int) -> None:
        self._opcode = first & 0x0F
        self._announced = self._owed = announced
        self._payload.clear()
        self._suspect = None
        if self._opcode in _DATA[1:]:
            self._is_text = self._opcode == _TEXT
            self._decoder.reset()

    def _take_payload(self, data: bytes) -> bytes:
        piece = data[: self._owed]
        self._owed -= len(piece)
        if self._opcode in _DATA and len(self._payload) < _MAX_FRAME_BYTES:
            self._payload += piece
            self._check(piece)
            if not self._owed:
                self._last = (bytes(self._payload), self._announced)
        return data[len(piece) :]

    def _check(self, piece: bytes) -> None:
        if not self._is_text:
            return
        if self._suspect is None:
            kept = len(self._decoder.getstate()[0])
            try:
                self._decoder.decode(piece)
            except UnicodeDecodeError as exc:
                # A header of four bytes may look like text up to its last one.
                bad = len(self._payload) - len(piece) - kept + exc.start
                self._suspect = max(0, bad - 3)
                self._decoder.reset()
        if self._suspect is not None:
            self._torn, self._suspect = find_header(self._payload, self._announced, self._suspect)


def _length_any(head: bytes) -> tuple[int, int] | None:
    """Return payload length and header size of a frame; ``None`` while it is incomplete."""
    if len(head) < 2:
        return None
    short = head[1] & 0x7F
    width = {126: 2, 127: 8}.get(short, 0)
    if len(head) < 2 + width:
        return None
    return (int.from_bytes(head[2 : 2 + width], "big") if width else short), 2 + width
