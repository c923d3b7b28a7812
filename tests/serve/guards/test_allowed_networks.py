"""Which candidate addresses are tried."""

import pytest

from crispen.errors import CrispenError
from crispen.serve.guards.allowed_networks import AllowedNetworks, local_networks

NOT_PUBLIC = [
    "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "169.254.169.254", "127.0.0.1", "0.0.0.0", "255.255.255.255",
    "224.0.0.251", "239.1.2.3", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::fb",
    "::ffff:192.168.1.1", "::ffff:127.0.0.1", "64:ff9b::192.168.1.1", "2002:c0a8:0101::1", "2001:db8::1",
    "host.local", "localhost", "", "127.1", "0x7f000001", "2130706433", "010.0.0.1", "1.1.1.1 ", "1.1.1.1/32",
]  # fmt: skip


@pytest.mark.parametrize("host", NOT_PUBLIC)
def test_addresses_that_are_not_public_are_not_tried(host):
    assert not AllowedNetworks().allows(host)


@pytest.mark.parametrize("host", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are_tried_unless_the_server_is_local(host):
    assert AllowedNetworks().allows(host)
    assert not AllowedNetworks(local_networks(), public=False).allows(host)


def test_networks_can_be_allowed():
    added = AllowedNetworks(["192.168.1.0/24", "fd00::/8", "10.1.2.3"])
    assert added.allows("192.168.1.77") and added.allows("fd12::1") and added.allows("10.1.2.3")
    assert added.allows("::ffff:192.168.1.77")
    assert not added.allows("192.168.2.1") and not added.allows("10.1.2.4")
    for wrong in ("192.168.1.1/24", "home", "", "10.0.0.0/33"):
        with pytest.raises(CrispenError, match="is not a network"):
            AllowedNetworks([wrong])


def test_a_local_server_tries_loopback():
    here = AllowedNetworks(local_networks(), public=False)
    assert here.allows("127.0.0.1") and here.allows("127.9.9.9") and here.allows("::1")
