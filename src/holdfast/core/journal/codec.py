"""Journal header and events to and from JSON lines.

The first line is the header, every further line one event.

Laws:
    - Whatever this version writes, it and every later version reads back equal.
    - Kinds and words (outcomes, stream events) that a newer version has added are
      skipped and counted, never guessed.
    - A line that is no event is counted with its number; it harms no other line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import msgspec

from holdfast.core.journal.events import FORMAT, Event, Header
from holdfast.errors import UnreadableError

__all__ = [
    "READERS",
    "Cut",
    "Decoded",
    "Journal",
    "decode_header",
    "encode_event",
    "encode_header",
    "line_decoder",
]

_ENCODER: Final = msgspec.json.Encoder()
_HEADER: Final = msgspec.json.Decoder(Header)
_EVENTS: Final = msgspec.json.Decoder(Event)
_MAX_BAD: Final = 20
"""Line numbers kept of lines that are no event; the rest is only counted."""


class Cut(msgspec.Struct, frozen=True):
    """Where a journal stops being readable.

    Attributes:
        line: Last whole line, 1 for the header.
        offset_bytes: How far into the file as stored reading came.
        why: One clause for people.
    """

    line: int
    offset_bytes: int
    why: str


@dataclass(frozen=True, slots=True)
class Journal:
    """What could be read of one journal, or made of an imported run.

    Attributes:
        header: Its header.
        events: Its events, in the order of the file.
        cut: Where it is cut off; ``None`` where it is whole.
        skipped: How many events of each unknown kind were left out.
        bad_lines: Numbers of the first lines that are no event.
        bad_count: How many lines are no event.
    """

    header: Header
    events: list[Event]
    cut: Cut | None = None
    skipped: dict[str, int] = field(default_factory=dict)
    bad_lines: tuple[int, ...] = ()
    bad_count: int = 0


@dataclass(slots=True)
class Decoded:
    """Events decoded so far, with what had to be left out.

    Attributes:
        events: In order.
        lines: Lines seen, the header's included.
        skipped: Count of events by a kind that this version does not know.
        bad_lines: Numbers of the first lines that are no event.
        bad_count: How many lines are no event.
    """

    events: list[Event] = field(default_factory=list)
    lines: int = 1
    skipped: Counter[str] = field(default_factory=Counter)
    bad_lines: list[int] = field(default_factory=list)
    bad_count: int = 0

    def reject(self) -> None:
        """Count the line at hand as no event."""
        self.bad_count += 1
        if len(self.bad_lines) < _MAX_BAD:
            self.bad_lines.append(self.lines)


LineDecoder: TypeAlias = Callable[[bytes, Decoded], None]
"""Adds the events of whole lines to what was decoded so far."""


class _Kind(msgspec.Struct):
    kind: str


_KIND: Final = msgspec.json.Decoder(_Kind)


def _one(line: bytes, into: Decoded) -> None:
    """Decode one line, or say what it was."""
    into.lines += 1
    try:
        into.events.append(_EVENTS.decode(line))
    except (msgspec.DecodeError, RecursionError):
        try:
            into.skipped[_KIND.decode(line).kind[:40]] += 1
        except (msgspec.DecodeError, RecursionError):
            into.reject()


def _read_1(block: bytes, into: Decoded) -> None:
    """Decode lines of format 1; all at once while they are sound."""
    if not block.endswith(b"\n"):
        block += b"\n"
    try:
        events = _EVENTS.decode_lines(block)
    except (msgspec.DecodeError, RecursionError):
        events = []
    # An empty line is no event either; counting lines finds it.
    if events and len(events) == block.count(b"\n"):
        into.events += events
        into.lines += len(events)
        return
    for line in block[:-1].split(b"\n"):
        _one(line, into)


READERS: Final[dict[int, LineDecoder]] = {1: _read_1}
"""How to read each format ever written; a new format adds an entry, none is removed."""


def encode_header(header: Header) -> bytes:
    """Return the journal's first line."""
    # The format is written always: omitted as a default it would say nothing.
    fields = {"format": header.format, **msgspec.to_builtins(header)}
    return _ENCODER.encode(fields) + b"\n"


def encode_event(event: Event) -> bytes:
    """Return the event's line; lone surrogates in its texts become ``?``."""
    try:
        return _ENCODER.encode(event) + b"\n"
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(event), ensure_ascii=False)
        return text.encode("utf-8", "replace") + b"\n"


def decode_header(line: bytes, *, path: str) -> Header:
    """Read a journal's first line.

    Args:
        line: The line, with or without its end.
        path: Where it comes from, for the error's text.

    Raises:
        UnreadableError: If it is no header, or of a format this version does not know.
    """
    try:
        version = msgspec.json.decode(line, type=_Version).format
    except (msgspec.DecodeError, RecursionError):
        raise UnreadableError(path, "the first line is no journal header") from None
    if version not in READERS:
        raise UnreadableError(path, f"journal format {version} is not known, only 1 to {FORMAT}")
    try:
        return _HEADER.decode(line)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise UnreadableError(path, f"the journal header is damaged: {exc}") from None


class _Version(msgspec.Struct):
    format: int


def line_decoder(header: Header) -> LineDecoder:
    """Return how to read the lines after ``header``."""
    return READERS[header.format]
