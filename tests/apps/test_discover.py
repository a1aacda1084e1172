"""One device, one line: announcements of a host are joined and a profile chosen."""

import asyncio

import pytest

from holdfast.adapters.mdns import Announced
from holdfast.adapters.profiles import load_profile, shipped_profiles
from holdfast.apps.discover import Discovered, discover, group, service_types

PROFILES = [load_profile(name) for name in shipped_profiles()]


def heard(service, name, *, host="board.local", port=80, addresses=("192.0.2.7",), text=None):
    return Announced(
        service=service, name=name, host=host, addresses=addresses, port=port, text=text or {}
    )


def profile_of(*announcements):
    (device,) = group(announcements, PROFILES)
    return device.profile


def test_the_types_listened_for_come_from_the_profiles():
    assert service_types(PROFILES) == [
        "_esp32-ota._tcp",
        "_esphomelib._tcp",
        "_http._tcp",
        "_shelly._tcp",
        "_wled._tcp",
    ]


@pytest.mark.parametrize(
    ("service", "name", "profile"),
    [
        ("_wled._tcp", "wled-kitchen", "wled"),
        ("_shelly._tcp", "ShellyPlus1-A8032ABE54DC", "shelly"),
        ("_esphomelib._tcp", "garage", "esphome"),
        ("_esp32-ota._tcp", "esp32", "esp32-s3-dashboard"),
        ("_http._tcp", "Tasmota-C59B5E-7006", "tasmota"),
        ("_http._tcp", "ShellyPlus1-A8032ABE54DC", "shelly"),
        ("_http._tcp", "printer", "generic"),
        ("_http._tcp", "my-tasmota", "generic"),
    ],
)
def test_each_announcement_has_its_profile(service, name, profile):
    assert profile_of(heard(service, name)) == profile


def test_a_type_of_its_own_outweighs_a_name():
    """A Tasmota that emulates a Shelly speaks as one."""
    assert profile_of(heard("_http._tcp", "tasmota-1"), heard("_shelly._tcp", "x")) == "shelly"


def test_announcements_of_one_host_are_one_device():
    announcements = [
        heard("_esphomelib._tcp", "garage", port=6053, text={"version": "2026.1"}),
        heard("_http._tcp", "garage", port=8080, text={"path": "/"}),
    ]
    assert group(announcements, PROFILES) == [
        Discovered(
            name="garage",
            host="board.local",
            address="192.0.2.7",
            port=8080,
            profile="esphome",
            why="announces _esphomelib._tcp",
            services=("_esphomelib._tcp", "_http._tcp"),
            text={"version": "2026.1", "path": "/"},
        )
    ]


def test_the_port_of_another_protocol_is_not_taken_for_the_web_servers():
    (device,) = group([heard("_esphomelib._tcp", "garage", port=6053)], PROFILES)
    assert device.port == 80


def test_what_did_not_resolve_is_still_listed():
    (device,) = group([heard("_wled._tcp", "w", host="", addresses=(), port=0)], PROFILES)
    assert (device.name, device.address, device.port, device.profile) == ("w", "", 80, "wled")


def test_devices_are_listed_by_name():
    names = [
        d.name for d in group([heard("_wled._tcp", n, host=n) for n in ("b", "A", "c")], PROFILES)
    ]
    assert names == ["A", "b", "c"]


@pytest.mark.net
@pytest.mark.slow
def test_silence_is_an_empty_list():
    assert asyncio.run(discover(PROFILES, for_s=0.1, interfaces=["127.0.0.1"])) == []
