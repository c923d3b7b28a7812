"""The addresses to which the server sends ICE connectivity checks.

An offer can name any address, including those of uninvolved machines.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from crispen.errors import UsageError, require

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LOOPBACK = "127.0.0.0/8", "::1/128"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # IPv4 addresses embedded in IPv6 (RFC 6052)


class AllowedNetworks:
    """Decides which candidate addresses are tried.

    Args:
        networks: Networks or single addresses, such as "10.0.0.0/8" or "192.168.1.7", in which peers may be.
        public: Whether peers may also be anywhere on the public internet.

    Raises:
        UsageError: A text in `networks` is not a network.
    """

    def __init__(self, networks: Sequence[str] = (), public: bool = True):
        self._networks: list[Network] = []
        self._public = public
        for text in networks:
            try:
                self._networks.append(ipaddress.ip_network(text))
            except ValueError as error:
                raise UsageError(f"{text!r} is not a network ({error}); write it as 192.168.1.0/24") from None

    def allows(self, host: str) -> bool:
        """Whether the candidate address `host` is tried. Host names never are."""
        try:
            address = _embedded_ipv4(ipaddress.ip_address(host))
        except ValueError:
            return False
        if any(address in network for network in self._networks):
            return True
        return self._public and address.is_global and not address.is_multicast


def local_networks() -> list[str]:
    """Loopback and the addresses of this machine's interfaces."""
    ice = require("aioice.ice")
    return [*_LOOPBACK, *ice.get_host_addresses(use_ipv4=True, use_ipv6=True)]


def _embedded_ipv4(address: Address) -> Address:
    """The IPv4 address embedded in an IPv6 address, otherwise the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address
