"""Journal files: written so that a killed process loses at most one second, read whole or cut.

A file is a row of Zstandard frames, each a whole number of lines: a reader of a file
that was cut anywhere finds every frame before the cut.

Laws:
    - An event is in the kernel's hands at most ``BLOCK_S`` after ``append``, whether
      or not another event follows: ``kill -9`` loses no more. A power cut may: the disk
      is not synced, for a flash card's sake.
    - Reading is bounded in memory, whatever the file claims: by line, and in total.
    - A full disk raises ``OutputError``; what was written stays readable.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Protocol, Self

import msgspec
import zstandard

from holdfast.adapters.later_calls import LaterCalls
from holdfast.core.journal.codec import (
    Cut,
    Decoded,
    Journal,
    LineDecoder,
    decode_header,
    encode_event,
    encode_header,
    line_decoder,
)
from holdfast.core.journal.events import Event, Header
from holdfast.errors import OutputError, UnreadableError

__all__ = [
    "BLOCK_BYTES",
    "BLOCK_S",
    "MAX_EVENTS",
    "MAX_LINE_BYTES",
    "MAX_TOTAL_BYTES",
    "Journal",
    "JournalWriter",
    "read_journal",
]

BLOCK_S: Final = 1.0
"""Longest time an event waits in memory; the design's promise to ``kill -9``."""

BLOCK_BYTES: Final = 256_000
"""A block of so many bytes of lines is written at once."""

MAX_LINE_BYTES: Final = 1_000_000
"""A longer line is dropped and counted; our own stay below 300 kB (a whole health body)."""

MAX_TOTAL_BYTES: Final = 1 << 30
"""Reading stops after so many bytes of lines: about 60 days of 5 s ticks and 1 Hz streams."""

MAX_EVENTS: Final = 5_000_000
"""Nor are more events kept: they take about 1 GB of memory."""

_MAX_WASTE: Final = 100_000
"""A file with more lines that are no known event is no journal; each costs time to look at."""

_LATER: Final = LaterCalls(BLOCK_S, "journal")

_CHUNK_BYTES: Final = 1 << 20
_MAGIC: Final = b"\x28\xb5\x2f\xfd"  # RFC 8878, 3.1.1: Zstandard frames begin with it
_LEVEL: Final = 3  # zstd's default; higher levels gain 3 % on blocks of one second


class JournalWriter:
    """Appends events to a new journal file.

    A thread ends a block whose second is over when no event follows; all journals of a
    process share it.

    Args:
        path: File to create; its name decides nothing.
        header: First line.
        clock: Monotonic seconds; only differences count.

    Raises:
        OutputError: If the file exists or cannot be written.
    """

    def __init__(
        self, path: Path, header: Header, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self._clock = clock
        self._seq = 0
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self._lines: list[bytes] = [encode_header(header)]
        self._size_bytes = 0
        self._since_s = clock()
        self._failure: OSError | None = None
        self._closing = False
        self._blocks = 0
        self._lock = threading.Lock()
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as exc:
            raise OutputError(str(path), _reason(exc)) from exc
        with self._lock:
            self._end_block()
        self._check()

    def append(self, event: Event) -> Event:
        """Number the event and keep it; return it as numbered.

        Raises:
            OutputError: If the journal cannot be written any more.
        """
        with self._lock:
            self._check()
            self._seq += 1
            event = msgspec.structs.replace(event, seq=self._seq)
            line = encode_event(event)
            if not self._lines:
                self._since_s = self._clock()
                _LATER.add(partial(self._end_in_time, self._blocks))
            self._lines.append(line)
            self._size_bytes += len(line)
            if self._size_bytes >= BLOCK_BYTES or self._clock() - self._since_s >= BLOCK_S:
                self._end_block()
                self._check()
        return event

    def close(self) -> None:
        """Write what is left and close the file; closing twice is harmless.

        Raises:
            OutputError: If the last block could not be written.
        """
        with self._lock:
            if self._closing:
                return
            self._closing = True
            self._end_block()
            self._file.close()
        self._check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _check(self) -> None:
        if self._failure is not None:
            raise OutputError(str(self.path), _reason(self._failure)) from self._failure

    def _end_block(self) -> None:
        """Write the lines at hand as one frame; a failure is kept for the next caller."""
        if not self._lines or self._failure is not None:
            return
        self._blocks += 1
        frame = memoryview(self._compressor.compress(b"".join(self._lines)))
        self._lines = []
        self._size_bytes = 0
        try:
            while frame:
                frame = frame[self._file.write(frame) :]
        except OSError as exc:
            self._failure = exc

    def _end_in_time(self, block: int) -> None:
        """End block number ``block`` if it is still open: its second is over."""
        with self._lock:
            if block == self._blocks and not self._closing:
                self._end_block()


def _reason(exc: OSError) -> str:
    return (exc.strerror or str(exc)).lower()


class _Chunks(Protocol):
    """Where decompressed bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; none at the end."""
        ...


class _Lines:
    """Gathers decompressed bytes into whole lines and decodes them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header: Header | None = None
        self.decoded = Decoded()
        self.total_bytes = 0
        self._decode: LineDecoder | None = None
        self._rest = b""
        self._is_too_long = False

    def feed(self, data: bytes) -> None:
        self.total_bytes += len(data)
        whole, newline, rest = data.rpartition(b"\n")
        if not newline:
            self._keep(data)
            return
        block = self._rest + whole + newline
        self._rest = b""
        if self._is_too_long:
            # The end of a line whose beginning was dropped already.
            _, _, block = block.partition(b"\n")
            self._is_too_long = False
        self._block(block)
        self._keep(rest)

    def _keep(self, data: bytes) -> None:
        if self._is_too_long:
            return
        self._rest += data
        if len(self._rest) > MAX_LINE_BYTES:
            if self.header is None:
                raise UnreadableError(str(self.path), "the first line is no journal header")
            self._rest = b""
            self._is_too_long = True
            self.decoded.lines += 1
            self.decoded.reject()

    def _block(self, block: bytes) -> None:
        if self._decode is None and block:
            first, _, block = block.partition(b"\n")
            self.header = decode_header(first, path=str(self.path))
            self._decode = line_decoder(self.header)
        if self._decode is not None and block:
            self._decode(block, self.decoded)

    def finish(self) -> str:
        """Take a last line without its end; return why it is none, or ``""``."""
        rest, self._rest = self._rest, b""
        if self._is_too_long:
            return "the file ends inside a line"
        if not rest:
            return ""
        if self._decode is None:
            self._block(rest + b"\n")
            return ""
        last = Decoded()
        self._decode(rest, last)
        if not last.events:
            return "the file ends inside a line"
        self.decoded.events += last.events
        self.decoded.lines += 1
        return ""

    @property
    def excess(self) -> str:
        """Why nothing more should be read, or ``""``."""
        decoded = self.decoded
        if self.total_bytes > MAX_TOTAL_BYTES:
            return f"more than {MAX_TOTAL_BYTES} bytes of lines"
        if len(decoded.events) > MAX_EVENTS:
            return f"more than {MAX_EVENTS} events"
        if decoded.bad_count + decoded.skipped.total() > _MAX_WASTE:
            return f"more than {_MAX_WASTE} lines that are no known event"
        return ""


def _drain(source: _Chunks, lines: _Lines, size: int) -> str:
    """Feed everything from ``source``; return why it stopped before its end, or ``""``."""
    while data := source.read(size):
        lines.feed(data)
        if excess := lines.excess:
            return excess
    return ""


def _open_frames(file: BinaryIO) -> zstandard.ZstdDecompressionReader:
    # 8 MiB window: what RFC 8878 asks every decoder to support; ours need 256 kB.
    frames = zstandard.ZstdDecompressor(max_window_size=1 << 23)
    return frames.stream_reader(file, read_across_frames=True, closefd=False)


def _read_frames(file: BinaryIO, lines: _Lines) -> str:
    """Decompress all frames; return why reading stopped early, or ``""``."""
    try:
        return _drain(_open_frames(file), lines, _CHUNK_BYTES)
    except zstandard.ZstdError:
        # A failing read loses what it had decompressed of its chunk already: go there
        # again in steps of one byte, at most one chunk of them.
        file.seek(0)
        frames = _open_frames(file)
        left = lines.total_bytes
        try:
            while left and (data := frames.read(min(left, _CHUNK_BYTES))):
                left -= len(data)
            return _drain(frames, lines, 1)
        except zstandard.ZstdError:
            return "the compressed data is damaged"


def _is_whole(file: BinaryIO, size_bytes: int) -> bool:
    """Return whether the file ends where a frame ends."""
    file.seek(max(0, size_bytes - BLOCK_BYTES - MAX_LINE_BYTES))
    tail = file.read()
    at = tail.rfind(_MAGIC)
    while at >= 0:
        if _frame_end(tail, at) == len(tail):
            return True
        at = tail.rfind(_MAGIC, 0, at)
    return False


def _frame_end(data: bytes, at: int) -> int:
    """Return where the frame at ``at`` ends, by RFC 8878, 3.1.1; -1 if it is cut."""
    try:
        descriptor = data[at + 4]
    except IndexError:
        return -1
    is_single = descriptor >> 5 & 1
    size_field = (is_single, 2, 4, 8)[descriptor >> 6]
    at += 5 + (not is_single) + (0, 1, 2, 4)[descriptor & 3] + size_field
    while at + 3 <= len(data):
        block = int.from_bytes(data[at : at + 3], "little")
        is_run = block >> 1 & 3 == 1
        at += 3 + (1 if is_run else block >> 3)
        if block & 1:
            return at + 4 * (descriptor >> 2 & 1)
    return -1


def read_journal(path: Path) -> Journal:
    """Read a journal, compressed or plain, whole or cut off anywhere.

    Raises:
        UnreadableError: If there is no such file, no header in it, or a header of a
            format this version does not know.
    """
    lines = _Lines(path)
    try:
        with path.open("rb") as file:
            size_bytes = file.seek(0, io.SEEK_END)
            file.seek(0)
            is_packed = file.read(4) == _MAGIC
            file.seek(0)
            if is_packed:
                why = _read_frames(file, lines)
                stop_bytes = file.tell()
                if not why and not _is_whole(file, size_bytes):
                    why = "the file ends inside a block"
            else:
                why = _drain(file, lines, _CHUNK_BYTES)
                stop_bytes = file.tell()
    except OSError as exc:
        raise UnreadableError(str(path), _reason(exc)) from exc
    why = why or lines.finish()
    if lines.header is None:
        raise UnreadableError(str(path), "no journal header in it")
    decoded = lines.decoded
    return Journal(
        header=lines.header,
        events=decoded.events,
        cut=Cut(decoded.lines, stop_bytes, why) if why else None,
        skipped=dict(decoded.skipped),
        bad_lines=tuple(decoded.bad_lines),
        bad_count=decoded.bad_count,
    )
