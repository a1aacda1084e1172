"""Reason numbers in words."""

import pytest

from holdfast.core.explain.wifi_reasons import REASONS, reason_text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (15, "15 (4-way handshake timed out: wrong password)"),
        (200, "200 (beacons missed: range, access point gone, or power save)"),
        (99, "99"),
    ],
)
def test_known_and_unknown(number, text):
    assert reason_text(number) == text


def test_numbers_are_those_of_the_sdk():
    assert all(1 <= number <= 68 or 200 <= number <= 212 for number in REASONS)
