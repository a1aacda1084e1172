"""The shipped profiles are sound, and say what the devices' own documents say."""

import json
import re
from pathlib import Path

import pytest
from msgspec import structs

from holdfast.adapters.profiles import load_profile, shipped_profiles, with_stream, without_pause
from holdfast.core.measure.summary import MEASURES
from holdfast.core.profile import SAMPLE_NAMES
from holdfast.errors import ConfigError

NAMES = [
    "esp32-s3-dashboard",
    "esphome",
    "generic",
    "room-controller",
    "shelly",
    "tasmota",
    "tinybms-bridge",
    "voice-pin",
    "wled",
]
ACTIONS = re.compile(r"/(led|relay|strip|restart|reboot|reset|ota|win|json/state)\b|POWER|config")
"""Paths that switch something, or show passwords."""


def test_these_profiles_are_shipped():
    assert shipped_profiles() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_profile_loads_under_its_own_name(name):
    profile = load_profile(name)
    assert profile.name == name
    assert profile.notes
    assert profile.criteria


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_profile_only_reads(name):
    profile = load_profile(name)
    ends = [profile.ping, profile.health, profile.metrics]
    paths = [e.path for e in ends if e] + [f.path for f in profile.fingerprint]
    for path in paths:
        assert not ACTIONS.search(path), path


@pytest.mark.parametrize("name", NAMES)
def test_every_criterion_has_its_source_and_every_hello_is_json(name):
    profile = load_profile(name)
    assert all(c.why and c.measure.removeprefix("all.") in MEASURES for c in profile.criteria)
    for stream in (profile.stream, *profile.alternatives):
        if stream and stream.hello:
            assert isinstance(json.loads(stream.hello), dict)


def test_the_dashboard_asks_what_document_000_asks():
    profile = load_profile("esp32-s3-dashboard")
    asked = {(c.measure, c.operator, c.limit) for c in profile.criteria}
    assert ("stream.continuity", ">=", 0.99) in asked
    assert ("stream.gap_max_s", "<=", 3.0) in asked
    assert ("http.reset_total", "==", 0.0) in asked
    assert ("stream.by_peer_total", "==", 0.0) in asked
    assert (profile.ping.path, profile.ping.connect_limit_s, profile.ping.limit_s) == (
        "/ping",
        2.0,
        4.0,
    )
    assert profile.health.limit_s == 5.0
    assert profile.samples["wifi_last_reason_s"] == "wifi.last_reason_ms*0.001"
    buckets = {n for n in profile.samples if n.startswith("error_")}
    assert len(buckets) == 5
    assert set(profile.samples) - buckets <= set(SAMPLE_NAMES)


def test_the_dashboards_stream_is_sse_unless_the_user_asks_for_ws():
    profile = load_profile("esp32-s3-dashboard")
    assert (profile.stream.kind, profile.stream.path) == ("sse", "/api/events")
    other = with_stream(profile, "ws")
    assert (other.stream.kind, other.stream.path) == ("ws", "/ws")
    assert [s.kind for s in other.alternatives] == ["sse"]
    assert with_stream(other, "sse") == profile


def test_a_stream_that_is_not_offered_is_refused():
    with pytest.raises(ConfigError, match="stream: profile esphome offers sse, got 'ws'"):
        with_stream(load_profile("esphome"), "ws")
    with pytest.raises(ConfigError, match="profile generic offers none, got 'sse'"):
        with_stream(load_profile("generic"), "sse")


def test_an_interval_of_0_means_on_change_only():
    assert load_profile("wled").stream.interval_s is None
    assert load_profile("esphome").stream.interval_s == 10.0


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ConfigError) as caught:
        load_profile("esphom")
    assert str(caught.value) == "profile: no profile is called 'esphom'; did you mean 'esphome'?"
    with pytest.raises(ConfigError, match=r"known: esp32-s3-dashboard, .*, or a \.toml file"):
        load_profile("")


@pytest.mark.parametrize("name", ["../generic", "..\\generic", "x/../../generic.toml"])
def test_a_name_never_leaves_the_shipped_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_profile(name)


def test_a_users_own_file_is_loaded_by_path(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\ntitle = "Mine"\n[ping]\npath = "/x"\n')
    profile = load_profile(str(path))
    assert (profile.name, profile.ping.path, profile.stream) == ("mine", "/x", None)


def test_error_buckets_are_allowed_as_samples(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\ntitle = "Mine"\n[ping]\npath = "/"\n[health]\npath = "/h"\n'
        '[samples]\nerror_reset_total = "errors.reset"\n'
    )
    assert load_profile(str(path)).samples == {"error_reset_total": "errors.reset"}


def test_profiles_differ_only_by_what_they_say(tmp_path: Path):
    """A copy of a shipped file under another name is the same profile."""
    source = Path(load_profile.__code__.co_filename).parents[1] / "profiles" / "wled.toml"
    copy = tmp_path / "copy.toml"
    copy.write_bytes(source.read_bytes())
    assert structs.asdict(load_profile(str(copy))) == structs.asdict(load_profile("wled"))


def test_a_twin_needs_no_pause_between_requests():
    known = load_profile("esp32-s3-dashboard")
    brisk = without_pause(known)
    assert (known.limits.min_request_interval_s, brisk.limits.min_request_interval_s) == (5.0, 0.0)
    assert structs.replace(brisk, limits=known.limits) == known
