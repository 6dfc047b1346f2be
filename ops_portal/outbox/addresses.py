"""Where messages may be sent: public addresses only, however they are written and whatever a name resolves to."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ops_portal.lib.refusals import Refused

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64: the last four bytes are an IPv4 address
_NEVER: Final = (
    ipaddress.IPv6Network("::/96"),  # IPv4-compatible, long out of use
    ipaddress.IPv6Network("2002::/16"),  # 6to4: leads to any IPv4 address
    ipaddress.IPv6Network("2001::/23"),  # the protocols' own, among them Teredo, which leads on as 6to4 does
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # NAT64 of a local network
    ipaddress.IPv4Network("192.0.0.0/24"),  # the protocols' own
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays
    ipaddress.IPv4Network("168.63.129.16/32"),  # the host of a virtual machine in Azure
)


class AddressRefused(Refused):
    """Messages can't be sent to this address."""

    code = "address_refused"
    status_code = 422


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: where to connect, what to ask for, under which name."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """Return the host as the Host header writes it, with the port where it isn't the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Return the parts of ``url``. Refuses AddressRefused, without asking any name server.

    https everywhere, http in development; port 80, 443, or one from 1024 on, which belong to no system service; no
    user and password, since they would be kept and logged; no fragment; a number in the place of the host must be
    a public address, in whatever spelling.
    """
    if not url.isascii() or any(character <= " " or character in '\\"<>^`{|}\x7f' for character in url):
        raise AddressRefused(_("Write the address in ASCII, without blanks; a name in its xn-- form."))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise AddressRefused(_("This is no address.")) from error
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.PORTAL_WEBHOOKS_HTTP):
        raise AddressRefused(_("The address must begin with https://."))
    if not host or len(host) > 253:
        raise AddressRefused(_("The address names no host."))
    if "@" in parts.netloc or parts.fragment or "%" in host:
        raise AddressRefused(_("The address may hold neither a user nor a password, nor a part after #."))
    port = port if port is not None else (443 if parts.scheme == "https" else 80)
    if port not in (80, 443) and port < 1024:
        raise AddressRefused(_("The port must be 80, 443 or at least 1024."))
    for address in _numeric(host):
        refuse_private(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def resolve(target: Target) -> list[IpAddress]:
    """Return the addresses that the host stands for now. Refuses AddressRefused where one of them isn't public.

    Whoever connects, connects to one of these and asks no name server again.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(_("There is no host of this name.")) from error
    addresses = list(dict.fromkeys(_address(str(entry[4][0])) for entry in found))
    for address in addresses:
        refuse_private(address)
    return addresses


def refuse_private(address: IpAddress) -> None:
    """Refuse AddressRefused unless ``address`` is public, or the machine's own where the settings allow that."""
    if is_public(address):
        return
    inner = _unwrapped(address)
    if settings.PORTAL_WEBHOOKS_TO_PRIVATE and inner.is_loopback:
        return
    raise AddressRefused(_("This host is not on the public internet."))


def is_public(address: IpAddress) -> bool:
    """Tell whether ``address`` is one of the public internet, looking through the ways to write IPv4 in IPv6."""
    inner = _unwrapped(address)
    if any(inner.version == network.version and inner in network for network in _NEVER):
        return False
    site_local = isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local
    return inner.is_global and not (
        inner.is_multicast
        or inner.is_reserved
        or inner.is_unspecified
        or inner.is_loopback
        or inner.is_link_local
        or inner.is_private
        or site_local
    )


def _unwrapped(address: IpAddress) -> IpAddress:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _address(text: str) -> IpAddress:
    return ipaddress.ip_address(text.partition("%")[0])


def _numeric(host: str) -> list[IpAddress]:
    """Return the address that ``host`` writes as a number: decimal, octal and hexadecimal too; none for a name."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [_address(str(entry[4][0])) for entry in found]
