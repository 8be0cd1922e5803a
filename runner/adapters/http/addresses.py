"""Which hosts a link may lead to. A gateway hands out links; none may reach into the network this machine stands in.

A name is resolved once, every address it has is checked, and the caller connects to those and to no others: a name
that resolves differently a moment later (DNS rebinding) leads nowhere else.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

import httpx

Address: TypeAlias = IPv4Address | IPv6Address
# Host and port to all addresses; OSError when it has none.
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[Address]]]

HIGHEST_PORT: Final = 65_535
_PORTS: Final = {"http": 80, "https": 443}

# Written out, since what `ipaddress` calls private differs between Python's patch releases.
# Networks somebody may run a gateway or its double in.
_PRIVATE: Final = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by a provider's customers; also where overlay networks live
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks; also where local proxies put the names they resolve
        "::1/128",
        "fc00::/7",
        "fec0::/10",
    )
)
# Where no clip ever is: a machine's own configuration service above all, which hands out keys.
_FORBIDDEN: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.100.100.200/32",  # configuration service of Alibaba Cloud
        "168.63.129.16/32",  # ... of Azure, though the address looks public
        "169.254.0.0/16",  # link-local, and the usual configuration service
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "64:ff9b:1::/48",
        "100::/64",
        "2001:db8::/32",
        "5f00::/16",
        "fd00:ec2::/32",  # configuration service of Amazon
        "fe80::/10",
        "ff00::/8",
    )
)
# An IPv6 address that stands for an IPv4 one: prefix, and how many bits follow the embedded address.
_EMBEDDING: Final = (
    (IPv6Network("::/96"), 0),
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
# Tunnels whose far end is hidden in the address, scrambled.
_TUNNEL: Final = IPv6Network("2001::/32")


@dataclass(frozen=True, slots=True)
class Target:
    """A link that may be followed, and the addresses its host was found to have."""

    url: httpx.URL
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """Never names more of the link than its host: the rest may be a signature."""

    cause: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Nothing is known against the link, but its host's name has no address now."""

    url: httpx.URL


async def resolve_host(host: str, port: int) -> tuple[Address, ...]:
    """By the system's resolver, which also reads `127.1` and `0x7f000001` as what they mean."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ip_address(place[4][0]) for place in found))


async def is_private(host: str, resolve: Resolve = resolve_host) -> bool:
    """True when a host, by any of its addresses, stands in a network of its own. OSError when it cannot be resolved."""
    return any(not is_public_address(address) for address in await resolve(host, 0))


def is_public_address(address: Address) -> bool:
    return not _is_in(address, _PRIVATE) and not is_forbidden_address(address)


def is_forbidden_address(address: Address) -> bool:
    """True for what no link may lead to, whatever the gateway's own address is."""
    if isinstance(address, IPv6Address) and address in _TUNNEL:
        return True
    return _is_in(address, _FORBIDDEN)


async def may_fetch(
    url: str | httpx.URL,
    *,
    endpoint_is_private: bool,
    endpoint_is_plain: bool = False,
    resolve: Resolve = resolve_host,
) -> Target | Unresolved | NotAllowed:
    """Whether a link from a gateway may be followed.

    A private endpoint (a double, or a relay in the house) may hand out links to private addresses, and plain ones; an
    endpoint that is itself plain HTTP may hand out plain ones.
    """
    checked = _check_form(url, may_be_plain=endpoint_is_private or endpoint_is_plain)
    if isinstance(checked, NotAllowed):
        return checked
    host = checked.host
    try:
        addresses = tuple(await resolve(host, checked.port or _PORTS[checked.scheme]))
    except (OSError, UnicodeError):
        return Unresolved(checked)
    if not addresses:
        return Unresolved(checked)
    for address in addresses:
        if is_forbidden_address(address):
            return NotAllowed(f"`{host}` is at {address}, where no clip can be")
        if not endpoint_is_private and not is_public_address(address):
            return NotAllowed(f"`{host}` is at {address}, in a private network, and the gateway itself is not")
    return Target(checked, addresses)


def _check_form(url: str | httpx.URL, *, may_be_plain: bool) -> httpx.URL | NotAllowed:
    try:
        parsed = httpx.URL(url)
        # Read here, since the library finds out only now what is no name in other letters (`xn--...`).
        _ = parsed.host
    except (httpx.InvalidURL, UnicodeError):
        return NotAllowed("the link is no valid URL")
    if parsed.scheme not in _PORTS or not parsed.host:
        return NotAllowed("the link is not `https://` and a host")
    if (parsed.port or 0) > HIGHEST_PORT:
        return NotAllowed("the link is no valid URL")
    if parsed.userinfo:
        return NotAllowed(f"the link to `{parsed.host}` carries a user name")
    if parsed.scheme == "http" and not may_be_plain:
        return NotAllowed(f"the link to `{parsed.host}` is not encrypted (`http://`)")
    return parsed


def _is_in(address: Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(form in network for form in _forms(address) for network in networks)


def _forms(address: Address) -> tuple[Address, ...]:
    """The address, and the IPv4 address it stands for where it does."""
    if isinstance(address, IPv4Address):
        return (address,)
    plain = IPv6Address(int(address))  # without the name of a network card
    hidden = (
        IPv4Address((int(plain) >> bits_behind) & 0xFFFFFFFF)
        for prefix, bits_behind in _EMBEDDING
        # `::` and `::1` are addresses of their own.
        if plain in prefix and int(plain) > 1
    )
    return (plain, *hidden)
