"""`crispen web`: serves the page that sharpens in the browser, or writes the page and the extension into a folder."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from crispen.apps.shared.arguments import integer
from crispen.errors import UsageError

_PORT = 8471


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--open", action="store_true", help="open the page in the default browser")
    add("--port", type=integer(0, 65535), metavar="N", help=f"port on this machine; 0 for a free one (default {_PORT})")
    add(
        "--unpack", type=Path, metavar="DIR",
        help="serve nothing; write DIR/page, for a file server, and DIR/extension, for a browser",
    )  # fmt: skip
    add("--overwrite", action="store_true", help="replace what an earlier --unpack wrote into DIR")


def run(args: argparse.Namespace) -> int:
    """Serves until Ctrl+C or SIGTERM, or unpacks. Returns 0; raises CrispenError if it cannot."""
    if args.unpack is None:
        if args.overwrite:
            raise UsageError("--overwrite goes with --unpack DIR")
        return _serve(_PORT if args.port is None else args.port, args.open)
    if args.open or args.port is not None:
        raise UsageError("--unpack serves nothing; leave --open and --port out")
    return _unpack(args.unpack, args.overwrite)


def _serve(port: int, open_browser: bool) -> int:
    from crispen.web.file_server import FileServer
    from crispen.web.web_files import page_files

    with FileServer(page_files(), port) as server, suppress(KeyboardInterrupt):
        print(server.url, flush=True)
        print("Press Ctrl+C to stop.", file=sys.stderr)
        if open_browser:
            threading.Thread(target=_open, args=(server.url,), daemon=True).start()  # some browsers block until closed
        server.serve_forever()
    return 0


def _open(url: str) -> None:
    if not webbrowser.open(url):
        print(f"crispen: no browser was found; open {url} yourself", file=sys.stderr)


def _unpack(folder: Path, overwrite: bool) -> int:
    from crispen.media.atomic_output import atomic_folder
    from crispen.media.error_messages import explain_write_errors
    from crispen.web.web_files import extension_files, page_files

    parts = {"page": page_files(), "extension": extension_files()}
    with atomic_folder(folder, frozenset(parts), overwrite) as part, explain_write_errors(folder):
        for name, files in parts.items():
            _write(part / name, files)
    for name, files in parts.items():
        print(f"{folder / name}: {len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB")
    print(
        "The page: copy its folder to any file server. Cameras need HTTPS or localhost.\n"
        "The extension, in Chrome, Chromium, Edge or Brave: open chrome://extensions, turn on Developer mode, press "
        f"Load unpacked,\n  and choose {os.path.abspath(folder / 'extension')}"
    )
    return 0


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
