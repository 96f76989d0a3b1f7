"""The client of a request: the user, or the network of its address."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Network, ip_address

from app.core.context import RequestContext

_IPV6_OF_ONE_CLIENT = 64  # bits: a client with one such address has the whole network


def client_of(request: RequestContext) -> str:
    """Return the key that identifies the client: the user, else the network."""
    if request.user_id:
        return f"user:{request.user_id}"
    return f"address:{network_of(request.address or '')}"


@lru_cache(maxsize=4096)
def network_of(host: str) -> str:
    """Return an IPv4 address without its port, and an IPv6 address as the network of its client.

    A proxy may forward anything: a port (`1.2.3.4:80`, `[::1]:80`), a zone, or no address at all
    (`unix:`). Text that is no address is one client, so that varying it gives no new limit.
    """
    bare = host.removeprefix("[").partition("]")[0].partition("%")[0]
    before, _, port = bare.rpartition(":")
    try:
        address = ip_address(before if "." in before and port.isdecimal() else bare)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _IPV6_OF_ONE_CLIENT), strict=False))
