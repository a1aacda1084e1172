"""The device's own numbers and time tell what the link lost, repeated or turned round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.journal.events import Stream, StreamWhat, Tick
from holdfast.core.measure.order import Order, order_of, order_of_numbers


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], (0, 0, 0)),
        ([7], (0, 0, 0)),
        ([1, 2, 3], (0, 0, 0)),
        ([1, 2, 5], (2, 0, 0)),
        ([1, 2, 2, 3], (0, 1, 0)),
        ([1, 3, 2, 4], (0, 0, 1)),
        ([1, 4, 2, 5], (1, 0, 1)),
        ([254, 255, 0, 1, 2], (0, 0, 0)),
        ([65534, 65535, 0, 1], (0, 0, 0)),
        ([254, 1, 2], (0, 0, 0)),
        ([900, 1, 2, 4], (1, 0, 0)),
        ([100, 36], (0, 0, 1)),
        ([100, 35], (0, 0, 0)),
    ],
)
def test_numbers(numbers, expected):
    assert order_of_numbers(numbers) == expected


def test_an_eight_bit_counter_goes_round_and_round_in_order():
    assert order_of_numbers([n % 256 for n in range(5000)]) == (0, 0, 0)


@given(st.sets(st.integers(0, 300), min_size=1))
def test_losses_are_the_numbers_missing_between_first_and_last(kept):
    numbers = sorted(kept)
    assert order_of_numbers(numbers) == (numbers[-1] - numbers[0] + 1 - len(numbers), 0, 0)


@given(st.lists(st.integers()))
def test_any_numbers_are_counted_without_complaint(numbers):
    lost, duplicated, reordered = order_of_numbers(numbers)
    assert lost >= 0
    assert duplicated + reordered <= max(0, len(numbers) - 1)


def message(at_s, session=1, **more):
    return Stream(at_s=at_s, what=StreamWhat.MESSAGE, transport="sse", session=session, **more)


def test_sessions_are_apart():
    events = [message(0, device_seq=1), message(1, 2, device_seq=9), message(2, device_seq=2)]
    assert order_of(events) == Order(numbered=3)


def test_device_time_must_increase_strictly():
    times = [1.0, 2.0, 2.0, 1.5, 3.0]
    found = order_of([message(i, device_s=t) for i, t in enumerate(times)])
    assert found == Order(timed=5, time_not_increasing=2)


def test_a_new_session_may_begin_its_time_anew():
    found = order_of([message(0, device_s=9.0), message(1, 2, device_s=1.0)])
    assert found.time_not_increasing == 0


def test_other_events_and_messages_without_numbers_say_nothing():
    heartbeat = Stream(at_s=0, what=StreamWhat.HEARTBEAT, transport="ws", session=1, device_seq=5)
    assert order_of([Tick(at_s=0, n=0, due_s=0), message(1), heartbeat]) == Order()
