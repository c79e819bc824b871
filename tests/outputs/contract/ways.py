"""Every way out, with peers that take what they are given, are dead, or slow for ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from heliograph.live import Live
from heliograph.outputs.base import Output, PeerError, Sleep
from heliograph.outputs.files import Files
from heliograph.outputs.influx import Influx
from heliograph.outputs.influx import Options as InfluxOptions
from heliograph.outputs.mqtt import Mqtt, Options
from heliograph.outputs.mqtt.discovery import Manner
from heliograph.outputs.mqtt.topics import Topics
from heliograph.outputs.notifications import Notifications
from heliograph.outputs.notifications.post import post
from heliograph.outputs.prometheus import Prometheus
from tests.outputs.broker import ear, running

ZONE: Final = ZoneInfo("Europe/Paris")
Said = Callable[[], str]
"""Gives everything that the peer was told so far."""


@dataclass(slots=True)
class Place:
    """Where an output runs."""

    live: Live
    folder: Path
    sleep: Sleep


Maker = Callable[[Place], Any]
"""Makes an output and its peer: an asynchronous context manager that gives the output and what was said."""


@dataclass(frozen=True, slots=True)
class Way:
    """One output with its three peers; None where it has no such peer."""

    name: str
    alive: Maker
    dead: Maker | None
    slow: Maker | None
    values: bool = True
    """Says values, not only news."""


async def _listen(handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> asyncio.Server:
    return await asyncio.start_server(handle, "127.0.0.1", 0)


@asynccontextmanager
async def tarpit() -> AsyncIterator[int]:
    """Accept everybody and never say a word."""
    writers: list[asyncio.StreamWriter] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read()

    server = await _listen(handle)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()


def _mqtt(place: Place, port: int) -> Mqtt:
    manner = Manner(Topics("heliograph"), "en", "1.0")
    return Mqtt(Options("127.0.0.1", port, patience=5), manner, sleep=place.sleep)


@asynccontextmanager
async def mqtt_alive(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    async with running(place.folder) as broker, ear(broker, "heliograph/#") as one:
        yield _mqtt(place, broker.port), lambda: "\n".join(f"{topic} {payload}" for topic, payload in one.heard)


@asynccontextmanager
async def mqtt_dead(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    yield _mqtt(place, 9), str


@asynccontextmanager
async def mqtt_slow(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    async with tarpit() as port:
        yield _mqtt(place, port), str


@asynccontextmanager
async def prometheus_alive(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    output = Prometheus(place.live, version="1.0", sleep=place.sleep)
    yield output, lambda: output.render().decode()


@asynccontextmanager
async def influx_alive(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    said: list[str] = []

    async def write(request: web.Request) -> web.Response:
        said.append(await request.text())
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/write", write)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        to = f"http://127.0.0.1:{runner.addresses[0][1]}/write"
        yield Influx(InfluxOptions(to), sleep=place.sleep), lambda: "".join(said)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def influx_dead(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    yield Influx(InfluxOptions("http://127.0.0.1:9/write"), sleep=place.sleep), str


@asynccontextmanager
async def influx_slow(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    async with tarpit() as port:
        yield Influx(InfluxOptions(f"http://127.0.0.1:{port}/write"), sleep=place.sleep), str


@asynccontextmanager
async def files_alive(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    folder = place.folder / "csv"

    def said() -> str:
        return "".join(path.read_text() for path in folder.glob("*"))

    yield Files(folder, ZONE, sleep=place.sleep), said


@asynccontextmanager
async def files_dead(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    (place.folder / "taken").write_text("a file, not a folder")
    yield Files(place.folder / "taken", ZONE, sleep=place.sleep), str


def _notifications(place: Place, send: Any, address: str = "somewhere") -> Notifications:
    return Notifications([address], language="en", zone=ZONE, send=send, sleep=place.sleep)


@asynccontextmanager
async def notifications_alive(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    said: list[str] = []

    async def send(_: str, told: Any, __: Any) -> None:
        said.append(told.text)

    yield _notifications(place, send), lambda: "\n".join(said)


@asynccontextmanager
async def notifications_dead(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    async def send(_: str, __: Any, ___: Any) -> None:
        message = "dead"
        raise PeerError(message)

    yield _notifications(place, send), str


@asynccontextmanager
async def notifications_slow(place: Place) -> AsyncIterator[tuple[Output, Said]]:
    async with tarpit() as port:
        yield _notifications(place, post, f"http://127.0.0.1:{port}/hook"), str


WAYS: Final = (
    Way("mqtt", mqtt_alive, mqtt_dead, mqtt_slow),
    Way("prometheus", prometheus_alive, None, None),
    Way("notifications", notifications_alive, notifications_dead, notifications_slow, values=False),
    Way("influx", influx_alive, influx_dead, influx_slow),
    Way("files", files_alive, files_dead, None),
)
"""Every output; the registry of the service has the same names."""


@asynccontextmanager
async def under_way(maker: Maker, place: Place) -> AsyncIterator[tuple[asyncio.Task[None], Output, Said]]:
    """Run an output beside its peer; when it is over, no task of it is left."""
    async with AsyncExitStack() as stack:
        output, said = await stack.enter_async_context(maker(place))
        task = asyncio.create_task(output.run(place.live))
        try:
            yield task, output, said
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
