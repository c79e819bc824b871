"""One HTTP exchange with a gateway: what is sent, what comes back, and what can go wrong on the way as typed errors."""

import asyncio
import errno
import functools
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from heliograph.errors import AnswerError, Cause, CertificateError, HeliographError, UnreachableError
from heliograph.gateway.address import HTTPS, Address
from heliograph.gateway.tls import PinnedKey, gateway_context
from heliograph.gateway.wire import HEAD_LIMIT, LenientHandler, TooLargeError
from heliograph.protocol.answer import LARGEST, largest

_HEADERS: Final = {"User-Agent": "heliograph", "Accept": "*/*"}
_UNWANTED: Final = ("Accept-Encoding",)
_SHOWN_OF_KEY: Final = 16

_NETWORK: Final[Mapping[int, str]] = {
    errno.ECONNREFUSED: "connection_refused",
    errno.EHOSTUNREACH: "no_route",
    errno.ENETUNREACH: "no_route",
    errno.ECONNRESET: "closed",
    errno.EPIPE: "closed",
    errno.ECONNABORTED: "closed",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a weak gateway is waited for (protocol.md §1.6, Q24)."""

    connect: float = 10.0
    """Seconds for a connection and its TLS handshake."""
    read: float = 45.0
    """Seconds for a whole answer, from the request on."""
    size: int = LARGEST
    """Bytes of a body, at most; some answers may have fewer (`protocol.answer.largest`)."""
    pauses: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Seconds before each further try of a request that failed."""
    budget: float = 60.0
    """Seconds that one round of requests may spend on further tries, failed tries included."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float
    """From the request to the last byte."""

    def header(self, name: str) -> tuple[str, ...]:
        """Return every value of a header, in order."""
        return tuple(value for key, value in self.headers if key.lower() == name)


class Transport:
    """The connection to one gateway: one at most, kept where the gateway keeps it; no redirects, no cookies."""

    def __init__(self, address: Address, *, patience: Patience | None = None, pin: str | None = None) -> None:
        self.address = address
        self.patience = patience or Patience()
        self.key = PinnedKey(pin)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connection; another exchange opens it again."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def exchange(
        self,
        scheme: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Reply:
        """Send one request and read its answer to the end, whatever its status.

        A kept connection that the gateway had closed in the meantime is opened again once, silently.

        Raises:
            UnreachableError: `unreachable`, `unresolved`, `timeout` or `interrupted`.
            AnswerError: `bad_answer`.
            CertificateError: `certificate_changed`; nothing was sent.
        """
        start = time.monotonic()
        try:
            async with self._open().request(
                method,
                URL(f"{self.address.origin(scheme)}{target}", encoded=True),
                headers={**_HEADERS, **(headers or {})},
                allow_redirects=False,
                ssl=gateway_context() if scheme == HTTPS else False,
            ) as response:
                body = await self._body(response, target)
                fields = tuple((name, value) for name, value in response.headers.items())
                return Reply(response.status, fields, body, time.monotonic() - start)
        except (aiohttp.ClientError, OSError, ValueError) as err:
            raise self._explain(err, target) from err

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=1, ssl=self.key, ttl_dns_cache=60)
            # aiohttp offers no public way to its parser; heads of gateways must be mended before it.
            handler: type[ResponseHandler] = LenientHandler
            connector._factory = functools.partial(handler, loop=asyncio.get_running_loop())  # noqa: SLF001 - see above
            patience = self.patience
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=patience.connect + patience.read, sock_connect=patience.connect, sock_read=patience.read
                ),
                skip_auto_headers=_UNWANTED,
                max_line_size=HEAD_LIMIT,
                max_field_size=HEAD_LIMIT,
            )
        return self._session

    async def _body(self, response: aiohttp.ClientResponse, target: str) -> bytes:
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > min(self.patience.size, largest(target)):
                # The connection is of no use with the rest in it.
                response.close()
                raise AnswerError(
                    "bad_answer", host=str(self.address), target=target, cause=_too_large(target, self.patience)
                )
        return bytes(body)

    def _explain(self, err: Exception, target: str) -> HeliographError:
        """Return in our words what aiohttp says in its."""
        host = str(self.address)
        if isinstance(err, aiohttp.ServerFingerprintMismatch):
            expected, found = err.expected.hex(), err.got.hex()
            shown = {"expected": expected[:_SHOWN_OF_KEY], "found": found[:_SHOWN_OF_KEY]}
            return CertificateError("certificate_changed", host=host, pin=found, **shown)
        if isinstance(err, TimeoutError) and not isinstance(err, aiohttp.ConnectionTimeoutError):
            return UnreachableError("timeout", host=host, target=target, seconds=f"{self.patience.read:g}")
        if isinstance(err, TooLargeError):
            return AnswerError("bad_answer", host=host, target=target, cause=_too_large(target, self.patience))
        kind, code, cause = next(row[1:] for row in _FAILURES if isinstance(err, row[0]))
        return kind(code, host=host, target=target, cause=cause(err, self.patience))


def _too_large(target: str, patience: Patience) -> Cause:
    return Cause("too_large", {"limit": min(patience.size, largest(target))})


def _network(err: OSError) -> Cause:
    code = _NETWORK.get(err.errno or 0)
    return Cause(code) if code else Cause("network", {"number": errno.errorcode.get(err.errno or 0, err.errno)})


def _tls_words(err: Exception) -> str:
    inner = err.__cause__ if isinstance(err.__cause__, ssl.SSLError) else err
    reason = getattr(inner, "reason", None)
    return reason.replace("_", " ").lower() if isinstance(reason, str) else type(inner).__name__


_Cause = Callable[[Any, Patience], Cause]
_FAILURES: Final[
    tuple[tuple[type[Exception] | tuple[type[Exception], ...], type[HeliographError], str, _Cause], ...]
] = (
    (
        aiohttp.ConnectionTimeoutError,
        UnreachableError,
        "unreachable",
        lambda _, patience: Cause("no_connection", {"seconds": f"{patience.connect:g}"}),
    ),
    ((aiohttp.ClientConnectorDNSError, socket.gaierror), UnreachableError, "unresolved", lambda *_: Cause("no_route")),
    (
        (aiohttp.ClientSSLError, ssl.SSLError),
        UnreachableError,
        "unreachable",
        lambda err, _: Cause("tls", {"detail": _tls_words(err)}),
    ),
    (aiohttp.ClientConnectorError, UnreachableError, "unreachable", lambda err, _: _network(err)),
    (aiohttp.ServerDisconnectedError, UnreachableError, "interrupted", lambda *_: Cause("closed")),
    (aiohttp.ClientPayloadError, UnreachableError, "interrupted", lambda *_: Cause("incomplete")),
    (OSError, UnreachableError, "interrupted", lambda err, _: _network(err)),
    (Exception, AnswerError, "bad_answer", lambda *_: Cause("not_http")),
)
"""From what aiohttp raises to what we say; the first row that fits."""
