"""How gateways of one generation behave on the wire, whatever they are asked (protocol.md §1.5, §1.6, §2.2)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Ports(StrEnum):
    """What a generation answers on its two doors, http and https."""

    HTTP = "http only"
    REDIRECT = "https, and http that points there"
    HTTPS = "https only"


class Dates(StrEnum):
    """Where a generation says the date."""

    V1_ONLY = "under /api/v1 only"
    V1_TWICE = "everywhere, twice under /api/v1"
    ALWAYS = "everywhere"


class Nonces(StrEnum):
    """What a Digest nonce looks like."""

    EPOCH = "epoch seconds"
    RANDOM = "twenty random bytes as base64"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body that comes with a 401 which the gateway itself gives."""

    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Generation:
    """One row: the manners of every firmware from `since` on."""

    name: str
    since: tuple[int, ...]
    ports: Ports
    dates: Dates
    nonces: Nonces
    refusal: Refusal
    keep_alive: bool = False
    """Whether a connection outlives a reply whose end is told; one read until close ends it in any case."""
    connection_header: bool = True
    """Whether replies say what becomes of the connection; the 3.x leave it to the reader to know HTTP/1.1."""
    server: str | None = None
    hardened: bool = False
    """Whether replies carry the security headers."""


_HTML_401 = """<html>
<head><title>401 Authorization Required</title></head>
<body>
<center><h1>401 Authorization Required</h1></center>
<hr><center>Redirecting to <a id='link' href=''></a></center>
<script>
const target = window.location.protocol + '//' + window.location.host + '{page}';
window.onload = function() {{
    const link = document.getElementById('link');
    link.href = target;
    link.text = target;
    setTimeout(function() {{ window.location.href = target; }}, 500);
}}
</script>
</body>
</html>
"""

GENERATIONS = (
    Generation(
        name="3",
        since=(0,),
        ports=Ports.HTTP,
        dates=Dates.V1_ONLY,
        nonces=Nonces.EPOCH,
        refusal=Refusal(b"Error: 401\n", "text/plain"),
        keep_alive=True,
        connection_header=False,
    ),
    Generation(
        name="5",
        since=(4,),
        ports=Ports.HTTP,
        dates=Dates.V1_TWICE,
        nonces=Nonces.RANDOM,
        refusal=Refusal(b"<html><body><h2>401 Unauthorized</h2></body></html>", "text/html"),
    ),
    Generation(
        name="7",
        since=(7,),
        ports=Ports.REDIRECT,
        dates=Dates.ALWAYS,
        nonces=Nonces.RANDOM,
        refusal=Refusal(_HTML_401.format(page="/home").encode(), "text/html"),
        keep_alive=True,
        server="openresty/1.17.8.1",
        hardened=True,
    ),
    Generation(
        name="8.3",
        since=(8, 3),
        ports=Ports.HTTPS,
        dates=Dates.ALWAYS,
        nonces=Nonces.RANDOM,
        refusal=Refusal(_HTML_401.format(page="/login.html").encode(), "text/html"),
        keep_alive=True,
        server="openresty/1.17.8.1",
        hardened=True,
    ),
)
"""Oldest first."""


def version_of(firmware: str) -> tuple[int, ...]:
    """Read the numbers of a firmware text, its letter dropped: `D8.3.5169` is (8, 3, 5169)."""
    return tuple(int(digits) for digits in re.findall(r"\d+", firmware))


@cache
def generation_of(firmware: str) -> Generation:
    """Find the manners of a firmware."""
    version = version_of(firmware)
    return next((row for row in reversed(GENERATIONS) if version >= row.since), GENERATIONS[0])
