"""The live control does what it is asked by its owner, and nothing for anybody else."""

import asyncio
import json
import socket

import aiohttp
import pytest

from holdfast.adapters.proxy_control import MAX_BODY_BYTES, ProxyControl
from holdfast.core.impair.impairment import NOTHING, Impairment
from holdfast.core.impair.loss import Loss
from holdfast.errors import UnreachableError

pytestmark = pytest.mark.net

TOKEN = "a-token-of-24-characters"
JSON = "application/json"


class World:
    def __init__(self):
        self.switched = []
        self.control = ProxyControl(
            token=TOKEN, state=lambda: {"open": 3}, switch=self.switched.append
        )

    async def ask(self, method, path, body=None, *, drop=(), **headers):
        given = {
            "Authorization": f"Bearer {TOKEN}",
            "Content-Type": JSON,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        for name in drop:
            del given[name]
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.client.request(
            method, self.url + path, data=None if body is None else data, headers=given,
            skip_auto_headers=["Content-Type"],
        ) as answer:  # fmt: skip
            self.headers = answer.headers
            return answer.status, await answer.json()


def run(test):
    async def main():
        world = World()
        async with asyncio.timeout(10.0):
            world.url = await world.control.listen(0)
            world.port = int(world.url.rpartition(":")[2])
            try:
                async with aiohttp.ClientSession() as world.client:
                    await test(world)
            finally:
                await world.control.close()

    asyncio.run(main())


def test_it_listens_on_loopback_and_shows_the_state():
    async def test(world):
        assert world.url.startswith("http://127.0.0.1:")
        assert await world.ask("GET", "/state") == (200, {"open": 3})
        assert world.headers["Cache-Control"] == "no-store"
        assert not [name for name in world.headers if name.startswith("Access-Control")]

    run(test)


def test_a_named_impairment_one_in_full_and_none_again():
    async def test(world):
        assert (await world.ask("PUT", "/impairment", {"name": "loss-10"}))[0] == 200
        table = {"title": "mine", "loss": [{"probability": 0.5}]}
        assert (await world.ask("PUT", "/impairment", {"impairment": table}))[0] == 200
        assert (await world.ask("POST", "/reset-all"))[0] == 200
        first, second, third = world.switched
        assert first.loss == (Loss(probability=0.1),)
        assert second == Impairment(title="mine", loss=(Loss(probability=0.5),))
        assert third is NOTHING

    run(test)


WRONG = [
    ("no token", 401, {"drop": ("Authorization",)}),
    ("another token", 401, {"Authorization": f"Bearer {TOKEN}x"}),
    ("no scheme", 401, {"Authorization": TOKEN}),
    ("a token of signs", 401, {"Authorization": "Bearer ü"}),
    ("another host", 421, {"Host": "evil.example"}),
    ("a rebound name", 421, {"Host": "evil.example:{port}"}),
    ("no port", 421, {"Host": "127.0.0.1"}),
    ("another origin", 403, {"Origin": "http://evil.example"}),
    ("another port's page", 403, {"Origin": "http://127.0.0.1:1"}),
    ("a file's page", 403, {"Origin": "null"}),
    ("https of ours", 403, {"Origin": "https://127.0.0.1:{port}"}),
    ("another site", 403, {"Sec_Fetch_Site": "cross-site"}),
    ("a site beside ours", 403, {"Sec_Fetch_Site": "same-site"}),
    ("no content type", 415, {"drop": ("Content-Type",)}),
    ("a form", 415, {"Content_Type": "text/plain"}),
]


@pytest.mark.parametrize(("status", "change"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_nobody_else_changes_anything(status, change):
    async def test(world):
        headers = {
            name: value.replace("{port}", str(world.port)) if isinstance(value, str) else value
            for name, value in change.items()
        }
        for method, path, body in (
            ("PUT", "/impairment", {"name": "loss-10"}),
            ("POST", "/reset-all", {}),
        ):
            got, answer = await world.ask(method, path, body, **headers)
            assert got == status
            assert set(answer) == {"error"}
            assert TOKEN not in answer["error"]
        assert world.switched == []

    run(test)


@pytest.mark.parametrize("host", ["localhost:{port}", "[::1]:{port}", "127.0.0.1:{port}"])
def test_our_own_page_may(host):
    async def test(world):
        name = host.replace("{port}", str(world.port))
        headers = {"Host": name, "Origin": f"http://{name}", "Sec_Fetch_Site": "same-origin"}
        assert (await world.ask("POST", "/reset-all", {}, **headers))[0] == 200
        assert world.switched == [NOTHING]

    run(test)


def test_the_state_needs_the_token_and_the_host_too():
    async def test(world):
        assert (await world.ask("GET", "/state", drop=("Authorization",)))[0] == 401
        assert (await world.ask("GET", "/state", Host="evil.example"))[0] == 421

    run(test)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "body must be JSON"),
        (b"\xff", 400, "body must be JSON"),
        (b"[" * 5_000, 400, "body must be JSON"),
        ([], 422, "body: must be"),
        ({}, 422, "body: must be"),
        ({"name": "loss-10", "more": 1}, 422, "body: must be"),
        ({"name": "loss-1"}, 422, "did you mean 'loss-10'"),
        ({"name": "../../secret.toml"}, 422, "no impairment is called"),
        ({"impairment": {"los": []}}, 422, "did you mean 'loss'"),
        ({"impairment": {"loss": [{"probability": 2}]}}, 422, "within 0 to 1"),
        (b'"' + b"x" * MAX_BODY_BYTES + b'"', 413, "request entity too large"),
    ],
)
def test_a_wrong_body_is_refused_in_words(body, status, message):
    async def test(world):
        got, answer = await world.ask("PUT", "/impairment", body)
        assert got == status
        assert message in answer["error"]
        assert world.switched == []

    run(test)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("DELETE", "/impairment", 405), ("OPTIONS", "/impairment", 405)],
)
def test_there_is_nothing_else(method, path, status):
    async def test(world):
        assert (await world.ask(method, path))[0] == status

    run(test)


def test_a_browser_that_asks_first_gets_no_leave():
    async def test(world):
        got, _ = await world.ask(
            "OPTIONS", "/impairment", drop=("Authorization",), Origin="http://evil.example",
            Access_Control_Request_Method="PUT",
        )  # fmt: skip
        assert got == 401
        assert not [name for name in world.headers if name.startswith("Access-Control")]

    run(test)


def test_a_port_that_is_taken_is_said_so():
    async def main():
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(UnreachableError, match=f"127.0.0.1:{port}: cannot listen"):
                await World().control.listen(port)

    asyncio.run(main())
