"""Reads a serial port in a thread of its own; survives unplugging.

A pseudo-terminal is opened as a file, any other port through pyserial. Both are opened
without touching DTR and RTS: on most boards these lines reset the device.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import threading
from collections.abc import Callable
from typing import Any, Protocol

from holdfast.errors import MissingExtraError, UnreachableError

try:
    import serial as pyserial
except ImportError:
    pyserial = None

try:
    import tty
except ImportError:  # Windows has none
    tty = None  # type: ignore[assignment]

__all__ = ["BAUD", "SerialPort"]

_LOGGER = logging.getLogger(__name__)

BAUD = 115_200
"""What ESP-IDF's console uses."""

_WAIT_S = 0.2  # longest time a thread outlives its port
_AGAIN_S = 1.0  # between tries to open a port that was unplugged
_READ_BYTES = 4096


class _Source(Protocol):
    def read(self) -> bytes:
        """Return what came within 0.2 s; raise OSError when the port is gone."""
        ...

    def close(self) -> None: ...


class _Terminal:
    def __init__(self, name: str) -> None:
        self._fd = os.open(name, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        if tty is not None:
            tty.setraw(self._fd)

    def read(self) -> bytes:
        if not select.select([self._fd], [], [], _WAIT_S)[0]:
            return b""
        data = os.read(self._fd, _READ_BYTES)
        if not data:
            raise OSError("hung up")
        return data

    def close(self) -> None:
        os.close(self._fd)


class _Wire:
    def __init__(self, name: str) -> None:
        if pyserial is None:
            raise MissingExtraError("serial", f"reading the serial port {name}")
        path, at, rate = name.rpartition("@")
        named = bool(at) and rate.isascii() and rate.isdigit() and len(rate) < 9
        baud = int(rate) if named else BAUD
        self._port: Any = pyserial.Serial(timeout=_WAIT_S, baudrate=baud)
        self._port.dtr = self._port.rts = False
        self._port.port = path if named else name
        self._port.open()

    def read(self) -> bytes:
        data: bytes = self._port.read(max(1, min(_READ_BYTES, self._port.in_waiting)))
        return data

    def close(self) -> None:
        self._port.close()


def _open(name: str) -> _Source:
    return _Terminal(name) if name.startswith("/dev/pts/") else _Wire(name)


class SerialPort:
    """One serial port that is read until it is closed.

    Args:
        name: The port, e.g. ``"/dev/ttyUSB0"`` or ``"COM3"``; ``"COM3@921600"`` where
            it does not run at 115200 baud.
        on_data: Takes bytes, on the loop.

    Raises:
        UnreachableError: If it cannot be opened at first.
        MissingExtraError: If it needs pyserial and that is not installed.
    """

    def __init__(self, name: str, on_data: Callable[[bytes], None]) -> None:
        self._name = name
        self._on_data = on_data
        self._loop = asyncio.get_running_loop()
        self._closed = threading.Event()
        try:
            source = _open(name)
        except (OSError, ValueError) as exc:  # pyserial's own error is an OSError
            raise UnreachableError(name, _clause(exc)) from exc
        self._thread = threading.Thread(target=self._run, args=(source,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading; the thread ends by itself within 0.2 s."""
        self._closed.set()

    def _run(self, source: _Source | None) -> None:
        while not self._closed.is_set():
            if source is None:
                source = self._open_again()
                continue
            try:
                data = source.read()
            except (OSError, TypeError, ValueError) as exc:  # pyserial, when unplugged
                _LOGGER.warning("serial port %s is gone: %s", self._name, _clause(exc))
                _close(source)
                source = None
            else:
                self._bring(data)
        _close(source)

    def _open_again(self) -> _Source | None:
        self._closed.wait(_AGAIN_S)
        try:
            source = _open(self._name)
        except (OSError, ValueError):
            return None
        _LOGGER.info("serial port %s is back", self._name)
        return source

    def _bring(self, data: bytes) -> None:
        if data:
            with contextlib.suppress(RuntimeError):  # the loop ended meanwhile
                self._loop.call_soon_threadsafe(self._hand_over, data)

    def _hand_over(self, data: bytes) -> None:
        if not self._closed.is_set():
            self._on_data(data)


def _close(source: _Source | None) -> None:
    if source is not None:
        with contextlib.suppress(OSError):
            source.close()


def _clause(exc: Exception) -> str:
    number = getattr(exc, "errno", None)
    return os.strerror(number).lower() if number else str(exc)
