"""The line to the broker: how to reach it, with which papers, and its last will."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from heliograph import extras
from heliograph.outputs.base import PeerError
from heliograph.outputs.mqtt.topics import OFFLINE

if TYPE_CHECKING:
    from heliograph.outputs.mqtt.client import Client

PATIENCE: Final = 10.0
"""Seconds that the broker may take for one answer."""
V5: Final = "5"


@dataclass(frozen=True, slots=True)
class Options:
    """How the broker is reached."""

    host: str
    port: int = 0
    """0 for the usual one: 1883, or 8883 with TLS."""
    user: str = ""
    password: str = field(default="", repr=False)
    version: str = "3.1.1"
    """`3.1.1` or `5`."""
    tls: bool = False
    authority: str = ""
    """File of the certificate authority (PEM); empty for those that the machine trusts."""
    certificate: str = ""
    """File of our own certificate with its chain (PEM); empty for none."""
    key: str = ""
    """File of its key."""
    verify: bool = True
    """The broker's certificate must be good and bear its name."""
    identifier: str = ""
    """Client id; empty for one by chance."""
    patience: float = PATIENCE

    @property
    def address(self) -> tuple[str, int]:
        """Where the broker is."""
        return self.host, self.port or (8883 if self.tls else 1883)


def library() -> None:
    """Make sure that the client is installed.

    Raises:
        UsageError: `missing_extra`.
    """
    extras.require("mqtt")


class Context(ssl.SSLContext):
    """What secures lines, and can close those that the client forgets where the broker's papers are not good."""

    def __init__(self, _: int = ssl.PROTOCOL_TLS_CLIENT) -> None:
        """Start with no line."""
        self._made: list[ssl.SSLSocket] = []

    def wrap_socket(self, *given: Any, **named: Any) -> ssl.SSLSocket:
        """Secure a line."""
        made = super().wrap_socket(*given, **named)
        self._made.append(made)
        return made

    def close(self) -> None:
        """Close every line."""
        for made in self._made:
            made.close()


def context(options: Options) -> Context:
    """Make what secures the line.

    Raises:
        PeerError: a file cannot be read or is none of its kind.
    """
    try:
        made = Context(ssl.PROTOCOL_TLS_CLIENT)
        if options.authority:
            made.load_verify_locations(options.authority)
        else:
            made.load_default_certs()
        if options.certificate:
            made.load_cert_chain(Path(options.certificate), Path(options.key) if options.key else None)
    except (OSError, ssl.SSLError) as err:
        files = ", ".join(name for name in (options.authority, options.certificate, options.key) if name)
        message = f"the certificate cannot be used ({files}): {err}"
        raise PeerError(message) from err
    if not options.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


@asynccontextmanager
async def connected(options: Options, status_topic: str) -> "AsyncIterator[Client]":
    """Hold a connection whose last will says that we are gone.

    Raises:
        PeerError: the broker cannot be reached, refuses, or the line broke; the text says which.
    """
    from heliograph.outputs.mqtt.client import BrokerError, Client  # noqa: PLC0415 - optional, and slow to load

    host, port = options.address
    tls = await asyncio.to_thread(context, options) if options.tls else None
    client = Client(
        user=options.user,
        password=options.password,
        identifier=options.identifier,
        v5=options.version == V5,
        timeout=options.patience,
    )
    client.set_will(status_topic, OFFLINE)
    try:
        async with client:
            await client.connect(host, port, tls)
            yield client
    except Exception as err:
        causes = tuple(_leaves(err))
        if not all(isinstance(cause, BrokerError | OSError | TimeoutError) for cause in causes):
            raise
        message = f"{host}:{port}: {str(causes[0]) or type(causes[0]).__name__}"
        raise PeerError(message) from err
    finally:
        if tls is not None:
            tls.close()


def _leaves(err: BaseException) -> Iterator[BaseException]:
    """Yield what went wrong, one by one: tasks that fail together are told as a group."""
    if isinstance(err, BaseExceptionGroup):
        for inner in err.exceptions:
            yield from _leaves(inner)
    else:
        yield err
