import pytest

from holdfast.core.observe.body import body_reader
from holdfast.core.profile import Endpoint, Profile
from holdfast.core.wire.health_json import Reading
from holdfast.errors import ConfigError


def reader(samples=None, metric_samples=None, **fields):
    endpoint = Endpoint(path="/x", **fields)
    profile = Profile(
        name="x",
        title="x",
        ping=endpoint,
        samples=samples or {},
        metric_samples=metric_samples or {},
    )
    return body_reader(endpoint, profile)


def test_any_text_will_do_where_nothing_is_expected():
    assert reader()(b"\xff\x00") == Reading()


def test_expected_text_must_be_in_the_body():
    read = reader(expect_body="OK")
    assert read(b"it is OK.") == Reading()
    assert read(b"it is ok") == Reading(fault="lacks 'OK', begins 'it is ok'")


def test_json_is_read_by_the_samples_paths():
    read = reader({"uptime_s": "up"}, body="json")
    assert read(b'{"up":5}').values == {"uptime_s": 5}
    assert read(b"{").fault.startswith("not JSON")


def test_metrics_are_read_by_name():
    read = reader(None, {"uptime_s": "up"}, body="prometheus")
    assert read(b"up 5\n").values == {"uptime_s": 5.0}
    assert read(b"").fault == "Prometheus text without a sample"


def test_a_body_can_be_both_well_formed_and_not_the_expected_one():
    read = reader(expect_body="gen", body="json")
    assert read(b'{"gen":2}').fault == ""
    assert read(b'{"id":2}').fault == "lacks 'gen', begins '{\"id\":2}'"


def test_a_malformed_path_is_refused_when_the_reader_is_made():
    with pytest.raises(ConfigError, match=r"samples\.uptime_s"):
        reader({"uptime_s": "up*x"}, body="json")
    with pytest.raises(ConfigError, match=r"metric_samples\.uptime_s"):
        reader(None, {"uptime_s": "*2"}, body="prometheus")
