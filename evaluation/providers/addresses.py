"""Which addresses may be called. An endpoint is the site admin's to set, but a slip must not open the inner network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

LOCAL_NAMES = ("localhost", "localhost.localdomain")
LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadAddress(ValueError):  # noqa: N818  it says what is wrong with the address
    """Says in a sentence why an address is refused."""


class NameUnknown(Exception):  # noqa: N818  it may pass
    """The server's name cannot be found just now."""


def check_url(url: str, *, allow_private: bool) -> str:
    """Return the URL without a trailing slash; raises BadAddress. Looks at the text alone and asks no name server."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise BadAddress(_("This is no URL.")) from error
    if parts.scheme not in {"http", "https"}:
        raise BadAddress(_("The URL must begin with http:// or https://."))
    if not parts.hostname or port == 0:
        raise BadAddress(_("The URL names no server."))
    if parts.username is not None or parts.password is not None:
        raise BadAddress(_("The URL must not contain a name or a password. Give the key in its own field."))
    if parts.query or parts.fragment:
        raise BadAddress(_("The URL must end with its path, as in https://server.example/v1."))
    if not allow_private and named_private(parts.hostname):
        raise BadAddress(private_words())
    return url.strip().rstrip("/")


def check_target(url: str, *, allow_private: bool) -> None:
    """Check the addresses that the URL's name leads to now; raises BadAddress, and NameUnknown, which may pass.

    It asks the name server, so only workers may use it.
    """
    check_url(url, allow_private=allow_private)
    parts = urlsplit(url)
    if allow_private or not parts.hostname:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NameUnknown(_("The server's name cannot be found.")) from error
    if any(is_private(ipaddress.ip_address(str(entry[4][0]).partition("%")[0])) for entry in found):
        raise BadAddress(private_words())


def named_private(host: str) -> bool:
    """Return whether a host stands for this machine or an inner network by its very spelling."""
    name = host.lower().rstrip(".")
    if name in LOCAL_NAMES or name.endswith(LOCAL_ENDINGS):
        return True
    try:
        return is_private(ipaddress.ip_address(name))
    except ValueError:
        return bare_number(name)


def bare_number(name: str) -> bool:
    """Return whether a name is an address in one of the old spellings (0x7f.1, 2130706433)."""
    last = name.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def is_private(address: Address) -> bool:
    """Return whether an address is not one of the open internet."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return not address.is_global or address.is_multicast


def private_words() -> str:
    """Return the sentence for an address inside the network."""
    return _("This address is inside the network. This installation calls public addresses only.")
