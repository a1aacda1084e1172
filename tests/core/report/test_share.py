"""A shared run holds nothing real, the same thing is called the same, sharing twice is once."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.core.journal.events import (
    Header,
    LogLine,
    Note,
    Outcome,
    Probe,
    Sample,
    Stream,
    StreamWhat,
)
from holdfast.core.report.share import Pseudonyms, share_run

SALT = "salt of a test"


def shared(text):
    return Pseudonyms(SALT).text(text)


@pytest.mark.parametrize(
    ("text", "real", "kind"),
    [
        ("connect to 192.0.2.7 failed", "192.0.2.7", "ip"),
        ("connect to 192.0.2.7.", "192.0.2.7", "ip"),
        ("addr:192.0.2.7:80", "192.0.2.7", "ip"),
        ("addr:fe80::1%wlan0 up", "fe80::1", "ip"),
        ("[2001:db8::17]:80", "2001:db8::17", "ip"),
        ("at ::ffff:192.0.2.7", "192.0.2.7", "ip"),
        ("bssid = 24:0a:c4:12:34:56", "24:0a:c4:12:34:56", "mac"),
        ("mac:24-0A-C4-12-34-56", "24-0A-C4-12-34-56", "mac"),
        ("240a.c412.3456", "240a.c412.3456", "mac"),
        ("esp32-240ac4123456.", "240ac4123456", "mac"),
        ("SSID:My Home Net password:***", "My Home Net", "ssid"),
        ('{"wifi_ssid":"My Home Net","n":1}', "My Home Net", "ssid"),
        (r'"{\"ssid\": \"My Home Net\"}"', "My Home Net", "ssid"),
        ("wifi:connected with My Home Net, aid = 14, channel 6", "My Home Net", "ssid"),
        ("WIFI:T:WPA;S:My Home Net;P:***;;", "My Home Net", "ssid"),
        ("http://board.example.org:80/x", "board.example.org", "host"),
        ("ws://kitchen/ws", "kitchen", "host"),
        ("resolving kitchen-pc.local", "kitchen-pc", "host"),
        ("mailto ann.lee@example.org", "ann.lee", "user"),
        ("--out /home/annlee/logs", "annlee", "user"),
        (r"File C:\Users\annlee\x.py", "annlee", "user"),
        ('{"session_id": "esp32-cam-hot"}', "esp32-cam-hot", "session"),
        ("Session initialized: esp32-cam-hot", "esp32-cam-hot", "session"),
        ("for session hot-7Ce4-1 end", "hot-7Ce4-1", "session"),
        ("id 123E4567-e89b-12d3-a456-426614174000", "e89b-12d3", "session"),
        ("session_id=bob", "bob", "session"),
        ('Transcript: "what is your name"', "your name", "said"),
        ('Transcription [esp32]: "what is your name"', "your name", "said"),
        ("User said: what is your name", "your name", "said"),
        ('{"stage": "tts", "response": "I am \\"Ann\\", yes"}', "Ann", "said"),
        (r"{\"transcript\": \"what is it\", \"n\": 1}", "what is it", "said"),
    ],
)
def test_every_known_form(text, real, kind):
    once = shared(text)
    assert real not in once
    assert re.search(rf"{kind}-[0-9a-f]{{14}}", once)
    assert shared(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:8080",
        "http://localhost/x",
        "[::1]",
        "12:30:01 wifi:state: run -> init (0x6374c0)",
        "E (1234) transport_ws: Error transport_poll_write",
        "server.py:12 main.c std::string a.b",
        "Server stage: transcription",
        "Pipeline stage changed: idle -> transcription",
        "Session cleaned up",
        "connection_id: 12",
        "Connection: close",
        "0x3ffb0000 free_heap 7875996",
        "rssi: -50, channel 6",
    ],
)
def test_what_names_nobody_stays(text):
    assert shared(text) == text


HEADER = Header(
    target="kitchen.local:80",
    argv=("holdfast", "diagnose", "kitchen.local", "--out", "/home/annlee/x"),
    settings={"control": "192.0.2.1"},
)
EVENTS = [
    Probe(
        at_s=0.0,
        seq=1,
        link="kitchen.local:80",
        method="http",
        target="ping",
        outcome=Outcome.OK,
        total_s=0.1,
        detail="kitchen.local is 192.0.2.7",
    ),
    LogLine(at_s=1.0, seq=2, origin="serial", text="I (1) wifi:connected with Annes Netz, aid = 1"),
    LogLine(at_s=2.0, seq=3, origin="serial", text="I (2) app: on Annes Netz, ip 192.0.2.7"),
    Sample(
        at_s=3.0, seq=4, values={"ssid": "Annes Netz", "uptime_s": 5.0}, raw='{"ip":"192.0.2.7"}'
    ),
    Stream(at_s=4.0, seq=5, what=StreamWhat.OPENED, transport="sse", link="192.0.2.7:80"),
    Note(at_s=5.0, seq=6, about="x", text="session_id: cam-hot-1"),
    LogLine(at_s=6.0, seq=7, origin="server", text="[cam-hot-1] closed by KITCHEN.local"),
]


def test_the_same_thing_is_called_the_same_everywhere():
    header, events = share_run(HEADER, EVENTS, SALT)
    names = Pseudonyms(SALT)
    ip, host = names.host("192.0.2.7"), names.host("kitchen.local")
    ssid, session = names.name("ssid", "Annes Netz"), names.name("session", "cam-hot-1")
    assert header.target == f"{host}:80"
    assert header.argv[2] == host
    assert header.settings == {"control": names.host("192.0.2.1")}
    assert events[0].link == f"{host}:80"
    assert events[0].detail == f"{host} is {ip}"
    assert events[1].text == f"I (1) wifi:connected with {ssid}, aid = 1"
    assert events[2].text == f"I (2) app: on {ssid}, ip {ip}"
    assert events[3].values == {"ssid": ssid, "uptime_s": 5.0}
    assert events[3].raw == f'{{"ip":"{ip}"}}'
    assert events[4].link == f"{ip}:80"
    assert events[6].text == f"[{session}] closed by {host}"
    assert [e.seq for e in events] == [e.seq for e in EVENTS]


def test_sharing_a_shared_run_changes_nothing():
    once = share_run(HEADER, EVENTS, SALT)
    assert share_run(*once, SALT) == once


def test_another_salt_gives_other_names():
    assert share_run(HEADER, EVENTS, "other")[0].target != share_run(HEADER, EVENTS, SALT)[0].target


def test_a_real_name_that_looks_like_a_pseudonym_is_replaced():
    forged = "ssid-0123456789abcd"
    assert forged not in shared(f"SSID: {forged}")


def test_an_ordinary_word_as_ssid_does_not_spoil_the_log():
    events = [
        LogLine(at_s=0.0, origin="serial", text="wifi:connected with wifi, aid = 1"),
        LogLine(at_s=1.0, origin="serial", text="E (5) wifi: timeout"),
    ]
    _, (first, second) = share_run(Header(), events, SALT)
    assert re.fullmatch(r"wifi:connected with ssid-[0-9a-f]{14}, aid = 1", first.text)
    assert second.text == "E (5) wifi: timeout"


WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=10).map(lambda w: f"q{w}z7")
ADDRESS = st.ip_addresses().filter(lambda a: not a.is_loopback and not a.is_unspecified).map(str)
MAC = st.binary(min_size=6, max_size=6).map(lambda b: b.hex(":"))


@settings(max_examples=200)
@given(ADDRESS, MAC, WORD, WORD, WORD, WORD, st.sampled_from([" ", ", ", "; ", " ("]))
def test_nothing_real_survives(address, mac, ssid, host, session, said, between):
    lines = [
        f"I (1) wifi:connected with {ssid}, aid = 1, bssid = {mac}",
        f"got ip{between}{address}{between}on {ssid}",
        f'{{"session_id": "{session}", "transcript": "tell {said} now", "ip": "{address}"}}',
        f"from {host}.local {between}{session}{between}{mac.upper()}",
        f"GET http://{host}.local/x via {host}",
    ]
    events = [LogLine(at_s=float(n), origin="serial", text=t) for n, t in enumerate(lines)]
    events.append(Sample(at_s=9.0, values={"ssid": ssid, "ip": address}, raw=lines[2]))
    header = Header(target=host, argv=(host, f"/home/{said}/x"))
    result = share_run(header, events, SALT)
    encoded = msgspec.json.encode(result).decode().lower()
    for real in (address, mac, ssid, host, session, said):
        assert real.lower() not in encoded, (real, encoded)
    assert share_run(*result, SALT) == result


@given(st.text(alphabet="ssid:= \"'\\{}[],;session_id-transcript01a@./\n", max_size=120))
def test_any_text_is_survived_and_sharing_is_idempotent(text):
    once = shared(text)
    assert shared(once) == once


@pytest.mark.parametrize("unit", ["a:", "1.", "ssid ", "a.", "session ", "::", "://", "\\", "ab-"])
def test_long_hostile_text_takes_bounded_time(unit):
    shared(unit * 8_000)
