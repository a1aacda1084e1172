import math

import pytest

from holdfast.adapters.render.wording import (
    FAMILIES,
    OUTCOME_WORDS,
    confidence_words,
    measured,
    seconds,
    slug_words,
    stamp,
)
from holdfast.core.journal.events import Outcome


@pytest.mark.parametrize(
    ("value_s", "words"),
    [
        (None, "–"),
        (math.nan, "–"),
        (0.0, "0 s"),
        (0.00012, "0.12 ms"),
        (0.00994, "9.94 ms"),
        (0.00996, "10.0 ms"),
        (0.0994, "99.4 ms"),
        (0.0996, "100 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (125.0, "2 min 5 s"),
        (3_600.0, "1 h"),
        (86_399.0, "23 h 59 min"),
        (90_000.0, "1 d 1 h"),
        (-75.0, "−1 min 15 s"),
    ],
)
def test_lengths_of_time_have_the_unit_that_fits(value_s, words):
    assert seconds(value_s) == words


@pytest.mark.parametrize(
    ("at_s", "words"),
    [
        (0, "0:00"),
        (59.99, "0:59"),
        (60, "1:00"),
        (3_599, "59:59"),
        (3_600, "1:00:00"),
        (-3, "0:00"),
    ],
)
def test_moments_are_minutes_and_seconds(at_s, words):
    assert stamp(at_s) == words


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "almost certain"),
        (0.95, "almost certain"),
        (0.949, "very likely"),
        (0.65, "likely"),
        (0.5, "more likely than not"),
        (0.499, "possible"),
        (0.29, "a hint"),
    ],
)
def test_confidence_in_words(confidence, words):
    assert confidence_words(confidence) == words


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        ("stream.continuity", 1.0, "100 %"),
        ("stream.continuity", 0.99996, "99.99 %"),
        ("all.ping.ok_ratio", 0.5, "50 %"),
        ("ping.p95_s", 0.0615, "61.5 ms"),
        ("heap.free_min_bytes", 87_812.0, "87.8 kB"),
        ("heap.free_min_bytes", 8_260_000.0, "8.26 MB"),
        ("heap.slope_bytes_per_s", -95.0, "−5.7 kB/min"),
        ("rssi.mean_dbm", -57.4, "−57 dBm"),
        ("stream.message_rate_hz", 0.987, "0.987/s"),
        ("stream.gaps_total", 12_345.0, "12,345"),
        ("connect_s", 2.0, "2.00 s"),
        ("heap_bytes", 512.0, "512 B"),
        ("", 0.25, "0.25"),
        ("ping.p95_s", None, "–"),
        ("", math.inf, "∞"),
        ("", -math.inf, "−∞"),
    ],
)
def test_a_measure_is_shown_in_its_unit(measure, value, words):
    assert measured(measure, value) == words


def test_a_ratio_below_one_is_never_shown_as_all():
    assert measured("ping.ok_ratio", 17_279 / 17_280) == "99.99 %"


def test_every_outcome_has_words_and_a_family():
    assert set(OUTCOME_WORDS) == set(FAMILIES) == set(Outcome)


def test_slugs_become_words_and_stay_harmless():
    assert slug_words("host-unreachable") == "host unreachable"
    assert slug_words("a\x1b[31mb") == "a\\x1b[31mb"
