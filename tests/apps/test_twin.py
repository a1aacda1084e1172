"""A twin on real sockets: answers, truth, time."""

import asyncio
from pathlib import Path

import pytest

from holdfast.adapters.journal_file import read_journal
from holdfast.apps.twin import Listening, TwinSettings, run_twin
from holdfast.core.device.catalogue import parse_fault
from holdfast.core.journal.events import Truth
from holdfast.errors import ConfigError, OutputError, UnreachableError

pytestmark = pytest.mark.net


async def ask(where: Listening, path="/ping"):
    host, _, port = where.http.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    data = await reader.read()
    writer.close()
    await writer.wait_closed()
    return data


def run(settings, act):
    """Run a twin while ``act`` uses it; return why it ended and what ``act`` returned."""

    async def main():
        stop = asyncio.Event()
        ready: asyncio.Future[Listening] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            task = group.create_task(run_twin(settings, stop=stop, on_ready=ready.set_result))
            result = await act(await ready)
            if settings.for_s is None:
                stop.set()
        return task.result(), result

    return asyncio.run(main())


def twin(**more):
    return TwinSettings(name="dashboard", seed=1, port=0, telnet_port=more.pop("telnet", 0), **more)


def test_it_answers_and_writes_the_truth(tmp_path: Path):
    path = tmp_path / "truth.jsonl.zst"
    settings = twin(journal=path, switches={"restart_token": "sesame"})
    why, answer = run(settings, ask)
    assert why == "interrupted"
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nOK\r\n" in answer
    journal = read_journal(path)
    assert all(isinstance(event, Truth) for event in journal.events)
    told = [event for event in journal.events if event.what == "request"]
    assert [event.values["outcome"] for event in told] == ["answered"]
    assert journal.header.plan == "truth"
    assert journal.header.monotonic_s is not None
    assert journal.header.settings["set.restart_token"] == "***"
    assert b"sesame" not in path.read_bytes()


@pytest.mark.parametrize(
    ("outcome", "begins"),
    [("early_close", b""), ("not_http", b"SSH-2.0"), ("bad_status", b"HTTP/1.1 500")],
)
def test_a_fault_shows_on_the_wire(outcome, begins):
    settings = twin(faults=(parse_fault(f"outcomes:cycle={outcome}"),))
    _, answer = run(settings, ask)
    assert answer.startswith(begins)
    assert bool(answer) == bool(begins)


def test_a_reset_is_a_reset():
    settings = twin(faults=(parse_fault("outcomes:cycle=reset"),))

    async def act(where):
        with pytest.raises(ConnectionResetError):
            await ask(where)

    run(settings, act)


@pytest.mark.slow
def test_the_firmware_blocks_while_its_stream_is_open():
    async def first_line(where):
        host, _, port = where.http.removeprefix("http://").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return line

    async def act(where):
        host, _, port = where.http.removeprefix("http://").rpartition(":")
        stream, stream_writer = await asyncio.open_connection(host, int(port))
        stream_writer.write(b"GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n")
        await stream.readuntil(b"connection_id")
        ping = asyncio.create_task(first_line(where))
        done, _ = await asyncio.wait([ping], timeout=0.2)
        assert not done
        stream_writer.close()
        await stream_writer.wait_closed()
        return await asyncio.wait_for(ping, 5)

    _, line = run(twin(dialect="firmware"), act)
    assert line == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.slow
def test_telnet_serial_and_an_end():
    async def act(where):
        host, _, port = where.telnet.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        line = await reader.readline()
        writer.close()
        return line, where.serial

    why, (line, serial) = run(twin(has_serial=True, for_s=0.5), act)
    assert line == b"=== ESP32-S3 Dashboard Remote Log ===\r\n"
    assert serial.startswith("/dev/")
    assert why == "interrupted"


def test_without_telnet_there_is_no_such_port():
    async def act(where):
        return where.telnet

    settings = TwinSettings(name="dashboard", port=0, telnet_port=None)
    assert run(settings, act)[1] == ""


def test_it_serves_ipv6_too():
    try:
        _, answer = run(twin(bind="::1"), ask)
    except UnreachableError as exc:
        pytest.skip(f"no IPv6 here: {exc}")
    assert answer.startswith(b"HTTP/1.1 200 OK")


async def nobody(_where):
    return None


def test_a_journal_that_exists_is_kept(tmp_path: Path):
    path = tmp_path / "truth"
    path.write_text("mine")
    with pytest.raises(BaseExceptionGroup) as caught:
        run(twin(journal=path), nobody)
    assert caught.group_contains(OutputError)
    assert path.read_text() == "mine"


def test_a_wrong_twin_is_refused():
    async def main():
        await run_twin(
            TwinSettings(name="dashbord"), stop=asyncio.Event(), on_ready=lambda _where: None
        )

    with pytest.raises(ConfigError, match="did you mean 'dashboard'"):
        asyncio.run(main())
