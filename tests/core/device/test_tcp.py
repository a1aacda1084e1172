"""Connections: what leaves when, and how they end."""

import math

from holdfast.core.device.tcp import KEEPALIVE_S, Tcp
from holdfast.core.link.transport import Abort, Close, Forget, PauseReading, ResumeReading, Send


def stack(**more):
    actions = []
    return Tcp(actions.append, **more), actions


def sizes(actions):
    return [len(action.data) for action in actions if isinstance(action, Send)]


def test_a_write_leaves_at_once_and_waits_for_room():
    tcp, actions = stack()
    tcp.accept(1, 0.0)
    tcp.write(1, b"x" * 6000, 0.0)
    assert sizes(actions) == [5760]
    assert tcp.is_blocked(1)
    tcp.acked(1, 1000, 0.1)
    assert sizes(actions) == [5760, 240]
    assert not tcp.is_blocked(1)


def test_a_close_waits_for_what_was_written():
    tcp, actions = stack()
    tcp.accept(1, 0.0)
    tcp.write(1, b"x" * 6000, 0.0)
    tcp.close(1)
    assert Close(1) not in actions
    tcp.write(1, b"late", 0.0)
    tcp.acked(1, 5760, 0.1)
    assert actions[-2:] == [Send(1, b"x" * 240), Close(1)]
    assert 1 not in tcp


def test_a_connection_past_the_control_blocks_costs_the_oldest():
    tcp, actions = stack(control_blocks=2)
    tcp.accept(1, 0.0)
    tcp.accept(2, 0.0)
    assert tcp.accept(3, 0.0) == [1]
    assert actions == [Abort(1)]
    assert len(tcp) == 2


def test_a_blocked_write_is_given_up_after_five_seconds():
    tcp, actions = stack()
    tcp.accept(1, 0.0)
    tcp.write(1, b"x" * 6000, 10.0)
    assert tcp.deadline() == 15.0
    assert tcp.on_timer(14.9) == []
    assert tcp.on_timer(15.0) == [1]
    assert actions[-1] == Abort(1)
    assert tcp.deadline() == math.inf


def test_progress_renews_the_send_timeout():
    tcp, _ = stack()
    tcp.accept(1, 0.0)
    tcp.write(1, b"x" * 9000, 10.0)
    tcp.acked(1, 100, 14.0)
    assert tcp.deadline() == 19.0


def test_keepalive_gives_a_silent_peer_twenty_seconds():
    tcp, _ = stack()
    tcp.accept(1, 0.0)
    tcp.tune(1, nodelay=True, keepalive=True)
    assert tcp.deadline() == math.inf  # nothing to wait for
    tcp.write(1, b"x", 100.0)
    assert tcp.deadline() == 100.0 + KEEPALIVE_S
    tcp.acked(1, 1, 101.0)
    assert tcp.deadline() == math.inf


def test_without_keepalive_only_the_retransmissions_end_it():
    tcp, _ = stack()
    tcp.accept(1, 0.0)
    tcp.write(1, b"x", 100.0)
    assert tcp.deadline() == 550.0


def test_a_full_window_stops_reading_and_an_empty_one_begins_again():
    tcp, actions = stack()
    tcp.accept(1, 0.0)
    tcp.hold_window(1, 5759)
    assert actions == []
    tcp.hold_window(1, 5760)
    tcp.hold_window(1, 9000)
    assert actions == [PauseReading(1)]
    tcp.hold_window(1, 0)
    assert actions[-1] == ResumeReading(1)


def test_a_loss_forgets_every_connection_without_a_word():
    tcp, actions = stack()
    tcp.accept(1, 0.0)
    tcp.accept(2, 0.0)
    tcp.write(1, b"x" * 9000, 0.0)
    tcp.lose_all()
    assert actions[-2:] == [Forget(1), Forget(2)]
    assert tcp.deadline() == math.inf
    assert len(tcp) == 0


def test_what_is_gone_is_ignored():
    tcp, actions = stack()
    tcp.write(9, b"x", 0.0)
    tcp.close(9)
    tcp.abort(9)
    tcp.acked(9, 5, 0.0)
    tcp.hold_window(9, 9999)
    assert not tcp.heard(9, 0.0)
    assert not tcp.is_blocked(9)
    assert actions == []


def test_air_that_is_freed_serves_who_waits():
    tcp, actions = stack(air_segments=4)
    tcp.accept(1, 0.0)
    tcp.accept(2, 0.0)
    tcp.write(1, b"x" * 5760, 0.0)
    tcp.write(2, b"y" * 100, 0.0)
    tcp.close(2)
    assert sizes(actions) == [5760]
    tcp.acked(1, 50, 0.1)
    assert sizes(actions) == [5760, 50]
    tcp.acked(1, 5710, 0.2)
    assert actions[-2:] == [Send(2, b"y" * 50), Close(2)]


def test_nodelay_off_joins_small_writes():
    tcp, actions = stack()
    tcp.accept(1, 0.0)
    tcp.tune(1, nodelay=False, keepalive=False)
    for _ in range(3):
        tcp.write(1, b"12345", 0.0)
    assert sizes(actions) == [5]
    tcp.acked(1, 5, 0.2)
    assert sizes(actions) == [5, 10]
