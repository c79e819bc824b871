"""A stand-in of Jeedom: its callback over real HTTP, messages over the daemon's real socket, time at our command."""

import asyncio
import heapq
import itertools
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Self

from aiohttp import web

from heliograph.emulator.clock import Clock

KEY: Final = "k" * 32
PATH: Final = "/plugins/heliograph/core/php/jeeHeliograph.php"
PATIENCE: Final = 20.0


class Time:
    """A clock that stands still until it is moved, and the sleep that goes with it."""

    def __init__(self, start: float) -> None:
        self.clock = Clock(start, rate=0)
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now() + seconds, next(self._order), waiting))
        await waiting

    def advance(self, seconds: float) -> None:
        """Move the time; whoever slept less wakes up."""
        self.clock.advance(seconds)
        while self._sleepers and self._sleepers[0][0] <= self.now():
            waiting = heapq.heappop(self._sleepers)[2]
            if not waiting.done():
                waiting.set_result(None)


class Jeedom:
    """Takes what the daemon posts, as the plugin's PHP does, and keeps it."""

    def __init__(self, gateways: list[dict[str, Any]]) -> None:
        self.gateways = gateways
        self.posts: list[dict[str, Any]] = []
        self.status = 200
        self.refused = 0
        self.port = 0
        self.daemon_port = _free_port()
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the callback, on the same port again after a stop."""
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", PATH, self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close it, as when Jeedom restarts."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def callback(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    async def _answer(self, request: web.Request) -> web.Response:
        if self.status != 200 or request.headers.get("Heliograph-Key") != KEY:
            self.refused += 1
            await self._note()
            return web.Response(status=self.status if self.status != 200 else 401)
        if request.method == "POST":
            self.posts.append(await request.json())
            if "hello" in self.posts[-1]:
                await self.configure()
        await self._note()
        return web.Response(text="OK")

    async def _note(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, happened: Callable[[], Any]) -> Any:
        """Wait until something is so, and give it."""
        async with asyncio.timeout(PATIENCE), self._changed:
            while not (found := happened()):
                await self._changed.wait()
        return found

    async def configure(self, **more: Any) -> None:
        settings = {"language": "fr", "loglevel": "debug", "gateways": self.gateways, **more}
        await self.tell({"action": "configure", **settings})

    async def tell(self, message: Mapping[str, Any]) -> None:
        """Say something to the daemon, as the plugin's PHP does."""
        await self.send(json.dumps({"apikey": KEY, **message}).encode())

    async def send(self, data: bytes) -> None:
        """Put bytes on the daemon's socket and hang up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.daemon_port)
        writer.write(data)
        writer.write_eof()
        # The daemon never answers; it closes when it has understood.
        await reader.read()
        writer.close()
        await writer.wait_closed()

    def said(self, part: str, gateway: int = 1) -> list[Any]:
        """Give everything that was said of a gateway in one part of the messages, in order."""
        return [post[part][str(gateway)] for post in self.posts if str(gateway) in post.get(part, {})]

    def values(self, gateway: int = 1) -> dict[str, dict[str, Any]]:
        """Give the values as Jeedom holds them now."""
        held: dict[str, dict[str, Any]] = {}
        for row in self.said("values", gateway):
            for equipment, news in row.items():
                held.setdefault(equipment, {}).update(news)
        return held

    def state(self, gateway: int = 1) -> dict[str, Any]:
        """Give a gateway's state as Jeedom shows it now."""
        shown: dict[str, Any] = {}
        for row in self.said("states", gateway):
            shown.update(row)
        return shown

    def listed(self, part: str) -> list[Any]:
        """Give all items of a part that is a list."""
        return [item for post in self.posts for item in post.get(part, [])]

    def answer(self, request: str, *kinds: str) -> dict[str, Any] | None:
        """Give the answer to a request of the page."""
        return next((a for a in self.listed("answers") if a["request"] == request and a["kind"] in kinds), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def running(task: asyncio.Task[None]) -> AsyncIterator[asyncio.Task[None]]:
    """Stop a task at the end, and tell what it died of if it did before."""
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
