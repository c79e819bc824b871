"""Who calls: from where, under which name, over which way, past which proxies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

Headers = Mapping[str, str]
Network = IPv4Network | IPv6Network

_FORWARDED: Final = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
)
"""What proxies add, where they are set up to."""
PAGE_ORIGIN: Final = "x-page-origin"
"""Where the page finds itself in the browser; a proxy that rewrites `Host` and adds nothing lets it pass."""
_LOCAL_NAME: Final = "localhost"


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller."""

    address: str
    """Its own, where a trusted proxy tells it."""
    local: bool
    """It is this machine itself, and nobody speaks through it."""
    secure: bool
    """It speaks https with us, or with the proxy."""
    proxied: bool = False
    """It calls from this machine, but for somebody else: a proxy that settings do not name, or a foreign page."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What is known of the ways to this service."""

    names: frozenset[str] = frozenset()
    """Names under which it may be called, in lower case."""
    proxies: tuple[Network, ...] = field(default=())

    @classmethod
    def of(cls, names: Iterable[str], proxies: Iterable[str]) -> "Neighbourhood":
        """Make it of what settings say; a proxy that is no address is left out."""
        return cls(frozenset(name.lower().rstrip(".") for name in names if name), tuple(_networks(proxies)))

    def caller(self, scope: Mapping[str, Any], headers: Headers) -> Caller:
        """Find out who calls."""
        client = scope.get("client")
        near = _address(client[0] if client else "")
        secure = scope.get("scheme") == "https"
        if near is not None and self._trusts(near):
            return self._behind(near, headers, secure=secure)
        if near is None or not near.is_loopback:
            return Caller(str(near or ""), local=False, secure=secure)
        proxied = _for_somebody_else(scope, headers, secure=secure)
        return Caller(str(near), not proxied and is_loopback(host_of(headers)), secure, proxied)

    def _behind(self, near: IPv4Address | IPv6Address, headers: Headers, *, secure: bool) -> Caller:
        secure = secure or headers.get("x-forwarded-proto", "").split(",")[-1].strip().lower() == "https"
        for text in reversed(headers.get("x-forwarded-for", "").split(",")):
            address = _address(text.strip())
            if address is None:
                break
            if not self._trusts(address):
                return Caller(str(address), local=False, secure=secure)
        return Caller(str(near), local=False, secure=secure)

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.proxies if network.version == address.version)

    def knows(self, headers: Headers) -> bool:
        """Return whether the Host header names us; it does not after DNS rebinding by a foreign page."""
        host = host_of(headers)
        return bool(host) and (_address(host) is not None or is_loopback(host) or host in self.names)


def _for_somebody_else(scope: Mapping[str, Any], headers: Headers, *, secure: bool) -> bool:
    """Return whether a call from this machine shows signs of a proxy or of a foreign page.

    A proxy without settings speaks HTTP/1.0 and rewrites `Host`; what the browser says of its page it passes on.
    """
    origin, page = headers.get("origin"), headers.get(PAGE_ORIGIN)
    return (
        any(name in headers for name in _FORWARDED)
        or scope.get("http_version") == "1.0"
        or headers.get("sec-fetch-site") in {"cross-site", "same-site"}
        or (origin is not None and origin.lower() != origin_of(headers, secure=secure))
        or (page is not None and not is_loopback(urlsplit(page).hostname or ""))
    )


def origin_of(headers: Headers, *, secure: bool) -> str:
    """Return the origin that a page of ours has, by the name that was called."""
    return f"{'https' if secure else 'http'}://{headers.get('host', '').lower()}"


def host_of(headers: Headers) -> str:
    """Return the host that was called, in lower case and without its port."""
    host = headers.get("host", "").strip().lower()
    if host.startswith("["):
        address, _, rest = host[1:].partition("]")
        return address if not rest or rest.startswith(":") else host
    return host.rpartition(":")[0].rstrip(".") if host.count(":") == 1 else host.rstrip(".")


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine's own."""
    address = _address(host)
    return address.is_loopback if address is not None else host == _LOCAL_NAME or host.endswith(f".{_LOCAL_NAME}")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


def _networks(proxies: Iterable[str]) -> Sequence[Network]:
    found = []
    for text in proxies:
        try:
            found.append(ip_network(text.strip(), strict=False))
        except ValueError:
            continue
    return found
