"""Answers, and how they go wrong."""

import json

import pytest

from holdfast.core.device.dashboard.replies import (
    OpenStream,
    Reply,
    answer,
    error,
    json_reply,
    text_reply,
)
from holdfast.core.device.http_session import HttpSession


def asked(method=b"GET"):
    http = HttpSession()
    return http, http.feed(b"%b /ping HTTP/1.1\r\nHost: x\r\n\r\n" % method)


@pytest.mark.parametrize(
    ("outcome", "begins", "ends", "closes", "parks"),
    [
        ("answered", b"HTTP/1.1 200 OK", b"0\r\n\r\n", False, False),
        ("bad_status", b"HTTP/1.1 500 Internal", b"0\r\n\r\n", False, False),
        ("bad_body", b"HTTP/1.1 200 OK", b"\xff\xfe<html>\r\n0\r\n\r\n", False, False),
        ("too_slow", b"HTTP/1.1 200 OK", b"1\r\nO\r\n", False, True),
        ("no_response", b"", b"", False, True),
        ("early_close", b"", b"", True, False),
        ("reset", b"", b"", True, False),
        ("not_http", b"SSH-2.0-", b"\r\n", True, False),
    ],
)
def test_each_outcome_on_the_wire(outcome, begins, ends, closes, parks):
    http, request = asked()
    data, is_closing, is_parked = answer(http, request, text_reply("OK"), outcome)
    assert data.startswith(begins)
    assert data.endswith(ends)
    assert bool(data) == bool(begins)
    assert (is_closing, is_parked) == (closes, parks)


def test_a_reply_that_is_bad_already_keeps_its_status():
    http, request = asked()
    data, _, _ = answer(http, request, text_reply("No", 404), "bad_status")
    assert data.startswith(b"HTTP/1.1 404 Not Found")


def test_an_unknown_outcome_is_a_bug():
    http, request = asked()
    with pytest.raises(ValueError, match="no such outcome: odd"):
        answer(http, request, text_reply("OK"), "odd")


def test_closing_may_be_said_done_both_or_neither():
    for says, does in ((True, True), (True, False), (False, False)):
        http, request = asked()
        reply = Reply(body=b"OK", says_close=says, closes=does)
        data, is_closing, _ = answer(http, request, reply, "answered")
        assert (b"Connection: close" in data, is_closing) == (says, does)


def test_head_has_no_body():
    http, request = asked(b"HEAD")
    data, _, _ = answer(http, request, text_reply("OK"), "answered")
    assert data.endswith(b"\r\n\r\n")
    assert b"OK\r\n0" not in data


def test_an_error_that_spares_sessions_closes():
    assert error(503, "SERVICE_UNAVAILABLE", "x", now=1.0).closes
    assert not error(404, "NOT_FOUND", "x", now=1.0).closes
    assert json.loads(error(404, "NOT_FOUND", "x", now=1.0).body)["error"]["code"] == "NOT_FOUND"


def test_kinds_of_replies():
    assert json_reply({"a": 1}).body == b'{"a":1}'
    assert json_reply({}, 400).status == 400
    assert text_reply("x").content_type == "text/plain"
    assert OpenStream("ws").kind == "ws"
