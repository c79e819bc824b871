"""The HTTP server: a socket of its own, no signal handlers, ended when told, and asleep while nobody calls.

Requests are read by uvicorn's connections. Its server, which wakes ten times a second to see whether it should end, and
takes as many connections as callers open, is not used: connections are accepted here.
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import uvicorn
from uvicorn.server import ServerState

from heliograph.web.connection import HEAD, HERE, Connection, address_of, network_of

LOGGER: Final = logging.getLogger("heliograph.web")
CONNECTIONS: Final = 400
"""Connections open at one time, in all."""
OF_ONE: Final = 64
"""Connections of one address; this machine has as many as all others together."""
_SHARE: Final = 3
"""Of the descriptors that the process may have open, callers get one in three: gateways and history need theirs."""
_DESCRIPTORS: Final = 8192
"""Descriptors that are asked of the system: a farm's gateways need one each, history and outputs some."""
_BACKLOG: Final = 128
_PAUSE: Final = 1.0
"""Seconds without new connections once the machine has none to give."""
_GRACE: Final = 1.0
"""Seconds that answers under way have when the service stops."""


def listen(host: str, port: int) -> socket.socket:
    """Open the port on an address or name.

    Raises:
        OSError: it cannot be opened.
    """
    family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
        0
    ]
    door = socket.socket(family, kind, number)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6 and host == "::":
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        door.bind(address)
        door.listen(_BACKLOG)
        door.setblocking(False)
    except OSError:
        door.close()
        raise
    return door


class Server:
    """Serves one application on one socket."""

    def __init__(
        self,
        application: Any,
        door: socket.socket,
        *,
        certificate: str | None = None,
        key: str | None = None,
        connections: int = CONNECTIONS,
        of_one: int = OF_ONE,
    ) -> None:
        """Prepare.

        Raises:
            OSError: certificate or key cannot be used.
        """
        self._config = uvicorn.Config(
            application,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        self._config.load()
        self._door = door
        self._state = ServerState()
        self._most = min(connections, _descriptors() // _SHARE)
        self._of_one = of_one
        self._opening: dict[asyncio.Task[None], str] = {}
        """Connections whose encryption is being agreed on, and their addresses."""
        self._stopping = asyncio.Event()
        self._ready = False

    @property
    def ready(self) -> bool:
        """Whether it answers."""
        return self._ready

    async def run(self) -> None:
        """Serve until `stop`, or until cancelled."""
        accepting = asyncio.create_task(self._accept(), name="accept")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop web")
        self._ready = True
        grace = 0.0
        try:
            await asyncio.wait([accepting, stopping], return_when=asyncio.FIRST_COMPLETED)
            grace = _GRACE
        finally:
            for task in (accepting, stopping):
                task.cancel()
            await asyncio.wait([accepting, stopping])
            self._door.close()
            await self._end(grace)
        if not accepting.cancelled():
            accepting.result()

    def stop(self) -> None:
        """End it; answers under way have a second."""
        self._stopping.set()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._door)
            except OSError as err:
                LOGGER.warning("No connection can be taken: %s", err.strerror or err)
                await asyncio.sleep(_PAUSE)
                continue
            address = network_of(address_of(connection.getpeername()))
            if not self._has_room(address):
                connection.close()
                continue
            opening = loop.create_task(self._open(connection))
            self._opening[opening] = address
            opening.add_done_callback(self._opening.pop)

    async def _open(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        tls = self._config.ssl
        try:
            await loop.connect_accepted_socket(
                lambda: Connection(self._config, self._state),
                connection,
                ssl=tls,
                ssl_handshake_timeout=HEAD if tls else None,
            )
        except OSError as err:
            connection.close()
            LOGGER.debug("A connection did not come about: %s", err)

    def _has_room(self, address: str) -> bool:
        """Return whether another connection of an address may be opened; one that only waits is ended in its favour."""
        every = self._connections()
        count = Counter([*self._opening.values(), *(one.network for one in every)])
        if count[address] >= (self._most if address == HERE else self._of_one):
            return _end_oldest(one for one in every if one.network == address)
        if address == HERE or count.total() - count[HERE] < self._most:
            return True
        return _end_oldest(one for one in every if one.network != HERE)

    def _connections(self) -> list[Connection]:
        """Return all connections, the oldest first."""
        every: Any = self._state.connections
        return sorted((one for one in every if not one.transport.is_closing()), key=lambda one: one.opened)

    async def _end(self, grace: float) -> None:
        for opening in list(self._opening):
            opening.cancel()
        for one in self._connections():
            one.shutdown()
        if grace and self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=grace)
        for task in list(self._state.tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)
        for one in self._connections():
            one.abort()


def _end_oldest(connections: Iterable[Connection]) -> bool:
    """End the first connection that only waits; False where each is being answered."""
    for one in connections:
        if one.waiting:
            one.abort()
            return True
    return False


def _descriptors() -> int:
    """Return how many descriptors the process may have open, after raising that as far as it may."""
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:
        return _DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
