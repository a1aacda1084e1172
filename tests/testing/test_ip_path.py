"""What a packet meets on its way."""

import itertools
from random import Random

import pytest

from holdfast.core.link.transport import Radio
from holdfast.errors import ConfigError
from holdfast.testing.ip_path import IpPath, PathModel


def path(radio=None, **model):
    made = IpPath(PathModel(**{"latency_s": 0.01, "jitter_s": 0.0, **model}), Random(1))
    if radio is not None:
        made.radio = radio
    return made


def test_latency_of_way_and_radio_add_up():
    assert path().to_device(1.0) == 1.01
    assert path(Radio(latency_s=0.5)).to_bench(1.0) == pytest.approx(1.51)


def test_a_radio_that_is_down_loses_everything():
    dead = path(Radio(is_up=False))
    assert dead.to_device(1.0) is None
    assert dead.to_bench(1.0) is None


def test_packets_never_overtake_each_other():
    jittery = path(jitter_s=0.05)
    times = [jittery.to_device(n / 1000) for n in range(500)]
    assert times == sorted(times)
    assert max(b - a for a, b in itertools.pairwise(times)) > 0.0


@pytest.mark.parametrize(
    ("radio", "model", "expected"),
    [
        (Radio(loss_rx=0.2), {}, 0.2),
        (Radio(), {"loss_rx": 0.2}, 0.2),
        (Radio(loss_rx=0.2), {"loss_rx": 0.5}, 0.6),
        (Radio(loss_tx=0.9), {"loss_tx": 0.9}, 0.0),
    ],
)
def test_losses_of_way_and_radio_are_independent(radio, model, expected):
    lossy = path(radio, **model)
    lost = sum(lossy.to_device(float(n)) is None for n in range(5000))
    assert lost / 5000 == pytest.approx(expected, abs=0.03)


def test_a_sleeping_device_hears_at_the_next_beacon_and_stays_awake():
    sleepy = path(Radio(beacon_s=0.1, awake_s=0.03))
    assert sleepy.to_device(1.02) == pytest.approx(1.1)
    assert sleepy.to_device(1.11) == pytest.approx(1.12)  # awake: within 0.03 s of 1.1
    assert sleepy.to_device(1.145) == pytest.approx(1.2)  # 1.155 is 0.035 s later


def test_a_device_that_sends_is_awake():
    sleepy = path(Radio(beacon_s=0.1, awake_s=0.03))
    sleepy.to_bench(1.03)
    assert sleepy.to_device(1.04) == pytest.approx(1.05)


@pytest.mark.parametrize(
    ("key", "value"),
    [("loss_tx", 1.1), ("loss_rx", -0.1), ("latency_s", -1.0), ("jitter_s", float("nan"))],
)
def test_impossible_paths_are_refused(key, value):
    with pytest.raises(ConfigError, match=rf"^path\.{key}: "):
        PathModel(**{key: value})
