"""The proxy as a whole: its ports, its journal, its end."""

import asyncio
import json

import aiohttp
import pytest

from holdfast.adapters.impairments import load_impairment
from holdfast.adapters.journal_file import read_journal
from holdfast.apps.proxy import ProxySettings, run_proxy
from holdfast.core.impair.impairment import NOTHING
from holdfast.core.journal.events import Truth
from holdfast.core.link.target import Target
from holdfast.errors import OutputError, UnreachableError

pytestmark = pytest.mark.net
TOKEN = "a-token-of-24-characters"


async def upper(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


def run(use, tmp_path, **changes):
    async def main():
        server = await asyncio.start_server(upper, "127.0.0.1", 0)
        settings = ProxySettings(
            **{
                "target": Target("localhost", server.sockets[0].getsockname()[1]),
                "impairment": NOTHING,
                "control_port": 0,
                "token": TOKEN,
                "journal": tmp_path / "truth",
                "seed": 7,
            }
            | changes
        )
        ready, stop = asyncio.Queue(), asyncio.Event()
        async with server, asyncio.timeout(10.0), asyncio.TaskGroup() as group:
            task = group.create_task(run_proxy(settings, stop=stop, on_ready=ready.put_nowait))
            await use(await ready.get())
            if settings.for_s is None:
                stop.set()
            await task

    asyncio.run(main())


async def ask(where, line):
    host, _, port = where.data.removeprefix("tcp://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(line)
    got = await reader.read()
    writer.close()
    return got


def test_what_it_did_is_in_its_journal(tmp_path):
    async def use(where):
        assert await ask(where, b"hello\n") == b"HELLO\n"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            async with client.put(
                f"{where.control}/impairment", json={"name": "loss-10"}
            ) as answer:
                assert (await answer.json())["impairment"]["loss"][0]["probability"] == 0.1
            async with client.get(f"{where.control}/state") as answer:
                state = await answer.json()
        assert (state["seed"], state["connections"], state["bytes_up"]) == (7, 1, 6)
        assert state["happened"]["switched"] == 1

    run(use, tmp_path)
    journal = read_journal(tmp_path / "truth")
    assert all(isinstance(event, Truth) for event in journal.events)
    whats = [event.what for event in journal.events]
    assert whats[:2] == ["opened", "closed"]
    assert "switched" in whats
    assert journal.events[1].values == {"conn": 1.0, "bytes_up": 6.0, "bytes_down": 6.0}
    assert journal.header.plan == "truth"
    assert json.loads(journal.header.settings["impairment"])["title"] == "no impairment"
    assert TOKEN not in str(journal.header)


@pytest.mark.slow
def test_equal_seeds_lose_the_same(tmp_path):
    lost = []
    for name in ("one", "two"):

        async def use(where):
            assert await ask(where, b"hello " * 1_500 + b"\n")

        run(use, tmp_path, impairment=load_impairment("wifi-far"), journal=tmp_path / name)
        events = read_journal(tmp_path / name).events
        lost.append([e.values["by"] for e in events if e.what == "lost"])
    assert lost[0] == lost[1]


@pytest.mark.slow
def test_its_time_ends_it_with_open_connections(tmp_path):
    async def use(where):
        host, _, port = where.data.removeprefix("tcp://").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        writer.close()

    run(use, tmp_path, for_s=0.3)


def test_a_name_that_nobody_knows_is_one_line(tmp_path):
    with pytest.raises(ExceptionGroup) as caught:
        run(None, tmp_path, target=Target("no-such-host.invalid", 80))
    (error,) = caught.value.exceptions
    assert isinstance(error, UnreachableError)
    assert str(error) == "no-such-host.invalid:80: name not resolved"


def test_a_journal_that_exists_is_not_overwritten(tmp_path):
    (tmp_path / "truth").write_text("mine")
    with pytest.raises(ExceptionGroup) as caught:
        run(None, tmp_path)
    assert isinstance(caught.value.exceptions[0], OutputError)
    assert (tmp_path / "truth").read_text() == "mine"


def test_no_secret_is_in_its_words():
    settings = ProxySettings(target=Target("x", 1), impairment=NOTHING, token=TOKEN)
    assert TOKEN not in repr(settings)
