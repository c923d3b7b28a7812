"""`crispen serve`: a WebRTC server that sharpens video of browsers and other peers."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

from crispen.apps.shared.arguments import add_device, add_threads, integer, number
from crispen.errors import UsageError

_TOKEN = "CRISPEN_TOKEN"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: only this machine)")
    add("--port", type=integer(0, 65535), default=8470, metavar="N", help="default %(default)s; 0 for a free one")
    add(
        "--token", metavar="SECRET",
        help=f"token that requests must have: env:NAME or file:PATH (default: ${_TOKEN}; if other machines can reach "
        "the server, otherwise a random one, which is printed)",
    )  # fmt: skip
    add(
        "--name", action="append", default=[], metavar="HOST",
        help="public host name behind a proxy; requires a token. Can be repeated",
    )  # fmt: skip
    add(
        "--ice-server", action="append", default=[], metavar="URL", dest="ice",
        help="stun:HOST or turn:USER:SECRET@HOST, with env:NAME or file:PATH as the secret. Can be repeated",
    )  # fmt: skip
    add(
        "--allow-network", action="append", default=[], metavar="CIDR", dest="networks",
        help="private network in which ICE candidates are tried, such as 192.168.1.0/24. Can be repeated",
    )  # fmt: skip
    add(
        "--sessions",
        type=integer(1),
        default=8,
        metavar="N",
        help="sessions at once, players included; default 8",
    )
    add(
        "--seconds", type=number(0, above=True), default=4 * 3600, metavar="SECONDS",
        help="longest duration of a session; default %(default)s",
    )  # fmt: skip
    add(
        "--grace",
        type=number(0),
        default=20,
        metavar="SECONDS",
        help="time for sessions to end after SIGTERM; default 20",
    )
    add_threads(parser, "the engine, shared by all sessions")
    add_device(parser)


def run(args: argparse.Namespace) -> int:
    """Runs the server until a signal ends it. Returns 0; raises UsageError for invalid arguments."""
    from crispen.serve.aiortc_private import gather_only_on
    from crispen.serve.event_log import log_event, log_to, stop_logging
    from crispen.serve.guards.allowed_networks import AllowedNetworks, local_networks
    from crispen.serve.limits import Limits
    from crispen.serve.server import LOOPBACK_HOSTS, ServerConfig, is_loopback, serve
    from crispen.serve.sessions import SessionManager

    log = log_to(sys.stderr)
    local = is_loopback(args.host) and not args.name
    token = _secret(args.token or "", "--token") or os.environ.get(_TOKEN, "")
    token = token or ("" if local else secrets.token_urlsafe(24))
    networks = AllowedNetworks([*args.networks, *(local_networks() if local else [])], public=not local)
    ice_servers = [_ice_server(text) for text in args.ice]
    if local:
        gather_only_on(args.host)
    hosts = (*args.name, args.host, *LOOPBACK_HOSTS) if is_loopback(args.host) else tuple(args.name)
    limits = Limits(sessions=args.sessions, session_seconds=args.seconds)
    sessions = SessionManager(limits, ice_servers, args.threads, networks, device=args.device)

    def ready(port: int) -> None:
        host = f"[{args.host}]" if ":" in args.host else args.host
        print(f"http://{host}:{port}/" + (f"#token={token}" if token else ""), flush=True)
        log_event("listening", port=port, local=local)

    try:
        serve(sessions, ServerConfig(args.host, args.port, token, hosts, args.grace), ready)
    finally:
        stop_logging(log)
    return 0


def _ice_server(text: str):
    """An RTCIceServer from stun:HOST[:PORT] or turn:USER:SECRET@HOST[:PORT]."""
    from aiortc import RTCIceServer

    scheme, _, rest = text.partition(":")
    account, _, host = rest.rpartition("@")
    user, _, password = account.partition(":")
    if scheme not in ("stun", "turn", "turns") or not host or (scheme != "stun" and not password):
        raise UsageError("--ice-server must be stun:HOST or turn:USER:SECRET@HOST")
    return RTCIceServer(f"{scheme}:{host}", user or None, _secret(password, "--ice-server") or None)


def _secret(text: str, option: str) -> str:
    """The content of env:NAME or file:PATH; any other text is the secret itself, "" if there is none.

    Raises:
        UsageError: The secret cannot be read or is empty.
    """
    from crispen.serve.event_log import log_event

    kind, _, where = text.partition(":")
    if kind == "env":
        secret = os.environ.get(where, "")
    elif kind == "file":
        try:
            secret = Path(where).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise UsageError(f"{option}: cannot read the secret in {where} ({error})") from None
    else:
        if text:
            log_event("warning", why=f"the secret of {option} is visible to other processes; use env:NAME or file:PATH")
        return text
    if not secret:
        raise UsageError(f"{option}: {text} holds no secret")
    return secret
