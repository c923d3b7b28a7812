"""`crispen serve`: a server that sharpens the video of browsers and others over WebRTC, and gives it back or on."""

from __future__ import annotations

import argparse
import os
import secrets
import sys

from crispen.errors import CrispenError

_TOKEN = "CRISPEN_TOKEN"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine alone)")
    add("--port", type=int, default=8470, metavar="N", help="default %(default)s; 0 takes a free one")
    add("--token", help=f"what requests must bear (default: ${_TOKEN}; drawn and printed if others can reach it)")
    add(
        "--name", action="append", default=[], metavar="HOST",
        help="a name under which a proxy makes it known; then a token is needed. Again for more",
    )  # fmt: skip
    add(
        "--ice-server", action="append", default=[], metavar="URL", dest="ice",
        help="stun:HOST or turn:USER:PASSWORD@HOST; again for more",
    )  # fmt: skip
    add("--sessions", type=int, default=8, metavar="N", help="at once, players included (default %(default)s)")
    add("--seconds", type=float, default=4 * 3600, help="the longest session (default %(default)s)")
    add("--grace", type=float, default=20, metavar="SECONDS", help="for sessions to end after SIGTERM (default 20)")
    add("--threads", type=int, metavar="N", help="of the engine, for all sessions together (default: 2, or 1)")


def run(args: argparse.Namespace) -> int:
    from crispen.serve.house import House
    from crispen.serve.journal import Journal
    from crispen.serve.limits import Limits
    from crispen.serve.server import LOOPBACK, Address, is_loopback, media_on, serve

    for name in ("sessions", "seconds"):
        if not getattr(args, name) > 0:
            raise CrispenError(f"--{name} must be above 0, not {getattr(args, name):g}")
    if not 0 <= args.port <= 65535:
        raise CrispenError(f"--port must be 0 to 65535, not {args.port}")
    local = is_loopback(args.host) and not args.name
    token = args.token or os.environ.get(_TOKEN, "") or ("" if local else secrets.token_urlsafe(24))
    if local:
        media_on(args.host)
    names = (*args.name, *LOOPBACK) if is_loopback(args.host) else tuple(args.name)
    journal = Journal(sys.stderr)
    house = House(
        Limits(sessions=args.sessions, lasting=args.seconds), journal, [_ice_server(each) for each in args.ice],
        args.threads,
    )  # fmt: skip

    def ready(port: int) -> None:
        shown = f"[{args.host}]" if ":" in args.host else args.host
        print(f"http://{shown}:{port}/" + (f"#token={token}" if token else ""), flush=True)
        journal("listening", port=port, local=local)

    serve(house, Address(args.host, args.port, token, names, args.grace), ready)
    return 0


def _ice_server(text: str):
    """An RTCIceServer from stun:HOST[:PORT] or turn:USER:PASSWORD@HOST[:PORT]."""
    from aiortc import RTCIceServer

    scheme, _, rest = text.partition(":")
    account, _, host = rest.rpartition("@")
    user, _, password = account.partition(":")
    if scheme not in ("stun", "turn", "turns") or not host or (scheme != "stun" and not password):
        raise CrispenError("--ice-server must be stun:HOST or turn:USER:PASSWORD@HOST")
    return RTCIceServer(f"{scheme}:{host}", user or None, password or None)
