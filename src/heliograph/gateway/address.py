"""Where a gateway is, as its owner types it."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from heliograph.errors import UsageError
from heliograph.model.redact import redact

HTTPS: Final = "https"
HTTP: Final = "http"

_NAME: Final = re.compile(r"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?$")
_WITH_PORT: Final = re.compile(r"^(?P<host>\[[^\[\]]+\]|[^:\[\]]+)(?::(?P<port>\d{1,5}))?$")


@dataclass(frozen=True, slots=True)
class Address:
    """A host, perhaps with a port and with the scheme that is to be tried first."""

    host: str
    """Name or IP address, without brackets."""
    port: int | None = None
    """Used for whichever scheme answers there; None for the usual ports."""
    scheme: str | None = None

    @property
    def schemes(self) -> tuple[str, str]:
        """Both schemes, in the order in which they are tried (protocol.md §1.5)."""
        return (HTTP, HTTPS) if self.scheme == HTTP else (HTTPS, HTTP)

    def origin(self, scheme: str) -> str:
        """Return scheme, host and port as a URL begins: `https://[::1]:8443`."""
        return f"{scheme}://{self}"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read `host`, `host:port`, an IPv6 address bare or in brackets, or a URL whose path is then dropped.

    Raises:
        UsageError: `bad_address`.
    """
    scheme, mark, rest = text.strip().rpartition("://")
    rest = re.split(r"[/?#]", rest, maxsplit=1)[0] if mark else rest.rstrip("/")
    if _is_ipv6(rest):
        host, port = rest, None
    else:
        found = _WITH_PORT.match(rest)
        host, port = (found["host"], found["port"]) if found else ("", None)
        if host.startswith("["):
            host = host[1:-1] if _is_ipv6(host[1:-1]) else ""
        elif not _NAME.match(host):
            host = ""
    number = None if port is None else int(port)
    if not host or scheme.lower() not in {"", HTTP, HTTPS} or number == 0 or (number or 0) > 65535:
        raise UsageError("bad_address", address=redact(text.strip()[:100]))
    return Address(host, number, scheme.lower() or None)


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
