"""A serial line of a twin: a pseudo-terminal that any serial program can open."""

from __future__ import annotations

import contextlib
import os

from holdfast.errors import UnreachableError

try:
    import termios
    import tty
except ImportError:  # Windows has none
    termios = tty = None  # type: ignore[assignment]

__all__ = ["PseudoTerminal"]


class PseudoTerminal:
    """The device's end of a serial line; ``name`` is what a reader opens.

    What nobody reads is lost, oldest first, as on a wire.

    Raises:
        UnreachableError: If this system has no pseudo-terminals.
    """

    def __init__(self) -> None:
        if tty is None:
            raise UnreachableError("pty", "this system has no pseudo-terminals")
        self._device, self._reader = os.openpty()
        tty.setraw(self._reader)
        os.set_blocking(self._device, False)
        self.name = os.ttyname(self._reader)

    def write(self, text: str) -> None:
        """Write text; makes room by dropping what waits to be read."""
        data = text.encode()
        while data:
            try:
                data = data[os.write(self._device, data) :]
            except BlockingIOError:
                termios.tcflush(self._reader, termios.TCIFLUSH)

    def close(self) -> None:
        """Hang up."""
        for fd in (self._device, self._reader):
            with contextlib.suppress(OSError):
                os.close(fd)
