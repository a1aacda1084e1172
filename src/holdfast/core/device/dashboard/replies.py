"""Answers of the dashboard's handlers, and how an answer may go wrong on the wire."""

from __future__ import annotations

from msgspec import Struct

from holdfast.core.device.dashboard.payloads import error_json, json_body
from holdfast.core.device.http_session import HttpRequest, HttpSession
from holdfast.core.device.knobs import ANSWERED

__all__ = ["OpenStream", "Reply", "answer", "error", "json_reply", "text_reply"]

_TYPE_JSON = "application/json"
_TYPE_TEXT = "text/plain"
_TYPE_HTML = "text/html"


class Reply(Struct, frozen=True, kw_only=True):
    """An answer.

    Attributes:
        status: HTTP status.
        body: Its body.
        content_type: Of the body.
        headers: Further headers.
        says_close: Whether it says ``Connection: close``.
        closes: Whether the server closes the connection itself.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = _TYPE_JSON
    headers: tuple[tuple[str, str], ...] = ()
    says_close: bool = False
    closes: bool = False


class OpenStream(Struct, frozen=True):
    """The handler becomes a stream: ``"ws"``, ``"events"``, ``"stats"`` or ``"logs"``."""

    kind: str


def json_reply(value: object, status: int = 200) -> Reply:
    """Return ``value`` as JSON."""
    return Reply(status=status, body=json_body(value))


def text_reply(text: str, status: int = 200, content_type: str = _TYPE_TEXT) -> Reply:
    """Return plain text."""
    return Reply(status=status, body=text.encode(), content_type=content_type)


def error(status: int, code: str, message: str, *, now: float) -> Reply:
    """Return the firmware's JSON error; its content type is the server's default.

    Args:
        status: HTTP status.
        code: Word for programs.
        message: Words for people.
        now: Uptime in seconds.
    """
    body = error_json(code, message, number=status, uptime_s=now)
    # a refusal must not keep the session that it was meant to spare
    return Reply(
        status=status, body=body, content_type=_TYPE_HTML, says_close=status == 503,
        closes=status == 503,
    )  # fmt: skip


def answer(
    http: HttpSession, request: HttpRequest, reply: Reply, outcome: str
) -> tuple[bytes, bool, bool]:
    """Return the bytes of an answer, and whether the server then closes or stays silent.

    Args:
        http: The connection.
        request: What was asked.
        reply: What the handler says.
        outcome: One of ``knobs.REQUEST_OUTCOMES``.
    """
    if outcome in ("no_response", "early_close", "reset"):
        return b"", outcome != "no_response", outcome == "no_response"
    if outcome == "not_http":
        return b"SSH-2.0-dropbear_2022.83\r\n", True, False
    body, status = reply.body, reply.status
    if outcome == "bad_status":
        body, status = (body, status) if status >= 400 else (b"Internal error", 500)
    elif outcome == "bad_body":
        body = b"\xff\xfe<html>"
    headers = [("Content-Type", reply.content_type), *reply.headers]
    if reply.says_close:
        headers.append(("Connection", "close"))
    if outcome == "too_slow":
        half = (body or b"..")[: max(1, len(body) // 2)]
        return http.begin(status, headers) + http.chunk(half), False, True
    data = http.respond(status, headers, body, is_head=request.method == "HEAD")
    if outcome not in (ANSWERED, "bad_status", "bad_body"):
        raise ValueError(f"no such outcome: {outcome}")
    # "header" leaves closing to the client, as the device does
    is_closing = reply.closes or (http.must_close and not reply.says_close)
    return data, is_closing, False
