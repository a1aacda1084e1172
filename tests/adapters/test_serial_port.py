"""Reading a serial line, from a pseudo-terminal."""

import asyncio
import os

import pytest

from holdfast.adapters import serial_port
from holdfast.adapters.pseudo_terminal import PseudoTerminal
from holdfast.adapters.serial_port import SerialPort
from holdfast.errors import UnreachableError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no pseudo-terminals here")


def listened(play, name):
    async def main():
        got, came = bytearray(), asyncio.Event()

        def on_data(data):
            got.extend(data)
            came.set()

        async def until(end):
            async with asyncio.timeout(5):
                while not got.endswith(end):
                    came.clear()
                    await came.wait()

        port = SerialPort(name, on_data)
        try:
            await play(until)
        finally:
            port.close()
            await asyncio.to_thread(port._thread.join, 2.0)
        assert not port._thread.is_alive()
        return bytes(got)

    return asyncio.run(main())


@pytest.mark.slow
def test_bytes_arrive_on_the_loop():
    terminal = PseudoTerminal()

    async def play(until):
        terminal.write("hello\r\n")
        await until(b"hello\r\n")
        terminal.write("world\r\n")
        await until(b"world\r\n")

    assert listened(play, terminal.name) == b"hello\r\nworld\r\n"
    terminal.close()


@pytest.mark.slow
def test_a_real_port_goes_through_pyserial(tmp_path):
    """A link to a pseudo-terminal has another name, and so is a port like any other."""
    pytest.importorskip("serial")
    terminal = PseudoTerminal()
    link = tmp_path / "ttyUSB0"
    link.symlink_to(terminal.name)

    async def play(until):
        terminal.write("via pyserial\n")
        await until(b"via pyserial\n")

    assert listened(play, str(link)) == b"via pyserial\n"
    terminal.close()


@pytest.mark.slow
def test_a_port_that_is_unplugged_is_opened_again_when_it_is_back(tmp_path, caplog):
    first, second = PseudoTerminal(), PseudoTerminal()
    link = tmp_path / "ttyUSB0"
    link.symlink_to(first.name)

    async def play(until):
        first.write("one\n")
        await until(b"one\n")
        link.unlink()
        link.symlink_to(second.name)
        first.close()
        loop = asyncio.get_running_loop()

        def write():  # a port that is opened forgets what came before
            nonlocal timer
            second.write("two\n")
            timer = loop.call_later(0.1, write)

        timer = loop.call_soon(write)
        await until(b"two\n")
        timer.cancel()

    assert listened(play, str(link)).startswith(b"one\ntwo\n")
    second.close()
    assert [record.levelname for record in caplog.records][:1] == ["WARNING"]


@pytest.mark.parametrize("name", ["/dev/pts/no-such", "/dev/no-such-port", "/dev/null"])
def test_a_port_that_cannot_be_opened_is_named(name):
    async def main():
        SerialPort(name, lambda data: None)

    with pytest.raises(UnreachableError, match=rf"^{name}: "):
        asyncio.run(main())


def test_the_console_of_esp_idf_is_the_default():
    assert serial_port.BAUD == 115_200


def test_the_case_of_a_ports_name_is_kept():
    async def main():
        SerialPort("/dev/ttyNOPE@9600", lambda data: None)

    with pytest.raises(UnreachableError, match=r"^/dev/ttyNOPE@9600: no such file or directory$"):
        asyncio.run(main())


@pytest.mark.slow
def test_another_speed_is_part_of_the_name(tmp_path):
    termios = pytest.importorskip("termios")
    pytest.importorskip("serial")
    terminal = PseudoTerminal()
    link = tmp_path / "ttyUSB0"
    link.symlink_to(terminal.name)
    speeds = []

    async def play(until):
        with open(terminal.name) as line:  # noqa: ASYNC230, PTH123  # opens at once
            speeds.append(termios.tcgetattr(line)[4])
        terminal.write("quick\n")
        await until(b"quick\n")

    assert listened(play, f"{link}@230400") == b"quick\n"
    assert speeds == [termios.B230400]
    terminal.close()
