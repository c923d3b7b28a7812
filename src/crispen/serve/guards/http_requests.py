"""ASGI middleware: who may send requests, and the security headers of every response."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from crispen.errors import require
from crispen.serve.guards.host_header import parse_host, parse_origin_host

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

datastructures = require("starlette.datastructures")
exceptions = require("starlette.exceptions")
requests = require("starlette.requests")

HEALTH = "/healthz"
RETRY_LATER = {"Retry-After": "5"}
_SAFE_METHODS = "GET", "HEAD", "OPTIONS"
_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; media-src 'self' blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Adds security headers to every response, those to errors included."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                datastructures.MutableHeaders(scope=message).update(_SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class RequestChecks:
    """Raises HTTPException for requests that are not allowed, before a route sees them.

    Health checks are always allowed: load balancers and Kubernetes send them to an IP address, and the response
    only says whether the server accepts sessions.

    Args:
        token: Token that requests must have, "" for none.
        hosts: Names and addresses that the Host header may have, against DNS rebinding; empty for any.
        public_paths: Paths that need no token.
        max_requests: Requests at once.
    """

    def __init__(
        self, app: ASGIApp, token: str, hosts: tuple[str, ...], public_paths: frozenset[str], max_requests: int
    ):
        self._app, self._token, self._public_paths, self._max_requests = app, token, public_paths, max_requests
        self._hosts = {parse_host(f"[{host}]" if ":" in host else host) for host in hosts}
        self._open_requests = 0  # health checks excluded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == HEALTH:
            return await self._app(scope, receive, send)
        self._open_requests += 1
        try:
            self._check(requests.Request(scope))
            await self._app(scope, receive, send)
        finally:
            self._open_requests -= 1

    def _check(self, request: Request) -> None:
        host = parse_host(request.headers.get("host"))
        if host is None:
            raise exceptions.HTTPException(400, "the Host header is missing or invalid")
        if self._hosts and host not in self._hosts:
            raise exceptions.HTTPException(421, "this is not a name of the server; add it with --name")
        origin = request.headers.get("origin")
        own_hosts = {host, *self._hosts}  # a proxy may send its own name as Host, and the page the public name
        if origin is not None and request.method not in _SAFE_METHODS and parse_origin_host(origin) not in own_hosts:
            raise exceptions.HTTPException(403, "pages of other servers may not send requests to this one")
        if self._open_requests > self._max_requests:
            raise exceptions.HTTPException(503, "too many requests at once", RETRY_LATER)
        if self._token and request.url.path not in self._public_paths:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not secrets.compare_digest(token.strip().encode(), self._token.encode()):
                headers = {"WWW-Authenticate": "Bearer"}
                raise exceptions.HTTPException(401, "a token is required: Authorization: Bearer TOKEN", headers)
