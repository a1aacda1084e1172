"""The socket table: who has a socket, and who loses it first."""

import math

from holdfast.core.device.sockets import SocketTable


def test_the_systems_own_sockets_count():
    table = SocketTable(10)
    for conn in range(6):
        table.open(conn, "http", 0.0)
    assert not table.is_full
    table.open(6, "telnet", 0.0)
    assert table.is_full
    assert table.used == 10
    assert len(table) == 7
    assert table.sessions() == 6


def test_a_leak_takes_sockets():
    table = SocketTable(10)
    table.leaked = 7
    assert table.is_full
    table.clear()
    assert table.used == 3


def test_the_least_recently_used_session_is_the_one_not_heard_of_longest():
    table = SocketTable(10)
    table.open(1, "telnet", 0.0)
    table.open(2, "stream", 1.0)
    table.open(3, "http", 2.0)
    assert table.least_recently_used().conn == 2
    table.touch(2, 3.0)
    assert table.least_recently_used().conn == 3
    table.close(3)
    table.close(2)
    assert table.least_recently_used() is None


def test_only_plain_sessions_without_a_request_are_idle():
    table = SocketTable(10)
    table.open(1, "stream", 0.0)
    table.open(2, "telnet", 0.0)
    busy = table.open(3, "http", 0.0)
    busy.is_busy = True
    assert table.idle_since_s() == math.inf
    table.open(4, "http", 5.0)
    assert table.idle_since_s() == 5.0
    assert table.idle_for(3.0, 7.9) == []
    assert [s.conn for s in table.idle_for(3.0, 8.0)] == [4]


def test_what_is_unknown_is_ignored():
    table = SocketTable(10)
    table.touch(9, 1.0)
    table.close(9)
    assert table.get(9) is None
