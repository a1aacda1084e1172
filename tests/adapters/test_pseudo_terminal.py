"""A serial line that anyone can open."""

import errno
import os
import select

import pytest

from holdfast.adapters.pseudo_terminal import PseudoTerminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no pseudo-terminals here")


def read_all(fd):
    data = b""
    while select.select([fd], [], [], 0)[0]:
        data += os.read(fd, 65_536)
    return data


def test_a_reader_gets_the_bytes_as_they_are():
    terminal = PseudoTerminal()
    reader = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
    terminal.write("I (523) wifi:état\r\n\x03\n")
    assert read_all(reader) == "I (523) wifi:état\r\n\x03\n".encode()
    os.close(reader)
    terminal.close()


def test_without_a_reader_the_oldest_is_lost_and_nothing_blocks():
    terminal = PseudoTerminal()
    for n in range(20_000):
        terminal.write(f"line {n}\n")
    reader = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    data = read_all(reader)
    assert data.endswith(b"line 19999\n")
    assert len(data) < 65_536
    os.close(reader)
    terminal.close()


def test_a_reader_notices_the_end():
    terminal = PseudoTerminal()
    reader = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
    terminal.close()
    terminal.close()
    try:
        assert os.read(reader, 1) == b""  # Linux
    except OSError as exc:
        assert exc.errno == errno.EIO  # others
    os.close(reader)
