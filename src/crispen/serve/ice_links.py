"""The STUN and TURN servers that clients should use, as the Link header of WHIP (RFC 9725, section 4.6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from crispen.errors import CrispenError

_QUOTABLE = re.compile(r"[ !#-\[\]-~]*")  # printable ASCII without quotes and backslashes


def ice_links(servers: Sequence[Any]) -> dict[str, str]:
    """The header for `servers`, RTCIceServers with one URL each; {} without any.

    Raises:
        CrispenError: A URL, user or secret has characters that the header cannot hold.
    """
    links = []
    for server in servers:
        parts = [f'<{server.urls}>; rel="ice-server"']
        if server.username:
            parts += [
                f'username="{server.username}"',
                f'credential="{server.credential}"',
                'credential-type="password"',
            ]
        fields = (server.urls, server.username or "", server.credential or "")
        if not all(map(_QUOTABLE.fullmatch, fields)) or ">" in server.urls:
            raise CrispenError("URL, user and secret of an ICE server must be ASCII without quotes and backslashes")
        links.append("; ".join(parts))
    return {"Link": ", ".join(links)} if links else {}
