"""The addresses at which the server looks for a peer. An offer can name any, also those of others."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from crispen.errors import CrispenError, require

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LOOPBACK = "127.0.0.0/8", "::1/128"
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 within IPv6 (RFC 6052)


class Networks:
    """allowed: networks that peers may be in. public: whether they may also be anywhere on the public internet."""

    def __init__(self, allowed: Sequence[str] = (), public: bool = True):
        """Raises CrispenError for what is no network, such as 10.0.0.0/8 or 192.168.1.7."""
        self._allowed: list[Network] = []
        self._public = public
        for text in allowed:
            try:
                self._allowed.append(ipaddress.ip_network(text))
            except ValueError as error:
                raise CrispenError(f"{text!r} is no network ({error}); write one such as 192.168.1.0/24") from None

    def allows(self, host: str) -> bool:
        """Whether a candidate's address is looked for; never one that is a name."""
        try:
            address = _within(ipaddress.ip_address(host))
        except ValueError:
            return False
        if any(address in network for network in self._allowed):
            return True
        return self._public and address.is_global and not address.is_multicast


def of_this_machine() -> list[str]:
    """Loopback, and the addresses of the machine's own interfaces."""
    ice = require("aioice.ice", "serve")
    return [*_LOOPBACK, *ice.get_host_addresses(use_ipv4=True, use_ipv6=True)]


def _within(address: Address) -> Address:
    """The IPv4 address that one of IPv6 stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _TRANSLATED:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address
