"""What a twin's radio holds back; times on a loop whose clock is turned by hand."""

import asyncio
import heapq
from random import Random

import pytest

from holdfast.adapters.radio_gate import Lane, RadioGate
from holdfast.core.link.retransmission import LINUX, LWIP
from holdfast.core.link.transport import Radio


class TurnedLoop:
    """``call_later`` on a clock that moves when told to."""

    def __init__(self):
        self.now, self._calls = 0.0, []

    def call_later(self, delay_s, call):
        entry = [self.now + delay_s, len(self._calls), call]
        heapq.heappush(self._calls, entry)
        return self._Handle(entry)

    class _Handle:
        def __init__(self, entry):
            self._entry = entry

        def cancel(self):
            self._entry[2] = lambda: None

    def run(self, until_s):
        while self._calls and self._calls[0][0] <= until_s:
            at_s, _, call = heapq.heappop(self._calls)
            self.now = max(self.now, at_s)
            call()
        self.now = until_s


class Never(Random):
    """Every chance below 1 passes ``lost`` times, then none does."""

    def __init__(self, lost):
        super().__init__(1)
        self.lost = lost

    def random(self):
        self.lost -= 1
        return 0.0 if self.lost >= 0 else 0.999


def make(radio, stack=LINUX, *, is_inbound=True, rng=None):
    loop, got = TurnedLoop(), []
    gate = RadioGate(lambda: loop.now, rng or Random(1))
    gate.set(radio)
    lane = Lane(gate, stack, is_inbound=is_inbound, loop=loop)
    return (
        loop,
        gate,
        lane,
        got,
        lambda name: lane.put(len(name), lambda: got.append((round(loop.now, 6), name))),
    )


def test_a_good_radio_lets_everything_through_at_once():
    _, _, lane, got, put = make(Radio())
    put("a")
    put("b")
    assert got == [(0.0, "a"), (0.0, "b")]
    assert lane.held_bytes == 0


def test_latency_delays_each_chunk_and_not_one_after_the_other():
    loop, _, lane, got, put = make(Radio(latency_s=0.3))
    put("a")
    loop.run(0.1)
    put("bc")
    assert lane.held_bytes == 3
    loop.run(1.0)
    assert got == [(0.3, "a"), (0.4, "bc")]
    assert lane.held_bytes == 0


def test_a_lost_chunk_climbs_the_senders_ladder_and_those_behind_wait():
    loop, _, _, got, put = make(Radio(loss_rx=0.5), rng=Never(3))
    put("a")
    put("b")
    loop.run(5.0)
    assert got == [(1.4, "a"), (1.4, "b")]  # 0.2 + 0.4 + 0.8


def test_the_device_climbs_its_own_ladder():
    loop, _, _, got, put = make(Radio(loss_tx=0.5), LWIP, is_inbound=False, rng=Never(2))
    put("a")
    loop.run(9.0)
    assert got == [(4.5, "a")]


def test_nothing_passes_while_wifi_is_down_and_then_at_the_next_try():
    loop, gate, _, got, put = make(Radio(is_up=False))
    put("a")
    loop.run(1.0)
    gate.set(Radio())
    put("b")
    loop.run(5.0)
    assert got == [(1.4, "a"), (1.4, "b")]


def test_a_device_without_arp_still_sends():
    loop, _, _, got, put = make(Radio(answers_arp=False), LWIP, is_inbound=False)
    put("a")
    assert got == [(0.0, "a")]
    loop, gate, _, got, put = make(Radio(answers_arp=False))
    put("a")
    loop.run(0.1)
    assert got == []
    gate.set(Radio())
    loop.run(0.3)
    assert got == [(0.2, "a")]


def test_a_sleeping_device_hears_at_the_next_beacon():
    loop, _, _, got, put = make(Radio(beacon_s=0.1, awake_s=0.03))
    loop.run(0.02)
    put("a")
    loop.run(0.11)
    put("b")  # awake since 0.1
    loop.run(0.15)
    put("c")
    loop.run(1.0)
    assert got == [(0.1, "a"), (0.11, "b"), (0.2, "c")]


def test_order_is_kept_when_the_radio_changes():
    loop, gate, _, got, put = make(Radio(latency_s=0.5))
    put("a")
    gate.set(Radio())
    put("b")
    loop.run(1.0)
    assert [name for _, name in got] == ["a", "b"]


def test_clear_drops_everything():
    loop, _, lane, got, put = make(Radio(latency_s=0.5))
    put("a")
    lane.clear()
    loop.run(1.0)
    assert (got, lane.held_bytes) == ([], 0)


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_lost_for_good_and_order_is_kept(seed):
    radio = Radio(loss_rx=0.3, latency_s=0.05, beacon_s=0.1, awake_s=0.02)
    loop, _, _, got, put = make(radio, rng=Random(seed))
    for n in range(50):
        put(f"{n:02}")
        loop.run(loop.now + 0.07)
    loop.run(1000.0)
    assert [name for _, name in got] == [f"{n:02}" for n in range(50)]


def test_on_a_real_loop_it_uses_that_one():
    async def main():
        arrived = asyncio.Event()
        gate = RadioGate(asyncio.get_running_loop().time, Random(1))
        gate.set(Radio(latency_s=0.01))
        Lane(gate, LINUX, is_inbound=True).put(1, arrived.set)
        assert not arrived.is_set()
        async with asyncio.timeout(1):
            await arrived.wait()

    asyncio.run(main())
