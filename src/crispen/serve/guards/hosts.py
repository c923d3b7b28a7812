"""The Host and Origin of a request, read strictly: what is not plainly a name or an address is none."""

from __future__ import annotations

import ipaddress
import re

_AUTHORITY = re.compile(
    r"(?:(?P<name>[A-Za-z0-9._-]{1,253})|\[(?P<six>[0-9A-Fa-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?"
)
_ORIGIN = re.compile(r"https?://([^/]*)")


def host_of(header: str | None) -> str | None:
    """The name or address in a Host header, in lower case, without port, brackets and the root's dot.

    An address of IPv6 is written in its shortest form. None for a header that is missing or that RFC 9110 does not
    allow.
    """
    found = _AUTHORITY.fullmatch(header or "")
    if found is None or int(found["port"] or 0) > 65535:
        return None
    if found["six"] is None:
        name = found["name"].lower().removesuffix(".")
        return name if name and all(name.split(".")) else None
    try:
        return str(ipaddress.IPv6Address(found["six"]))
    except ValueError:
        return None


def origin_of(header: str) -> str | None:
    """The host that an Origin header names; None for `null` and for what is no origin of a web page."""
    found = _ORIGIN.fullmatch(header)
    return host_of(found[1]) if found else None
