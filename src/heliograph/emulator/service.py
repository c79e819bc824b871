"""A small HTTP service on a port of its own: what the emulated cloud and the control door stand on."""

import logging
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self

from heliograph.emulator.listener import Line, Listener, Welcome
from heliograph.emulator.wire import MalformedRequestError, Reply, Request, read_request, send

_LOGGER = logging.getLogger(__name__)


class Service:
    """Answers every request by one function. Plain HTTP, and TLS as well when given a context.

    Use as an async context manager; on leaving, no task or socket is left.
    """

    def __init__(
        self,
        handle: Callable[[Request], Reply],
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._handle = handle
        self._context = context
        self._address = address
        self._listener = Listener(address, port, greet=self._greet, serve=self._serve)

    async def __aenter__(self) -> Self:
        """Open the port."""
        await self._listener.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port, and every connection."""
        await self._listener.close()

    @property
    def url(self) -> str:
        """The root of the service, without a slash at its end; https if it has a context."""
        return f"{'https' if self._context else 'http'}://{self._address}:{self._listener.port}"

    def _greet(self, secure: bool) -> Welcome:
        return Welcome(accepted=not secure or self._context is not None, context=self._context if secure else None)

    async def _serve(self, line: Line) -> None:
        while True:
            try:
                request = await read_request(line.reader)
            except MalformedRequestError:
                await send(line.writer, Reply(400, b"", keep_alive=False))
                return
            if request is None:
                return
            try:
                reply = self._handle(request)
            except Exception:
                _LOGGER.exception("No answer to %s %s", request.method, request.path)
                reply = Reply(500, b"")
            await send(line.writer, reply)
            if request.headers.get("connection", "").lower() == "close":
                return
