"""The ladders of the two stacks."""

import pytest

from holdfast.core.link.retransmission import LINUX, LWIP


def ladder(stack, count, start_s=0.0, rtt_s=0.0):
    at_s, out = start_s, []
    for tries in range(count):
        at_s = stack.resend_at(at_s, tries, rtt_s)
        out.append(round(at_s, 6))
    return out


def test_linux_doubles_from_200_ms():
    assert ladder(LINUX, 5) == [0.2, 0.6, 1.4, 3.0, 6.2]


def test_the_round_trip_comes_on_top():
    assert ladder(LINUX, 2, rtt_s=0.05) == [0.25, 0.75]
    assert LINUX.resend_at(0.0, 0, 0.05, 0.1) == pytest.approx(0.45)


def test_linux_never_waits_longer_than_two_minutes():
    assert LINUX.resend_at(0.0, 9) == pytest.approx(102.4)
    assert LINUX.resend_at(0.0, 10) == 120.0


def test_lwip_counts_ticks_of_half_a_second():
    """Sent just after a tick it waits 1.5 s, just before one only 1 s."""
    assert LWIP.resend_at(10.0, 0) == 11.5
    assert LWIP.resend_at(10.001, 0) == 11.5
    assert LWIP.resend_at(10.499, 0) == 11.5
    assert LWIP.resend_at(10.5, 0) == 12.0


def test_lwip_doubles():
    assert ladder(LWIP, 4) == [1.5, 4.5, 10.5, 22.5]


def test_syns_go_at_1_3_and_7_seconds():
    at_s, out = 0.0, []
    for tries in range(3):
        at_s = LINUX.syn_again_at(at_s, tries)
        out.append(at_s)
    assert out == [1.0, 3.0, 7.0]
