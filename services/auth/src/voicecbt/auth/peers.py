"""Which address a call really comes from, behind proxies."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import unquote

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN_PEER = "unknown"
IPV6_SITE_BITS = 64  # one household or office has a whole /64: counting single addresses would count nothing


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Parses networks in CIDR form. ValueError names nothing but the text that is wrong."""
    return tuple(ip_network(text) for text in texts)


def origin(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The nearest address that is not one of our own proxies, as text; an IPv6 one as its /64.

    `peer` is gRPC's name of the connection ("ipv4:10.0.0.7:51234"), `forwarded_for` the value of x-forwarded-for.
    That header is read from the right, and only as long as whoever wrote it is in a `trusted` network: anybody can
    send one.
    """
    nearest = _connection(peer)
    for hop in reversed([*forwarded_for.split(",")]):
        if nearest is None or not any(nearest in network for network in trusted):
            break
        before = _parsed(hop.strip())
        if before is None:
            break
        nearest = before
    return _site(nearest) if nearest else UNKNOWN_PEER


def _connection(peer: str) -> Address | None:
    kind, _, rest = unquote(peer).partition(":")
    if kind not in ("ipv4", "ipv6"):
        return None
    return _parsed(rest.rpartition(":")[0].strip("[]"))


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _site(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, IPV6_SITE_BITS), strict=False))
