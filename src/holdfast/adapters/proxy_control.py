"""Live control of a proxy over HTTP, for its owner on this machine only.

``GET /state``, ``PUT /impairment`` (``{"name": "wifi-far"}`` or ``{"impairment": {...}}``,
as in a file), ``POST /reset-all``.

Laws:
    - It listens on loopback, and answers only who shows the token.
    - Only requests to a loopback name are answered (DNS rebinding); a page of another
      origin changes nothing, whatever it knows: ``Origin``, ``Sec-Fetch-Site`` and the
      JSON content type are looked at, and no CORS header is ever sent.
    - It opens no file that a request names.

Source: RFC 6750 (bearer tokens), W3C Fetch Metadata, RFC 9110.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from holdfast.adapters.impairments import impairment_of, named_impairment
from holdfast.adapters.socket_errors import reason
from holdfast.core.impair.impairment import NOTHING, Impairment
from holdfast.errors import ConfigError, UnreachableError

__all__ = ["MAX_BODY_BYTES", "ProxyControl"]

MAX_BODY_BYTES: Final = 65_536
"""Largest request; an impairment has about 1 kB."""

_HOST: Final = "127.0.0.1"
_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_CLOSE_S: Final = 1.0  # a request under way gets so long at the end

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ProxyControl:
    """The control server.

    Args:
        token: What a request must show.
        state: Returns what there is to know, as JSON can hold it.
        switch: Lets an impairment apply.
    """

    def __init__(
        self,
        *,
        token: str,
        state: Callable[[], Mapping[str, Any]],
        switch: Callable[[Impairment], None],
    ) -> None:
        self._token = token.encode()
        self._state = state
        self._switch = switch
        self._port = 0
        self._runner: web.AppRunner | None = None

    async def listen(self, port: int) -> str:
        """Open the control port on loopback, 0 to pick one; return its URL.

        Raises:
            UnreachableError: If it cannot be bound.
        """
        app = web.Application(middlewares=[self._guarded], client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/state", self._get_state, allow_head=False)
        app.router.add_put("/impairment", self._put_impairment)
        app.router.add_post("/reset-all", self._reset_all)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_S)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, _HOST, port).start()
        except OSError as exc:
            await self.close()
            raise UnreachableError(
                f"{_HOST}:{port}", f"cannot listen for control: {reason(exc)}"
            ) from exc
        self._port = int(self._runner.addresses[0][1])
        return f"http://{_HOST}:{self._port}"

    async def close(self) -> None:
        """Close the port; harmless when called twice."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    # --- who may ask ---------------------------------------------------------------

    @property
    def _guarded(self) -> Any:  # aiohttp's middlewares are marked functions
        @web.middleware
        async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
            refusal = self._refusal(request)
            if refusal is not None:
                return refusal
            try:
                return await handler(request)
            except web.HTTPException as exc:
                headers = {"Allow": exc.headers["Allow"]} if "Allow" in exc.headers else {}
                return _answer(exc.status, {"error": exc.reason.lower()}, headers)

        return guarded

    def _refusal(self, request: web.Request) -> web.Response | None:
        hosts = {f"{name}:{self._port}" for name in _NAMES}
        if request.headers.getall("Host", []) not in ([host] for host in hosts):
            return _answer(421, {"error": "host must be this machine's loopback and port"})
        shown = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(shown, b"Bearer " + self._token):
            return _answer(
                401,
                {"error": "needs the bearer token that the proxy printed at its start"},
                {"WWW-Authenticate": "Bearer"},
            )
        if request.method == "GET":
            return None
        origins = request.headers.getall("Origin", [])
        if any(urlsplit(o).scheme != "http" or urlsplit(o).netloc not in hosts for o in origins):
            return _answer(403, {"error": "origin must be this server's own"})
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return _answer(403, {"error": "must not come from another site"})
        if request.content_type != "application/json":
            return _answer(415, {"error": "content type must be application/json"})
        return None

    # --- what may be asked ---------------------------------------------------------

    async def _get_state(self, request: web.Request) -> web.Response:
        del request
        return _answer(200, self._state())

    async def _put_impairment(self, request: web.Request) -> web.Response:
        try:
            impairment = _asked(msgspec.json.decode(await request.read()))
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return _answer(400, {"error": "body must be JSON"})
        except ConfigError as exc:
            return _answer(422, {"error": str(exc)})
        self._switch(impairment)
        return _answer(200, self._state())

    async def _reset_all(self, request: web.Request) -> web.Response:
        del request
        self._switch(NOTHING)
        return _answer(200, self._state())


def _asked(body: object) -> Impairment:
    match body:
        case {"name": str(name), **rest} if not rest:
            return named_impairment(name)
        case {"impairment": dict(table), **rest} if not rest:
            return impairment_of(table, "impairment")
    raise ConfigError("body", 'must be {"name": "..."} or {"impairment": {...}}')


def _answer(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(body) + b"\n",
        content_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **(headers or {}),
        },
    )
