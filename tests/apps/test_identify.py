"""``--profile auto``: six harmless questions, a fixed order, a reason."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.profiles import load_profile, shipped_profiles
from holdfast.apps.identify import (
    MAX_REQUESTS,
    Answer,
    Identified,
    fits,
    http_fetch,
    identify,
    questions,
)
from holdfast.core.profile import Endpoint, Fingerprint, Profile
from holdfast.errors import LinkTimeoutError, UnreachableError

PROFILES = [load_profile(name) for name in shipped_profiles()]

# What each kind of device answers, by its documentation; shortened to what matters.
DEVICES = {
    "esp32-s3-dashboard": {
        "/health": {"free_heap": 7805208, "issues": [], "reset_code": 11, "status": "healthy",
                    "reset_reason": "Power-on", "uptime_seconds": 5, "version": "v6.25"},
        "/": "<html>dashboard</html>",
    },
    "esphome": {"/": "<!doctype html><script src=/0.js></script><esp-app></esp-app>"},
    "room-controller": {
        "/": "<html>room</html>",
        "/poll": {"led": 0, "relay": 1, "on": 0, "brightness": 128, "mode": "solid",
                  "r": 255, "g": 255, "b": 255},
    },
    "shelly": {
        "/": "<html>Shelly</html>",
        "/shelly": {"name": None, "id": "shellyplus1-a8032abe54dc", "mac": "A8032ABE54DC",
                    "model": "SNSW-001X16EU", "gen": 2, "ver": "1.0.8", "app": "Plus1",
                    "auth_en": True},
    },
    "tasmota": {"/": "<title>Plug - Main Menu</title> Tasmota 14.2.0 by Theo Arends"},
    "tinybms-bridge": {
        "/": "<html>TinyBMS</html>",
        "/api/status": {"live_data": {"voltage": 52.1}, "stats": {}, "uptime_ms": 86400000},
    },
    "voice-pin": {
        "/": {"service": "voice", "version": "1.0.0", "status": "running",
              "websocket_endpoint": "/ws", "protocol": {"handshake": "", "end_of_speech": ""}},
        "/health": {"status": "healthy", "vosk_model_loaded": True, "active_sessions": 0},
    },
    "wled": {
        "/": "<html>WLED</html>",
        "/json/info": {"ver": "0.15.0", "vid": 2412100, "leds": {"count": 30},
                       "freeheap": 180000, "wifi": {"rssi": -60}, "uptime": 12},
    },
}  # fmt: skip
NO_TWINS = {
    "a Shelly of the first generation": {
        "/shelly": {"type": "SHSW-1", "mac": "X", "auth": False, "fw": "20191127"}
    },
    "a web server that answers everything alike": dict.fromkeys(
        ["/", "/health", "/poll", "/shelly", "/api/status", "/json/info"], "<html>ok</html>"
    ),
    "a health page of something else": {"/health": {"status": "ok", "uptime_seconds": 3}},
}


def device(pages, asked):
    async def fetch(path):
        asked.append(path)
        if path not in pages:
            return Answer(status=404, body=b"Not found")
        page = pages[path]
        body = page if isinstance(page, str) else json.dumps(page)
        return Answer(status=200, body=body.encode())

    return fetch


def found(fetch):
    return asyncio.run(identify(fetch, PROFILES))


def test_six_questions_are_enough_for_all_shipped_profiles():
    assert questions(PROFILES) == [
        "/health",
        "/",
        "/poll",
        "/shelly",
        "/api/status",
        "/json/info",
    ]
    assert len(questions(PROFILES)) == MAX_REQUESTS


@pytest.mark.parametrize("name", sorted(DEVICES))
def test_each_device_is_known_by_its_answers(name):
    asked = []
    result = found(device(DEVICES[name], asked))
    assert result.name == name
    assert result.asked == tuple(asked)
    assert len(asked) <= MAX_REQUESTS
    assert result.why.startswith(f"GET {asked[-1]} has ")


def test_the_reason_names_what_decided():
    asked = []
    assert found(device(DEVICES["shelly"], asked)) == Identified(
        name="shelly",
        why="GET /shelly has id, gen, app, ver",
        asked=("/health", "/", "/poll", "/shelly"),
    )


@pytest.mark.parametrize("name", sorted(NO_TWINS))
def test_near_misses_stay_generic(name):
    asked = []
    result = found(device(NO_TWINS[name], asked))
    assert result.name == "generic"
    assert result.why == (
        "no fingerprint fits the answers to /health, /, /poll, /shelly, /api/status, /json/info"
    )
    assert len(asked) == len(set(asked)) == MAX_REQUESTS


@pytest.mark.parametrize(
    "error", [UnreachableError("x:80", "refused"), LinkTimeoutError("x:80", "no answer in 4 s")]
)
def test_a_silent_device_is_left_alone_after_two_requests(error):
    asked = []

    async def fetch(path):
        asked.append(path)
        raise error

    result = found(fetch)
    assert (result.name, asked) == ("generic", ["/health", "/"])
    assert result.why == "nothing answered GET /health nor /"


def test_one_lost_answer_does_not_end_the_search():
    asked = []
    answers = device(DEVICES["tasmota"], asked)

    async def fetch(path):
        if path == "/health":
            raise LinkTimeoutError("x:80", "lost")
        return await answers(path)

    assert found(fetch).name == "tasmota"


def test_more_profiles_never_cost_more_requests():
    many = [
        Profile(
            name=f"p{i}",
            title="",
            ping=Endpoint(path="/"),
            fingerprint=(Fingerprint(path=f"/{i}", body_has="x"),),
        )
        for i in range(20)
    ]
    asked = []
    asyncio.run(identify(device({}, asked), many))
    assert len(asked) == MAX_REQUESTS


@pytest.mark.parametrize(
    ("fingerprint", "answer", "why"),
    [
        (Fingerprint(path="/", header_has="server: esp"),
         Answer(status=200, head="http/1.1 200 ok\r\nserver: esp32"),
         "GET / has header 'server: esp'"),
        (Fingerprint(path="/", header_has="server: esp"), Answer(status=200, head="x"), ""),
        (Fingerprint(path="/", body_has="x", json_has=("a.b",)),
         Answer(status=200, body=b'{"a":{"b":"x"}}'), "GET / has a.b and 'x'"),
        (Fingerprint(path="/", body_has="x", json_has=("a.b",)),
         Answer(status=200, body=b'{"a":{"b":"y"}}'), ""),
        (Fingerprint(path="/", json_has=("a",)), Answer(status=401, body=b'{"a":1}'), ""),
        (Fingerprint(path="/", json_has=("a",)), Answer(status=200, body=b'["a"]'), ""),
        (Fingerprint(path="/"), Answer(status=200, body=b"anything"), ""),
        (Fingerprint(path="/", json_has=("a",)), Answer(status=200, body=b"[" * 100_000), ""),
    ],
)  # fmt: skip
def test_a_fingerprint_holds_only_as_a_whole(fingerprint, answer, why):
    assert fits(fingerprint, answer) == why


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_body_breaks_a_fingerprint(body, status):
    for profile in PROFILES:
        for fingerprint in profile.fingerprint:
            assert isinstance(fits(fingerprint, Answer(status=status, body=body)), str)


@pytest.mark.net
def test_a_real_server_is_asked_and_known():
    asked = []

    async def serve(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).split()[1].decode())
        body = DEVICES["esphome"]["/"].encode() if asked[-1] == "/" else b""
        status = b"200 OK" if body else b"404 Not Found"
        length = str(len(body)).encode()
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: " + length + b"\r\n\r\n" + body)
        writer.close()

    async def run():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await identify(http_fetch("127.0.0.1", port), PROFILES)

    result = asyncio.run(run())
    assert (result.name, result.asked) == ("esphome", ("/health", "/"))
    assert asked == ["/health", "/"]
