"""`crispen serve`: a server that sharpens the video of browsers and others over WebRTC, and gives it back or on."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crispen.errors import CrispenError

if TYPE_CHECKING:
    from crispen.serve.event_log import Journal

_TOKEN = "CRISPEN_TOKEN"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine alone)")
    add("--port", type=int, default=8470, metavar="N", help="default %(default)s; 0 takes a free one")
    add(
        "--token", metavar="SECRET",
        help=f"what requests must bear, env:NAME or file:PATH (default: ${_TOKEN}; drawn and printed if others can "
        "reach the server)",
    )  # fmt: skip
    add(
        "--name", action="append", default=[], metavar="HOST",
        help="a name under which a proxy makes it known; then a token is needed. Again for more",
    )  # fmt: skip
    add(
        "--ice-server", action="append", default=[], metavar="URL", dest="ice",
        help="stun:HOST or turn:USER:SECRET@HOST, with env:NAME or file:PATH as the secret; again for more",
    )  # fmt: skip
    add(
        "--allow-network", action="append", default=[], metavar="CIDR", dest="networks",
        help="a private network in which peers may be looked for, such as 192.168.1.0/24; again for more",
    )  # fmt: skip
    add("--sessions", type=int, default=8, metavar="N", help="at once, players included (default %(default)s)")
    add("--seconds", type=float, default=4 * 3600, help="the longest session (default %(default)s)")
    add("--grace", type=float, default=20, metavar="SECONDS", help="for sessions to end after SIGTERM (default 20)")
    add("--threads", type=int, metavar="N", help="of the engine, for all sessions together (default: 2, or 1)")


def run(args: argparse.Namespace) -> int:
    from crispen.serve.event_log import Journal
    from crispen.serve.guards.networks import Networks, of_this_machine
    from crispen.serve.limits import Limits
    from crispen.serve.server import LOOPBACK, Address, is_loopback, media_on, serve
    from crispen.serve.sessions import House

    for name in ("sessions", "seconds"):
        if not getattr(args, name) > 0:
            raise CrispenError(f"--{name} must be above 0, not {getattr(args, name):g}")
    if not 0 <= args.port <= 65535:
        raise CrispenError(f"--port must be 0 to 65535, not {args.port}")
    local = is_loopback(args.host) and not args.name
    journal = Journal(sys.stderr)
    token = _secret(args.token or "", "--token", journal) or os.environ.get(_TOKEN, "")
    token = token or ("" if local else secrets.token_urlsafe(24))
    networks = Networks([*args.networks, *(of_this_machine() if local else [])], public=not local)
    servers = [_ice_server(each, journal) for each in args.ice]
    if local:
        media_on(args.host)
    names = (*args.name, args.host, *LOOPBACK) if is_loopback(args.host) else tuple(args.name)
    house = House(Limits(sessions=args.sessions, lasting=args.seconds), journal, servers, args.threads, networks)

    def ready(port: int) -> None:
        shown = f"[{args.host}]" if ":" in args.host else args.host
        print(f"http://{shown}:{port}/" + (f"#token={token}" if token else ""), flush=True)
        journal("listening", port=port, local=local)

    serve(house, Address(args.host, args.port, token, names, args.grace), ready)
    return 0


def _ice_server(text: str, journal: Journal):
    """An RTCIceServer from stun:HOST[:PORT] or turn:USER:SECRET@HOST[:PORT]."""
    from aiortc import RTCIceServer

    scheme, _, rest = text.partition(":")
    account, _, host = rest.rpartition("@")
    user, _, password = account.partition(":")
    if scheme not in ("stun", "turn", "turns") or not host or (scheme != "stun" and not password):
        raise CrispenError("--ice-server must be stun:HOST or turn:USER:SECRET@HOST")
    return RTCIceServer(f"{scheme}:{host}", user or None, _secret(password, "--ice-server", journal) or None)


def _secret(text: str, option: str, journal: Journal) -> str:
    """What env:NAME or file:PATH holds; other text is the secret itself, "" is none. Raises CrispenError."""
    kind, _, where = text.partition(":")
    if kind == "env":
        found = os.environ.get(where, "")
    elif kind == "file":
        try:
            found = Path(where).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise CrispenError(f"{option}: the secret in {where} cannot be read ({error})") from None
    else:
        if text:
            journal("warning", why=f"the secret of {option} stands in the list of processes; use env:NAME or file:PATH")
        return text
    if not found:
        raise CrispenError(f"{option}: {text} holds no secret")
    return found
