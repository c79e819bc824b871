"""One HTTP exchange with a gateway: what is sent, what comes back, and what can go wrong on the way as typed errors."""

import asyncio
import errno
import re
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from heliograph.errors import AnswerError, Cause, CertificateError, HeliographError, UnreachableError
from heliograph.gateway.address import HTTPS, Address
from heliograph.gateway.tls import PinnedKey, gateway_context
from heliograph.gateway.wire import BrokenAnswerError, Fields, Head, Incoming, request

_HEADERS: Final = {"User-Agent": "heliograph", "Accept": "*/*"}
_SHOWN_OF_KEY: Final = 16
_PORTS: Final = {"http": 80, HTTPS: 443}
_NEXT_ADDRESS: Final = 0.25
"""Seconds after which the next address of a name is tried beside the first."""

_CAUSES: Final[Mapping[int, str]] = {
    errno.ECONNREFUSED: "connection_refused",
    errno.EHOSTUNREACH: "no_route",
    errno.ENETUNREACH: "no_route",
    errno.ECONNRESET: "closed",
    errno.EPIPE: "closed",
    errno.ECONNABORTED: "closed",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a weak gateway is waited for (GATEWAY-API.md §1.6, Q24)."""

    connect: float = 10.0
    """Seconds for a connection and its TLS handshake."""
    read: float = 45.0
    """Seconds for a whole answer, from the request on."""
    size: int = 8 * 1024 * 1024
    """Bytes of a body, at most."""
    pauses: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Seconds before each further try of a request that failed."""
    budget: float = 60.0
    """Seconds that one round of requests may spend on further tries, failed tries included."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Fields
    body: bytes
    seconds: float
    """From the request to the last byte."""

    def header(self, name: str) -> tuple[str, ...]:
        """Give every value of a header, in order."""
        return tuple(value for key, value in self.headers if key.lower() == name)


class Transport:
    """The connection to one gateway: one at most, kept where the gateway keeps it; no redirects, no cookies."""

    def __init__(self, address: Address, *, patience: Patience | None = None, pin: str | None = None) -> None:
        self.address = address
        self.patience = patience or Patience()
        self.key = PinnedKey(pin)
        self._connection: _Connection | None = None

    async def close(self) -> None:
        """Close the connection; another exchange opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def exchange(self, scheme: str, target: str, *, headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request and read its answer to the end, whatever its status.

        A kept connection that the gateway had closed in the meantime is opened again once, silently.

        Raises:
            UnreachableError: `unreachable`, `unresolved`, `timeout` or `interrupted`.
            AnswerError: `bad_answer`.
            CertificateError: `certificate_changed`; nothing was sent.
        """
        start = time.monotonic()
        message = request(str(self.address), target, {**_HEADERS, **(headers or {})})
        kept = await self._kept(scheme)
        try:
            try:
                head, body = await self._ask(kept or await self._open(scheme, target), message)
            except (BrokenAnswerError, ConnectionError) as err:
                if kept is None or not kept.incoming.silent or not _closed(err):
                    raise
                head, body = await self._ask(await self._open(scheme, target), message)
        except (BrokenAnswerError, OSError) as err:
            raise self._explain(err, target) from err
        return Reply(head.status, head.fields, body, time.monotonic() - start)

    async def _kept(self, scheme: str) -> "_Connection | None":
        """Give the connection that is still open, where there is one."""
        kept = self._connection
        if kept is not None and (kept.scheme != scheme or kept.over):
            await self.close()
        return self._connection

    async def _ask(self, connection: "_Connection", message: bytes) -> tuple[Head, bytes]:
        """Use a connection; it is kept when an answer was read to its end, and the gateway keeps it too."""
        self._connection = None
        try:
            async with asyncio.timeout(self.patience.read):
                connection.writer.write(message)
                head = await connection.incoming.head()
                body = await connection.incoming.body(head)
            if head.kept and connection.incoming.silent:
                self._connection = connection
            return head, body
        finally:
            if self._connection is None:
                await connection.close()

    async def _open(self, scheme: str, target: str) -> "_Connection":
        port = self.address.port or _PORTS[scheme]
        context = gateway_context() if scheme == HTTPS else None
        delay = None if self.address.numeric else _NEXT_ADDRESS
        try:
            async with asyncio.timeout(self.patience.connect):
                stream, writer = await asyncio.open_connection(
                    self.address.host, port, ssl=context, happy_eyeballs_delay=delay
                )
        except (OSError, UnicodeError) as err:
            raise self._unreached(err, target) from err
        connection = _Connection(scheme, Incoming(stream, self.patience.size), stream, writer)
        if not self.key.fits(writer):
            await connection.close()
            raise self._another_key()
        return connection

    def _another_key(self) -> HeliographError:
        expected, found = self.key.expected or "", self.key.found or ""
        shown = {"expected": expected[:_SHOWN_OF_KEY], "found": found[:_SHOWN_OF_KEY]}
        return CertificateError("certificate_changed", host=str(self.address), pin=found, **shown)

    def _unreached(self, err: OSError | UnicodeError, target: str) -> HeliographError:
        """Say why there is no connection."""
        code, cause = "unreachable", _cause(err)
        if isinstance(err, TimeoutError):
            cause = Cause("no_connection", {"seconds": f"{self.patience.connect:g}"})
        elif isinstance(err, socket.gaierror | UnicodeError):
            code = "unresolved"
        return UnreachableError(code, host=str(self.address), target=target, cause=cause)

    def _explain(self, err: BrokenAnswerError | OSError, target: str) -> HeliographError:
        """Say what went wrong once there was a connection."""
        asked = {"host": str(self.address), "target": target}
        if isinstance(err, TimeoutError):
            return UnreachableError("timeout", **asked, seconds=f"{self.patience.read:g}")
        cause = err.cause if isinstance(err, BrokenAnswerError) else _cause(err)
        if cause.code in {"not_http", "too_large"}:
            return AnswerError("bad_answer", **asked, cause=cause)
        return UnreachableError("interrupted", **asked, cause=cause)


@dataclass(slots=True)
class _Connection:
    scheme: str
    incoming: Incoming
    stream: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def over(self) -> bool:
        """The gateway has hung up."""
        return self.stream.at_eof() or self.writer.is_closing()

    async def close(self) -> None:
        """Hang up, and do not wait for a gateway that may not answer any more."""
        self.writer.transport.abort()
        with suppress(OSError):
            await self.writer.wait_closed()


def _closed(err: BrokenAnswerError | ConnectionError) -> bool:
    return isinstance(err, ConnectionError) or err.cause.code == "closed"


def _cause(err: OSError | UnicodeError) -> Cause:
    """Say in our words what the system says in its."""
    if isinstance(err, ssl.SSLError):
        return Cause("tls", {"detail": (err.reason or type(err).__name__).replace("_", " ").lower()})
    number = err.errno if isinstance(err, OSError) else None
    # Where several addresses failed, asyncio tells of all of them in one text.
    told = re.search(r"\[Errno (\d+)\]", str(err))
    number = number or (int(told[1]) if told else errno.ECONNRESET if isinstance(err, ConnectionError) else 0)
    code = _CAUSES.get(number)
    return Cause(code) if code else Cause("network", {"number": errno.errorcode.get(number, number)})
