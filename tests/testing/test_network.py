"""Routing, ARP and ICMP of the simulated network."""

import pytest

from holdfast.core.link.transport import (
    AcceptMode,
    Connected,
    ConnectFailed,
    ConnectFailure,
    Echo,
    EchoFailed,
    EchoReply,
    Listen,
    Open,
    Radio,
    SetRadio,
)
from holdfast.testing.scripted import Scripted
from holdfast.testing.world import CONTROL, PathModel, World

EXACT = PathModel(latency_s=0.01, jitter_s=0.0)
LISTEN = (0.0, Listen(80, AcceptMode.ACCEPT))


def play(bench, device, *, until_s=60.0, path=EXACT, prepare=lambda world: None):
    world = World(1)
    world.add_device("board.test", device, path=path)
    world.add_bench(bench)
    prepare(world)
    world.run(until_s)
    return world


def named(machine, kind):
    return [(round(at, 6), event) for at, event in machine.inputs if isinstance(event, kind)]


def test_echo_measures_the_path_and_is_lost_in_silence():
    device = Scripted([(2.0, SetRadio(Radio(is_up=False)))])
    bench = Scripted(
        [
            (1.0, Echo(1, "board.test")),
            (3.0, Echo(2, "board.test")),
            (4.0, Echo(3, "nobody.test")),
        ]
    )
    play(bench, device)
    assert bench.inputs == [
        (1.02, EchoReply(1, pytest.approx(0.02))),
        (4.002, EchoFailed(3, "name not resolved")),
    ]


def test_the_control_target_answers_unless_the_bench_has_no_network():
    bench = Scripted([(1.0, Echo(1, CONTROL)), (3.0, Echo(2, CONTROL)), (5.0, Echo(3, CONTROL))])

    def prepare(world):
        world.at(2.0, lambda: setattr(world, "bench_network", Radio(is_up=False)))
        world.at(4.0, lambda: setattr(world, "bench_network", Radio()))

    play(bench, Scripted(), prepare=prepare)
    assert [event.token for event in bench.events()] == [1, 3]


def test_arp_failure_is_told_after_three_seconds():
    device = Scripted([LISTEN, (1.0, SetRadio(Radio(answers_arp=False)))])
    bench = Scripted(
        [
            (1.5, Echo(1, "192.0.2.2")),  # the host still trusts what it knows
            (10.0, Echo(2, "192.0.2.2")),
            (11.0, Open(3, "192.0.2.2", 80)),
        ]
    )
    play(bench, device)
    assert bench.inputs == [
        (1.52, EchoReply(1, pytest.approx(0.02))),
        (13.0, EchoFailed(2, "host unreachable")),
        (13.0, ConnectFailed(3, ConnectFailure.UNREACHABLE, "no route to host")),
    ]


def test_what_waits_for_arp_goes_out_when_it_is_answered():
    device = Scripted(
        [LISTEN, (1.0, SetRadio(Radio(answers_arp=False))), (11.5, SetRadio(Radio()))]
    )
    bench = Scripted([(10.0, Echo(2, "192.0.2.2")), (10.5, Open(3, "192.0.2.2", 80))])
    play(bench, device)
    assert bench.inputs == [
        (12.02, EchoReply(2, pytest.approx(2.02))),
        (12.02, Connected(3, "192.0.2.2")),
    ]


def test_modem_sleep_makes_packets_wait_for_the_beacon():
    sleepy = Radio(beacon_s=0.1024, awake_s=0.05)
    device = Scripted([(0.0, SetRadio(sleepy))])
    bench = Scripted([(1.0, Echo(1, "192.0.2.2")), (1.04, Echo(2, "192.0.2.2"))])
    play(bench, device)
    assert named(bench, EchoReply) == [
        (1.034, EchoReply(1, pytest.approx(0.034))),  # the 10th beacon is at 1.024
        (1.06, EchoReply(2, pytest.approx(0.02))),  # awake since
    ]
