"""Strict parsing of the Host and Origin headers."""

from __future__ import annotations

import ipaddress
import re

_AUTHORITY = re.compile(
    r"(?:(?P<name>[A-Za-z0-9._-]{1,253})|\[(?P<ipv6>[0-9A-Fa-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?"
)
_ORIGIN = re.compile(r"https?://([^/]*)")


def parse_host(header: str | None) -> str | None:
    """The host name or address in a Host header, without the port.

    Names are lower case and without the trailing dot of the DNS root. IPv6 addresses are without brackets and in their
    shortest form. Returns None for a missing header and for one that RFC 9110 does not allow.
    """
    match = _AUTHORITY.fullmatch(header or "")
    if match is None or int(match["port"] or 0) > 65535:
        return None
    if match["ipv6"] is None:
        name = match["name"].lower().removesuffix(".")
        return name if name and all(name.split(".")) else None
    try:
        return str(ipaddress.IPv6Address(match["ipv6"]))
    except ValueError:
        return None


def parse_origin_host(header: str) -> str | None:
    """The host in an Origin header; None for `null` and for anything else that is not an HTTP origin."""
    match = _ORIGIN.fullmatch(header)
    return parse_host(match[1]) if match else None
