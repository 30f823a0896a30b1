"""Which network addresses a trigger may reach."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host name and port to addresses, best first. Raises OSError when there are none."""

_NAT64 = IPv6Network("64:ff9b::/96")


async def system_resolver(host: str, port: int) -> list[str]:
    """Return the addresses that this machine finds for a host name, best first."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the open internet.

    Loopback, home and office networks, link-local ones (where clouds keep their
    metadata service) and multicast do not; nor does an IPv6 address that only wraps
    such an IPv4 address. Nonsense is not public.
    """
    try:
        outer = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = outer.ipv4_mapped if isinstance(outer, IPv6Address) else None
    ips = [mapped] if mapped else [outer, *_wrapped(outer)]
    return all(ip.is_global and not ip.is_multicast for ip in ips)


def is_address(host: str) -> bool:
    """Tell whether a host is an IP address and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _wrapped(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return []
    wrapped = [ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        wrapped.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return [inner for inner in wrapped if inner is not None]
