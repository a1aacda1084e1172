"""``holdfast profile list | show | check``."""

import json
from pathlib import Path

import msgspec
import pytest

from holdfast.adapters.profiles import load_profile, shipped_profiles
from holdfast.cli.main import main
from holdfast.cli.profile import describe
from holdfast.core.profile import Profile

BAD = Path(__file__).parent.parent / "config" / "bad"


def test_list_names_every_profile_with_its_title(capsys):
    assert main(["profile", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == shipped_profiles()
    assert lines[2] == "generic             Any device that answers HTTP"


def test_list_as_json_is_one_object(capsys):
    assert main(["profile", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["profiles"]
    assert listed[-1] == {"name": "wled", "title": "WLED"}


def test_show_as_json_is_the_whole_profile(capsys):
    assert main(["profile", "show", "shelly", "--json"]) == 0
    decoded = msgspec.json.decode(capsys.readouterr().out, type=Profile)
    assert decoded == load_profile("shelly")


def test_show_says_everything_of_the_dashboard(capsys):
    assert main(["profile", "show", "esp32-s3-dashboard"]) == 0
    out = capsys.readouterr().out
    for line in (
        "esp32-s3-dashboard: ESP32-S3 display dashboard (document 000)",
        "  port      80 (http)",
        "  ping      GET /ping -> 200, text, within 4 s",
        "  health    GET /health -> 200, json, within 5 s",
        "  metrics   GET /metrics -> 200, prometheus, within 5 s",
        "  stream    sse /api/events, every 1 s, a gap above 3 s",
        "  or        ws /ws, every 1 s, a gap above 3 s",
        "  log       telnet, port 23",
        "  sample    wifi_last_reason_s = wifi.last_reason_ms*0.001 (health)",
        "  sample    heap_min_bytes = esp32_heap_total_bytes (metrics)",
        "  criterion stream.continuity >= 0.99  (document 000: 99 %+ stream continuity)",
    ):
        assert line in out.splitlines()


def test_a_stream_on_change_says_so():
    assert "  stream    ws /ws, on change, a gap above 45 s" in describe(load_profile("wled"))


@pytest.mark.parametrize("name", shipped_profiles())
def test_check_accepts_every_shipped_profile(capsys, name):
    assert main(["profile", "check", name]) == 0
    assert capsys.readouterr().out.endswith(f"\nok: {name}\n")


def test_check_as_json(capsys):
    assert main(["profile", "check", "wled", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "name": "wled"}


@pytest.mark.parametrize("path", sorted(BAD.iterdir()), ids=lambda p: p.name)
def test_check_refuses_a_wrong_file_in_one_line_with_code_2(capsys, path):
    assert main(["profile", "check", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"holdfast: {path.name}: ")
    assert captured.err.count("\n") == 1
