"""The HTTP server: a socket of its own, no signal handlers, ended when told."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn

_BACKLOG: Final = 128
_GRACE: Final = 1
"""Seconds that answers under way have when the service stops."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the service, which stops everything in its order."""
        yield


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
        self, application: Any, door: socket.socket, *, certificate: str | None = None, key: str | None = None
    ) -> None:
        """Prepare.

        Raises:
            OSError: certificate or key cannot be used.
        """
        config = uvicorn.Config(
            application,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_GRACE,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        config.load()
        self._server = _Server(config)
        self._door = door

    @property
    def ready(self) -> bool:
        """Whether it answers."""
        return self._server.started

    async def run(self) -> None:
        """Serve until `stop`, or until cancelled."""
        try:
            await self._server.serve(sockets=[self._door])
        except asyncio.CancelledError:
            self._server.should_exit = self._server.force_exit = True
            await self._server.shutdown(sockets=[self._door])
            raise

    def stop(self) -> None:
        """End it; answers under way have a second."""
        self._server.should_exit = True
