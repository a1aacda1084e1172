"""``holdfast discover``: what it prints, and what it refuses."""

import json

import pytest

from holdfast.apps.discover import Discovered
from holdfast.cli.discover import table
from holdfast.cli.main import main


def device(name, address, **more):
    return Discovered(
        name=name,
        host="",
        address=address,
        port=80,
        profile=more.pop("profile", "wled"),
        why="announces _wled._tcp",
        services=(),
        text={},
    )


def test_the_table_is_aligned_and_says_what_did_not_resolve():
    devices = [
        device("kitchen", "192.0.2.7"),
        device("x", "2001:db8::7", profile="generic"),
        device("y", ""),
    ]
    assert table(devices).splitlines() == [
        "NAME     ADDRESS            PROFILE  WHY",
        "kitchen  192.0.2.7:80       wled     announces _wled._tcp",
        "x        [2001:db8::7]:80   generic  announces _wled._tcp",
        "y        (did not resolve)  wled     announces _wled._tcp",
    ]


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["--for", "5"], "--for: must be a duration like 500ms, 30s, 10m or 1h30m, got '5'; a "
         "number needs a unit"),
        (["--for", "1h"], "--for: must be within 100ms to 5m, got '1h'"),
        (["--interface", "eth0"], "--interface: must be an IP address, got 'eth0'"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused(capsys, argv, line):
    assert main(["discover", *argv]) == 2
    assert capsys.readouterr().err == f"holdfast: {line}\n"


@pytest.mark.net
@pytest.mark.slow
def test_silence_is_said_on_stderr_and_json_stays_one_object(capsys):
    assert main(["discover", "--for", "100ms", "--interface", "127.0.0.1"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no device announced itself" in captured.err
    assert main(["discover", "--for", "100ms", "--interface", "127.0.0.1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"devices": []}


@pytest.mark.net
@pytest.mark.slow
def test_no_multicast_is_one_line_and_code_3(capsys):
    assert main(["discover", "--for", "100ms", "--interface", "203.0.113.9"]) == 3
    err = capsys.readouterr().err
    assert err.startswith("holdfast: mdns: multicast is not available here: ")
    assert err.count("\n") == 1
