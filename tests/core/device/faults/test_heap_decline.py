"""Fault ``heap-decline``: what it does to the dashboard."""

from tests.core.device.rig import Rig


def heap(rig):
    body = rig.body(rig.get("/health", 0.5))
    return int(body.split(b'"free_heap":')[1].split(b",")[0])


def test_free_heap_falls_at_the_rate():
    rig = Rig(("heap-decline:rate=1000", 10.0))
    rig.run(10.0)
    before = heap(rig)
    rig.run(310.0)
    assert abs(before - heap(rig) - 300_000) < 2_000


def test_it_stops_when_it_ends():
    rig = Rig(("heap-decline:rate=1000,for=10s", 0.0))
    rig.run(20.0)
    before = heap(rig)
    rig.run(300.0)
    assert abs(before - heap(rig)) < 1_000


def test_an_empty_heap_is_a_panic():
    rig = Rig(("heap-decline:rate=100000", 0.0))
    rig.run(120.0)
    assert rig.values("reset", "cause") == ["out-of-memory"]
    assert "abort() was called" in rig.serial
