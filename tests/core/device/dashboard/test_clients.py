"""Storms of failed accepts, and paths of requests that nobody parsed."""

from holdfast.core.device.dashboard.clients import AcceptStorm, Client, Phase, path_in


def test_ten_failures_within_a_minute_are_a_storm():
    storm = AcceptStorm()
    assert [storm.failed(6.0 * n) for n in range(10)] == [False] * 9 + [True]


def test_ten_in_more_than_a_minute_are_none():
    storm = AcceptStorm()
    assert not any(storm.failed(6.7 * n) for n in range(50))


def test_after_a_restart_it_waits_five_minutes():
    storm = AcceptStorm()
    storm.healed(0.0)
    assert not any(storm.failed(float(n)) for n in range(300))
    assert storm.failed(300.0)


def test_a_path_is_found_in_a_request_only():
    assert path_in(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n") == "/ping"
    assert path_in(b"GET /pi") == ""
    assert path_in(b"") == ""
    assert path_in(b"\xff \xfe \xfd") == "\ufffd"


def test_a_new_client_asked_nothing():
    client = Client()
    assert client.request is None
    assert [client.has_left, client.is_parked, client.is_refused] == [False] * 3
    assert len(Phase) == 4
