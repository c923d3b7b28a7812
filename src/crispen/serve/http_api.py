"""The HTTP API: the page, WHIP and WHEP, session state, health and metrics."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crispen.errors import CrispenError, require
from crispen.serve.event_log import log_event, log_fault
from crispen.serve.guards.http_requests import HEALTH, RETRY_LATER, RequestChecks, SecurityHeaders
from crispen.serve.guards.sdp_offer import InvalidOffer
from crispen.serve.ice_links import ice_links
from crispen.serve.peer_session import PeerSession
from crispen.serve.prometheus import CONTENT_TYPE
from crispen.serve.sender_settings import SenderSettings
from crispen.serve.sessions import NoPublisher, ServerFull, SessionManager

if TYPE_CHECKING:
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import Response

applications = require("starlette.applications")
exceptions = require("starlette.exceptions")
middleware = require("starlette.middleware")
requests = require("starlette.requests")
responses = require("starlette.responses")
routing = require("starlette.routing")

_SDP = "application/sdp"
_PAGES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
_STATUSES = {ServerFull: 503, NoPublisher: 404, InvalidOffer: 400, CrispenError: 422}
_NAME_LENGTH = 64


def make_app(sessions: SessionManager, token: str = "", hosts: tuple[str, ...] = ()):
    """The ASGI application.

    Args:
        sessions: What is served.
        token: Token that every request must have except those for the page and for health; "" for none.
        hosts: Names and addresses that the Host header may have, against DNS rebinding; empty for any.
    """

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        await sessions.warm_up()
        monitor = asyncio.create_task(sessions.monitor())
        yield
        monitor.cancel()
        await sessions.close()

    checks = middleware.Middleware(
        RequestChecks, token=token, hosts=hosts, public_paths=frozenset(_PAGES), max_requests=sessions.limits.requests
    )
    api = routing.Router(Api(sessions).routes(), redirect_slashes=False, middleware=[checks])
    errors = ErrorResponses(sessions)
    handlers = {exceptions.HTTPException: errors.http, CrispenError: errors.crispen, Exception: errors.unexpected}
    app = applications.Starlette(
        routes=[routing.Mount("/", app=api)], lifespan=lifespan, exception_handlers=handlers
    )  # fmt: skip
    return SecurityHeaders(app)


class ErrorResponses:
    """Starlette's exception handlers: each answers with one line of text, counts it and logs it."""

    def __init__(self, sessions: SessionManager):
        self._sessions = sessions

    async def http(self, request: Request, error: HTTPException):
        return self._respond(error.status_code, error.detail, error.headers)

    async def crispen(self, request: Request, error: CrispenError):
        status = next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)
        return self._respond(status, str(error), RETRY_LATER if status in (404, 503) else None)

    async def unexpected(self, request: Request, error: Exception):
        log_fault(error)
        return self._respond(500, "internal server error", None)

    def _respond(self, status: int, text: str, headers: Mapping[str, str] | None) -> Response:
        self._sessions.metrics.refused.labels(str(status)).inc()
        log_event("refused", status=status, why=text)
        return responses.PlainTextResponse(text + "\n", status, headers)


class Api:
    """The routes on top of a SessionManager."""

    def __init__(self, sessions: SessionManager):
        self._sessions, self._ice_links = sessions, ice_links(sessions.ice_servers)

    def routes(self) -> list[Any]:
        """All routes. None of them maps a path to a file on disk."""
        route = routing.Route
        return [
            *(route(path, _page(*page), methods=["GET"]) for path, page in _PAGES.items()),
            route(HEALTH, self.health, methods=["GET"]),
            route("/metrics", self.metrics, methods=["GET"]),
            route("/echo", self.open("echo"), methods=["POST", "OPTIONS"]),
            route("/whip/{room}", self.open("whip"), methods=["POST", "OPTIONS"]),
            route("/whep/{room}", self.open("whep"), methods=["POST", "OPTIONS"]),
            route("/whep/{room}/{name}", self.open("whep"), methods=["POST", "OPTIONS"]),
            route("/session/{id}", self.end, methods=["DELETE"]),
            route("/session/{id}/state", self.state, methods=["GET", "PUT"]),
            route("/rooms/{room}", self.room, methods=["GET"]),
        ]

    async def health(self, request: Request):
        draining = self._sessions.draining
        return responses.JSONResponse({"status": "draining" if draining else "ok"}, 503 if draining else 200)

    async def metrics(self, request: Request):
        body = self._sessions.metrics.render(self._sessions.counts(), self._sessions.draining)
        return responses.Response(body, headers={"Content-Type": CONTENT_TYPE})

    def open(self, kind: str):
        """The endpoint that opens sessions of a kind."""

        async def endpoint(request: Request) -> Response:
            if request.method == "OPTIONS":
                return responses.Response(status_code=204, headers={"Accept-Post": _SDP, **self._ice_links})
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _SDP:
                raise exceptions.HTTPException(415, f"the offer must be {_SDP}", {"Accept-Post": _SDP})
            room, name = (_checked_name(request.path_params.get(key, "")) for key in ("room", "name"))
            settings = SenderSettings().updated(request.query_params, self._sessions.limits)
            offer = await self._body(request)
            session, answer = await self._sessions.open(kind, room, name, offer, settings)
            headers = {"Location": f"/session/{session.id}", "Content-Type": _SDP, **self._ice_links}
            return responses.Response(answer, 201, headers)

        return endpoint

    async def end(self, request: Request):
        await self._sessions.end(self._session(request), "the peer left")
        return responses.Response(status_code=200)

    async def state(self, request: Request):
        session = self._session(request)
        if request.method == "PUT":
            if not session.sends:
                raise exceptions.HTTPException(403, "only the sender can change how its video is sharpened")
            settings = session.publisher.settings.updated(await self._json(request), self._sessions.limits)
            await session.publisher.update(settings)
            self._sessions.set_bitrate(session.publisher, settings.bitrate)
        return responses.JSONResponse(_state(session))

    async def room(self, request: Request):
        names = self._sessions.sender_names(_checked_name(request.path_params["room"]))
        return responses.JSONResponse({"names": names})

    def _session(self, request: Request) -> PeerSession:
        session = self._sessions.sessions.get(request.path_params["id"])
        if session is None:
            raise exceptions.HTTPException(404, "there is no such session")
        return session

    async def _json(self, request: Request) -> dict[str, Any]:
        try:
            settings = json.loads(await self._body(request))
        except (ValueError, RecursionError):
            settings = None
        if not isinstance(settings, dict):
            raise exceptions.HTTPException(400, "the settings must be one JSON object")
        return settings

    async def _body(self, request: Request) -> str:
        """The request's body as text. Its size and the time until it is complete are limited."""
        limits, body, close = self._sessions.limits, bytearray(), {"Connection": "close"}
        try:
            async with asyncio.timeout(limits.request_timeout):
                async for part in request.stream():
                    body += part
                    if len(body) > limits.body_bytes:
                        raise exceptions.HTTPException(413, f"at most {limits.body_bytes} bytes are accepted", close)
            return body.decode()
        except TimeoutError:
            raise exceptions.HTTPException(408, "the request took too long", close) from None
        except UnicodeDecodeError:
            raise exceptions.HTTPException(400, "the request is not UTF-8 text") from None
        except requests.ClientDisconnect:
            raise exceptions.HTTPException(400, "the peer closed the connection") from None


def _page(name: str, content_type: str):
    content = (files("crispen.serve") / name).read_bytes()

    async def endpoint(request: Request) -> Response:
        return responses.Response(content, headers={"Content-Type": f"{content_type}; charset=utf-8"})

    return endpoint


def _state(session: PeerSession) -> dict[str, Any]:
    return {
        "name": session.name, "kind": session.kind, "connected": session.connected,
        "bitrate_in": round(session.bitrate_in), "bitrate_out": round(session.bitrate_out),
        "settings": asdict(session.publisher.settings), **session.publisher.state(),
    }  # fmt: skip


def _checked_name(text: str) -> str:
    """The name of a room or sender, if it consists of characters that need no escaping anywhere."""
    if len(text) > _NAME_LENGTH or not all(char.isascii() and (char.isalnum() or char in "-_") for char in text):
        raise exceptions.HTTPException(400, f"a name has at most {_NAME_LENGTH} letters, digits, - and _")
    return text
