"""What is asked over HTTP: the page, WHIP and WHEP, states, health and metrics."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files

from crispen.errors import CrispenError, require
from crispen.serve.guards.hosts import host_of, origin_of
from crispen.serve.guards.offer import BadOffer
from crispen.serve.guards.rate import Rate
from crispen.serve.peer_session import Session
from crispen.serve.prometheus import CONTENT_TYPE
from crispen.serve.sender_settings import Settings
from crispen.serve.sessions import Absent, Full, House

applications = require("starlette.applications", "serve")
requests = require("starlette.requests", "serve")
responses = require("starlette.responses", "serve")
routing = require("starlette.routing", "serve")

_SDP = "application/sdp"
_RETRY = {"Retry-After": "5"}
_PAGES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; media-src 'self' blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_HEALTH = "/healthz"
_OPEN = (*_PAGES, _HEALTH)  # need no token: they tell nothing
_SAFE = "GET", "HEAD", "OPTIONS"
_TOLD = 20  # refusals that are logged in a second; all are counted


class Refused(Exception):
    """An answer other than the one that was hoped for."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None):
        self.status, self.text, self.headers = status, text, headers or {}


class Routes:
    """The requests that `house` can be asked."""

    def __init__(self, house: House):
        self.house = house

    def routes(self) -> list:
        """Nothing here is named by a path on the disk."""
        page = [routing.Route(path, _page(*held), methods=["GET"]) for path, held in _PAGES.items()]
        return [
            *page,
            routing.Route(_HEALTH, self.health, methods=["GET"]),
            routing.Route("/metrics", self.metrics, methods=["GET"]),
            routing.Route("/echo", self.open("echo"), methods=["POST", "OPTIONS"]),
            routing.Route("/whip/{room}", self.open("whip"), methods=["POST", "OPTIONS"]),
            routing.Route("/whep/{room}", self.open("whep"), methods=["POST", "OPTIONS"]),
            routing.Route("/whep/{room}/{name}", self.open("whep"), methods=["POST", "OPTIONS"]),
            routing.Route("/session/{id}", self.end, methods=["DELETE"]),
            routing.Route("/session/{id}/state", self.state, methods=["GET", "PUT"]),
            routing.Route("/rooms/{room}", self.room, methods=["GET"]),
        ]

    async def health(self, request):
        draining = self.house.draining
        return responses.JSONResponse({"status": "draining" if draining else "ok"}, 503 if draining else 200)

    async def metrics(self, request):
        text = self.house.metrics.text(self.house.kinds(), self.house.draining)
        return responses.Response(text, headers={"Content-Type": CONTENT_TYPE})

    def open(self, kind: str):
        async def answered(request):
            if request.method == "OPTIONS":
                return responses.Response(status_code=204, headers={"Accept-Post": _SDP})
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _SDP:
                raise Refused(415, f"the offer must be {_SDP}", {"Accept-Post": _SDP})
            room, name = (_word(request.path_params.get(key, "")) for key in ("room", "name"))
            settings = Settings().changed(request.query_params, self.house.limits)
            offer = await self._body(request)
            try:
                session, answer = await self.house.open(kind, room, name, offer, settings)
            except Full as error:
                raise Refused(503, str(error), _RETRY) from None
            except Absent as error:
                raise Refused(404, str(error), _RETRY) from None
            except BadOffer as error:
                raise Refused(400, str(error)) from None
            headers = {"Location": f"/session/{session.id}", "Content-Type": _SDP}
            return responses.Response(answer, 201, headers)

        return answered

    async def end(self, request):
        await self.house.end(self._session(request), "the peer left")
        return responses.Response(status_code=200)

    async def state(self, request):
        session = self._session(request)
        if request.method == "PUT":
            if not session.sends:
                raise Refused(403, "only who sends a video chooses how it is sharpened")
            try:
                wanted = json.loads(await self._body(request))
            except (ValueError, RecursionError):
                wanted = None
            if not isinstance(wanted, dict):
                raise Refused(400, "the settings must be one JSON object")
            settings = session.publisher.settings.changed(wanted, self.house.limits)
            await session.publisher.set(settings)
            for each in self.house.sessions.values():
                if each.publisher is session.publisher:
                    each.set_bitrate(settings.bitrate)
        return responses.JSONResponse(_state(session))

    async def room(self, request):
        return responses.JSONResponse({"names": self.house.names(_word(request.path_params["room"]))})

    def _session(self, request) -> Session:
        found = self.house.sessions.get(request.path_params["id"])
        if found is None:
            raise Refused(404, "there is no such session")
        return found

    async def _body(self, request) -> str:
        """The request's body as text, if it is small and comes soon."""
        body = bytearray()
        try:
            async with asyncio.timeout(self.house.limits.asking):
                async for part in request.stream():
                    body += part
                    if len(body) > self.house.limits.body:
                        raise Refused(413, f"at most {self.house.limits.body} bytes", {"Connection": "close"})
            return body.decode()
        except TimeoutError:
            raise Refused(408, "the request came too slowly", {"Connection": "close"}) from None
        except UnicodeDecodeError:
            raise Refused(400, "the request is no text") from None
        except requests.ClientDisconnect:
            raise Refused(400, "the peer left") from None


def make_app(house: House, token: str = "", hosts: tuple[str, ...] = ()):
    """The ASGI application. token: what every request must bear that is not for the page or for health, "" for none.

    hosts: names that requests must be addressed to, as a guard against names that others point at this machine; none
    for any.
    """

    @asynccontextmanager
    async def lifespan(app):
        await house.warm()
        watch = asyncio.create_task(house.watch_over())
        yield
        watch.cancel()
        await house.close()

    app = applications.Starlette(routes=Routes(house).routes(), lifespan=lifespan)
    app.router.redirect_slashes = False
    app.add_middleware(_Guard, house=house, token=token, hosts=hosts)
    return app


class _Guard:
    """Around everything: who may ask, what is said of an error, and the headers of every answer."""

    def __init__(self, app, house: House, token: str, hosts: tuple[str, ...]):
        self._app, self._house, self._token = app, house, token
        self._hosts = {host_of(f"[{each}]" if ":" in each else each) for each in hosts}
        self._told = Rate(_TOLD)
        self._asked = 0  # requests that wait for their answer, but for those for health

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})

        async def with_headers(message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()), *((k.encode(), v.encode()) for k, v in _HEADERS.items()),
                ]  # fmt: skip
            await send(message)

        answer: Callable[..., Awaitable[None]] = self._app
        counted = scope["path"] != _HEALTH
        self._asked += counted
        try:
            self._check(requests.Request(scope))
            return await answer(scope, receive, with_headers)
        except Refused as error:
            refused = error
        except CrispenError as error:
            refused = Refused(422, str(error))
        except Exception as error:
            self._house.journal.fault(error)
            refused = Refused(500, "the server failed to answer")
        finally:
            self._asked -= counted
        self._house.metrics.count("refused_total", str(refused.status))
        if self._told():
            self._house.journal("refused", status=refused.status, why=refused.text)
        answer = responses.PlainTextResponse(refused.text + "\n", refused.status, refused.headers)
        await answer(scope, receive, with_headers)

    def _check(self, request) -> None:
        host = host_of(request.headers.get("host"))
        if host is None:
            raise Refused(400, "the Host header names no server")
        if self._hosts and host not in self._hosts:
            raise Refused(421, "this is not a name of the server; give it with --name")
        origin = request.headers.get("origin")
        own = {host, *self._hosts}  # a proxy may have named itself to us, and another name to the page
        if origin is not None and request.method not in _SAFE and origin_of(origin) not in own:
            raise Refused(403, "pages of other servers may not ask this one")
        if self._asked > self._house.limits.requests and request.url.path != _HEALTH:
            raise Refused(503, "too many requests at once", _RETRY)
        if self._token and request.url.path not in _OPEN:
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), self._token.encode()):
                raise Refused(401, "a token is needed: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"})


def _page(name: str, kind: str):
    content = (files("crispen.serve") / name).read_bytes()

    async def page(request):
        return responses.Response(content, headers={"Content-Type": f"{kind}; charset=utf-8"})

    return page


def _state(session: Session) -> dict:
    from dataclasses import asdict

    return {
        "name": session.name, "kind": session.kind, "connected": session.connected,
        "bitrate_in": round(session.bitrate_in), "bitrate_out": round(session.bitrate_out),
        "settings": asdict(session.publisher.settings), **session.publisher.state(),
    }  # fmt: skip


def _word(text: str) -> str:
    """A room's or a peer's name; only what needs no escaping anywhere."""
    if len(text) > 64 or not all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in text):
        raise Refused(400, "a name has at most 64 letters, digits, - and _")
    return text
