"""The shipped impairments are sound; wrong files are refused in one line."""

import pytest

from holdfast.adapters.impairments import (
    impairment_of,
    load_impairment,
    named_impairment,
    shipped_impairments,
)
from holdfast.core.impair.impairment import Impairment
from holdfast.core.impair.loss import Loss
from holdfast.errors import ConfigError

NAMES = [
    "black-hole", "dropout", "latency-200", "latency-500", "loss-10", "loss-30", "loss-bursts",
    "mobile-3g", "none", "rate-100k", "resets", "stalls", "tiny-segments", "weak-antenna",
    "wifi-far", "wifi-roaming", "wifi-sleeping",
]  # fmt: skip


def test_these_impairments_are_shipped():
    assert shipped_impairments() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_loads_and_says_what_it_is(name):
    impairment = load_impairment(name)
    assert impairment.title
    assert impairment.is_nothing == (name == "none")


def test_names_with_numbers_mean_what_they_say():
    assert load_impairment("loss-10").loss == (Loss(probability=0.1),)
    for name, round_trip_s in (("latency-200", 0.2), ("latency-500", 0.5)):
        (latency,) = load_impairment(name).latency
        assert 2 * latency.delay_s == round_trip_s
    assert load_impairment("rate-100k").rate[0].bits_per_s == 100_000.0
    assert load_impairment("loss-bursts").gilbert_elliott[0].mean_loss == pytest.approx(
        0.05, abs=1e-3
    )


def test_a_file_is_read_by_its_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[[loss]]\nprobability = 0.5\ndirection = "up"\n')
    assert load_impairment(str(path)) == Impairment(loss=(Loss(probability=0.5, direction="up"),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[los]]\nprobability = 0.5", "los is unknown; did you mean 'loss'?"),
        ("[[loss]]\nprobability = 1.5", "loss[0].probability: must be a number within 0 to 1"),
        ("[[loss]]\n", "loss[0].probability: is missing"),
        ("[loss]\nprobability = 0.5", "loss: must be a list"),
        ("[[latency]]\ndelay_s = -1", "latency[0].delay_s: must be a number within 0 to 86400"),
        ('[[cut]]\nafter_bytes = 1\nhow = "rset"', "must be one of reset, close, hold"),
        ("[[reset]]\n", "needs after_s or probability"),
        ("", "says nothing"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key(text, message, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_impairment(str(path))
    assert message.replace("los is", "los: is") in str(caught.value)
    assert "mine.toml" in str(caught.value)


def test_a_misspelt_name_gets_the_nearest():
    with pytest.raises(ConfigError, match="'wifi-fr'; did you mean 'wifi-far'"):
        load_impairment("wifi-fr")


def test_a_name_opens_no_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[[loss]]\nprobability = 0.5\n")
    for name in (str(path), "../profiles/generic", "wifi-far.toml"):
        with pytest.raises(ConfigError, match="no impairment is called"):
            named_impairment(name)


def test_a_table_is_held_to_the_same_rules():
    assert impairment_of({"loss": [{"probability": 1}]}, "x").loss[0].probability == 1.0
    with pytest.raises(ConfigError, match="x: loss"):
        impairment_of({"loss": [{"probability": "1"}]}, "x")
