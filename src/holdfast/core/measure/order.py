"""Order of a stream's messages by the device's own numbers and time.

Numbers and time are compared within a session only: a device may begin anew for every
client, and what was sent while nobody was connected was not lost by the link.
A number far below the last one is a new beginning (a counter that wrapped or was reset).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from holdfast.core.journal.events import Stream, StreamWhat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from holdfast.core.journal.events import Event

__all__ = ["Order", "order_of", "order_of_numbers"]

_WINDOW: Final = 64
"""Numbers further behind than this began anew: an 8-bit counter falls by up to 255."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the device's numbers and time say; counts over all sessions.

    Attributes:
        numbered: Messages that carried a number.
        lost: Numbers that never came, between numbers that did.
        duplicated: Numbers that came again.
        reordered: Numbers that came after a later one.
        timed: Messages that carried the device's time.
        time_not_increasing: Messages whose time was not after the one before.
    """

    numbered: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    timed: int = 0
    time_not_increasing: int = 0


def order_of_numbers(numbers: Sequence[int]) -> tuple[int, int, int]:
    """Return ``(lost, duplicated, reordered)`` of one session's numbers, in order of arrival."""
    lost = duplicated = reordered = 0
    recent: dict[int, None] = {}
    top: int | None = None
    for number in numbers:
        if top is None or number < top - _WINDOW:
            top, recent = number, {}
        elif number in recent:
            duplicated += 1
        elif number > top:
            lost += number - top - 1
            top = number
        else:
            reordered += 1
            lost = max(0, lost - 1)  # it was counted as lost when the later one came
        recent[number] = None
        if len(recent) > _WINDOW:
            del recent[next(iter(recent))]
    return lost, duplicated, reordered


def order_of(events: Iterable[Event]) -> Order:
    """Measure the order of the stream messages among ``events``, given in order of arrival."""
    numbers: dict[int, list[int]] = {}
    last_s: dict[int, float] = {}
    timed = back = 0
    for event in events:
        if not isinstance(event, Stream) or event.what is not StreamWhat.MESSAGE:
            continue
        if event.device_seq is not None:
            numbers.setdefault(event.session, []).append(event.device_seq)
        if event.device_s is not None:
            timed += 1
            before_s = last_s.get(event.session)
            back += before_s is not None and event.device_s <= before_s
            last_s[event.session] = event.device_s
    sums = [order_of_numbers(row) for row in numbers.values()]
    return Order(
        numbered=sum(len(row) for row in numbers.values()),
        lost=sum(row[0] for row in sums),
        duplicated=sum(row[1] for row in sums),
        reordered=sum(row[2] for row in sums),
        timed=timed,
        time_not_increasing=back,
    )
