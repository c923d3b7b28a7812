"""An HTTP server on loopback for files in memory, so that no request can reach any other file."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import PurePosixPath
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from crispen.errors import CrispenError

HOST = "127.0.0.1"
# Not from the module mimetypes, which on Windows reads the registry, where programs replace the type of scripts.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


class FileServer(ThreadingTCPServer):
    """Serves `files`, from their paths to their contents; `index.html` is at the root. It listens on loopback alone.

    Attributes:
        url: Address of `index.html`.
    """

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = os.name != "nt"  # Windows would let two servers listen on one port

    def __init__(self, files: Mapping[str, bytes], port: int):
        """Listens on `port`, 0 for a free one. Raises CrispenError if that is not possible."""
        self.files = files
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            reason = error.strerror or error
            raise CrispenError(f"cannot listen on {HOST} port {port} ({reason}); choose another: --port N") from None
        self.url = f"http://{HOST}:{self.server_address[1]}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a browser that leaves in the middle of an answer is no fault
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a request, after which a connection is closed
    server: FileServer

    def do_GET(self) -> None:
        self._answer(True)

    def do_HEAD(self) -> None:
        self._answer(False)

    def _answer(self, with_body: bool) -> None:
        try:
            name = unquote(urlsplit(self.path).path).removeprefix("/") or "index.html"
        except ValueError:  # the address is not valid
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        data = self.server.files.get(name)
        if data is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        begin, end = _byte_range(self.headers.get("Range", ""), len(data))
        partial = (begin, end) != (0, len(data))
        self.send_response(HTTPStatus.PARTIAL_CONTENT if partial else HTTPStatus.OK)
        if partial:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(data)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(end - begin))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if with_body:
            self.wfile.write(data[begin:end])

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged."""


def _byte_range(header: str, size: int) -> tuple[int, int]:
    """(begin, end) of the part that a `Range` header asks for (RFC 9110, section 14); players ask for parts of videos.

    The whole, (0, size), for a header that names several parts or none that exists; servers may ignore the header.
    """
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip())
    if not match or match[1] == match[2] == "":
        return 0, size
    if not match[1]:
        begin, end = max(size - int(match[2]), 0), size
    else:
        begin, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    return (begin, end) if begin < end else (0, size)
