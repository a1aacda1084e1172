"""The heap: declines, costs, breath."""

from random import Random

from holdfast.core.device.heap import CONNECTION_BYTES, Heap


def test_a_leak_lowers_the_free_bytes_by_its_rate():
    heap = Heap(1_000_000, 100.0, Random(1))
    assert 1_000_000 - 900 <= heap.free_bytes(0.0) <= 1_000_000
    assert 940_000 - 900 <= heap.free_bytes(600.0) <= 940_000


def test_without_a_leak_it_only_breathes():
    heap = Heap(1_000_000, 0.0, Random(1))
    values = {heap.free_bytes(float(t)) for t in range(100)}
    assert min(values) >= 999_100
    assert len(values) > 50
    assert heap.exhausted_at_s(0) == float("inf")


def test_connections_cost_and_give_back():
    heap = Heap(1_000_000, 0.0, Random(1))
    assert heap.free_bytes(0.0, 10) <= 1_000_000 - 10 * CONNECTION_BYTES
    assert heap.free_bytes(0.0, 0) >= 999_100


def test_the_minimum_is_remembered_until_a_restart():
    heap = Heap(1_000_000, 0.0, Random(1))
    heap.free_bytes(0.0, 100)
    low = heap.minimum_bytes
    assert low <= 1_000_000 - 100 * CONNECTION_BYTES
    heap.free_bytes(1.0)
    assert heap.minimum_bytes == low
    heap.restart(2.0)
    assert heap.minimum_bytes == 1_000_000


def test_a_leak_that_begins_later_counts_from_then():
    heap = Heap(100_000, 0.0, Random(1))
    heap.set_leak(1_000.0, 50.0)
    assert heap.exhausted_at_s(20_000) == 50.0 + 80.0
    heap.set_leak(0.0, 60.0)
    assert heap.exhausted_at_s(20_000) == float("inf")
    assert 89_100 <= heap.free_bytes(90.0) <= 90_000


def test_it_is_never_negative():
    heap = Heap(10_000, 1_000.0, Random(1))
    assert heap.free_bytes(100.0) == 0
    assert heap.largest_bytes(100.0) == 0


def test_the_largest_block_is_a_share_of_it():
    heap = Heap(100_000, 0.0, Random(1))
    assert heap.largest_bytes(0.0) == 97_000
