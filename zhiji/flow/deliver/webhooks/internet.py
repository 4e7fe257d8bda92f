"""Which addresses belong to the open internet: none that IANA set aside for anything else.

The tables are IANA's special-purpose registries (IPv4, IPv6) as a whole, also the blocks that are reachable
globally (anycast relays and the like): no webhook has business there. Of IPv6 only global unicast, 2000::/3, is
open at all, so what is deprecated (site-local, IPv4-compatible) or not handed out yet is shut without being named.
Addresses that wrap an IPv4 one are judged by that one.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

SPECIAL_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers; a cloud's metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # not IANA's: a cloud's host answers there inside each of its virtual machines
        "169.254.0.0/16",  # link-local; clouds' metadata at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4, deprecated
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112, direct delegation
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved; limited broadcast
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")
SPECIAL_IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, AMT, ORCHID and others
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
MAPPED = IPv6Network("::ffff:0:0/96")
TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64's well-known prefix: in a network of IPv6 alone, every IPv4 address looks so."""
ISATAP = (0x00005EFE, 0x02005EFE)
"""The upper half of an interface's part that carries an IPv4 address (RFC 5214)."""


def is_public(text: str) -> bool:
    """Whether an IP address, with or without a zone, belongs to the open internet. Raises ValueError for no address."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return not any(address in block for block in SPECIAL_IPV4)
    inner = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in MAPPED or address in TRANSLATED:
        return is_public(str(inner))
    if address not in GLOBAL_UNICAST or any(address in block for block in SPECIAL_IPV6):
        return False
    return not _is_isatap(address) or is_public(str(inner))


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFFFFFF in ISATAP
