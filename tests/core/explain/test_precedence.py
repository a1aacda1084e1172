"""The table of what explains what."""

from holdfast.core.explain.precedence import PRECEDENCE
from holdfast.core.explain.registry import CODES


def test_only_known_codes():
    for law in PRECEDENCE:
        assert {law.cause, *law.explained} <= set(CODES)
        assert law.cause not in law.explained


def test_one_line_a_cause_and_no_circle():
    causes = [law.cause for law in PRECEDENCE]
    assert len(causes) == len(set(causes))
    for place, law in enumerate(PRECEDENCE):
        later = {other.cause: other.explained for other in PRECEDENCE[place:]}
        for code in law.explained:
            assert law.cause not in later.get(code, ())


def test_sane_margins():
    for law in PRECEDENCE:
        assert 0 < law.slack_s <= 60
        assert 0 < law.overlap <= 1
        assert law.why
