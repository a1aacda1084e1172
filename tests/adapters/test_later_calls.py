"""One thread calls back in time and in order."""

import threading
import time

import pytest

from holdfast.adapters.later_calls import LaterCalls

LIMIT_S = 5.0


def test_calls_come_in_order_from_one_thread_and_not_before_their_time():
    later, seen, over = LaterCalls(0.05, "later"), [], threading.Event()
    began_s = time.monotonic()
    for n in range(20):
        later.add(lambda n=n: seen.append((n, threading.current_thread().name, time.monotonic())))
    later.add(over.set)
    assert over.wait(LIMIT_S)
    assert [n for n, _, _ in seen] == list(range(20))
    assert {name for _, name, _ in seen} == {"later"}
    assert min(at_s for _, _, at_s in seen) - began_s >= 0.05


def test_it_waits_for_more_when_all_is_done():
    later = LaterCalls(0.01, "later")
    for _ in range(2):
        over = threading.Event()
        later.add(over.set)
        assert over.wait(LIMIT_S)
    assert sum(t.name == "later" for t in threading.enumerate()) >= 1


@pytest.mark.parametrize("count", [1, 50])
def test_it_can_be_asked_from_many_threads(count):
    later, left = LaterCalls(0.01, "later"), threading.Semaphore(0)
    threads = [threading.Thread(target=later.add, args=(left.release,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for _ in range(count):
        assert left.acquire(timeout=LIMIT_S)
