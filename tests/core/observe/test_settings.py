import pytest

from holdfast.core.observe.credentials import Credentials
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.core.profile import Endpoint, Profile
from holdfast.errors import ConfigError

PROFILE = Profile(name="x", title="x", ping=Endpoint(path="/ping"))


def settings(**fields):
    return DiagnosisSettings(**{"host": "dev", "port": 80, "profile": PROFILE} | fields)


def test_defaults_are_those_of_the_documented_protocol():
    plain = settings()
    assert (plain.plan, plain.duration_s, plain.tick_s, plain.health_every_s, plain.warmup_s) == (
        "general",
        600.0,
        5.0,
        30.0,
        90.0,
    )


@pytest.mark.parametrize(
    ("field", "bad", "message"),
    [
        ("plan", "ab", "plan: must be one of general, a, b, got 'ab'"),
        ("duration_s", 0.4, "duration_s: must be within 0.5 to 2.592e+06 s, got 0.4"),
        ("tick_s", 0.0, "tick_s: must be within 0.05 to 3600 s, got 0.0"),
        ("tick_s", float("nan"), "tick_s: must be within 0.05 to 3600 s, got nan"),
        ("health_every_s", 0.0, "health_every_s: must be within 0.1 to 86400 s, got 0.0"),
        ("ping_every_s", 0.0, "ping_every_s: must be within 0.1 to 86400 s, got 0.0"),
        ("ping_every_s", float("inf"), "ping_every_s: must be within 0.1 to 86400 s, got inf"),
        ("warmup_s", -1.0, "warmup_s: must be within 0 to 86400 s, got -1.0"),
        ("jitter_s", 61.0, "jitter_s: must be within 0 to 60 s, got 61.0"),
        ("port", 0, "port: must be within 1 to 65535, got 0"),
        ("port", 65_536, "port: must be within 1 to 65535, got 65536"),
    ],
)
def test_a_wrong_value_is_refused_by_name_value_and_range(field, bad, message):
    with pytest.raises(ConfigError) as refused:
        settings(**{field: bad})
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "edge", [{"port": 1}, {"port": 65_535}, {"tick_s": 0.05}, {"ping_every_s": 0.1}]
)
def test_the_edges_of_each_range_are_allowed(edge):
    settings(**edge)


def test_no_repr_shows_a_secret():
    shown = repr(
        settings(authorization="Bearer abc", credentials=Credentials(user="u", password="hunter2"))
    )
    assert shown == "DiagnosisSettings('dev', 80, 'x', 'general')"
