"""One port on which both TLS and plain HTTP may arrive: the first byte tells which, the owner says what follows."""

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from heliograph.emulator.wire import HEAD_LIMIT

_LOGGER = logging.getLogger(__name__)
_CLIENT_HELLO = b"\x16"
_RESET = struct.pack("ii", 1, 0)
_PATIENCE = 60.0
_BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Line:
    """One accepted connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    secure: bool


@dataclass(frozen=True, slots=True)
class Welcome:
    """What becomes of a connection: its TLS context if it speaks TLS; turned away if not accepted."""

    accepted: bool
    context: ssl.SSLContext | None = None


class Listener:
    """Accepts connections on one address and hands each, as a `Line`, to `serve`, which ends when the line does.

    `greet` is told whether the caller speaks TLS, and says what becomes of it; those turned away find their connection
    reset, which is as near to a closed port as an open one gets. `failed` is told of handshakes that came to nothing.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        greet: Callable[[bool], Welcome],
        serve: Callable[[Line], Awaitable[None]],
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._address = (host, port)
        self._greet = greet
        self._serve = serve
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket: socket.socket | None = None
        self.port = port
        """The port in use once open: the one asked for, or the one chosen for 0."""

    async def open(self) -> None:
        """Start listening."""
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self._start(self._accept(self._socket), f"emulator listens on {self.port}")

    async def close(self) -> None:
        """Stop listening and end every connection; nothing is left behind."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _start(self, work: "asyncio._CoroutineLike[None]", name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, door: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                caller, _ = await loop.sock_accept(door)
            except OSError as err:
                _LOGGER.warning("A connection could not be accepted: %s", err)
                await asyncio.sleep(0.1)  # out of file descriptors: some will come back
                continue
            self._start(self._receive(caller), "emulator connection")

    async def _receive(self, caller: socket.socket) -> None:
        """Find out what the caller speaks, and serve or turn away."""
        handed_over = False
        try:
            caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(_PATIENCE):
                first = await _peek(caller)
            secure = first == _CLIENT_HELLO
            welcome = self._greet(secure)
            if first and welcome.accepted:
                handed_over = True
                await self._converse(caller, welcome.context)
            elif first:
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        except (OSError, TimeoutError) as err:
            _LOGGER.debug("A connection ended before it began: %s", err)
            if handed_over:
                self._failed()
        except Exception:
            _LOGGER.exception("A connection broke the emulator")
        finally:
            if not handed_over:  # else the transport closes it
                caller.close()

    async def _converse(self, caller: socket.socket, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=HEAD_LIMIT, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        patience = {"ssl_handshake_timeout": 10.0, "ssl_shutdown_timeout": 1.0} if context else {}
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, caller, ssl=context, **patience)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            await self._serve(Line(reader, writer, secure=context is not None))
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await writer.wait_closed()
        finally:
            # Early releases of Python 3.11 (Debian 12 has one) fail to abort a TLS connection that is closed already.
            with contextlib.suppress(AttributeError):
                transport.abort()


async def _peek(caller: socket.socket) -> bytes:
    """Wait for the first byte without taking it; empty if the caller hung up."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(caller, readable.set)
    try:
        while True:
            await readable.wait()
            try:
                return caller.recv(1, socket.MSG_PEEK)
            except (BlockingIOError, InterruptedError):
                readable.clear()
    finally:
        loop.remove_reader(caller)
