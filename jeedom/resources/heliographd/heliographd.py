"""The daemon of the Jeedom plugin: reads the gateways, keeps their accounts, tells Jeedom. Only the parts meet here."""

import asyncio
import contextlib
import errno
import functools
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from heliograph import __version__
from heliograph.app.machine import zone_of
from heliograph.gateway import Event, Gateway, Progress, Synced
from heliograph.gateway.capture import Capture
from heliograph.gateway.discovery import Finder, discover
from heliograph.gateway.tls import spare_memory
from heliograph.live import Live, Patience
from heliograph.outputs.jeedom.house import House
from heliograph.outputs.jeedom.link import Config, Link, follow_level
from heliograph.outputs.jeedom.log import Voice
from heliograph.outputs.jeedom.shelf import Shelf
from heliograph.poller import Poller, Watched

LOGGER: Final = logging.getLogger("heliograph.jeedom")
FORMAT: Final = "[%(asctime)s][%(levelname)s] : %(message)s"
PORT_TAKEN: Final = (
    "Port %d is in use by another program: choose another one in the plugin's configuration, setting “Daemon port”, "
    "then restart the daemon"
)
HELLO_AGAIN: Final = 15.0
"""Seconds after which Jeedom is greeted again if it did not tell its gateways."""


class Engine:
    """The poller, as the house knows it."""

    def __init__(self, poller: Poller) -> None:
        """Take the poller."""
        self._poller = poller

    @property
    def gateways(self) -> Mapping[str, Gateway]:
        """The clients in use, by name."""
        return self._poller.gateways

    def add(self, name: str, connect: Callable[[Callable[[Event], None]], Gateway], offset: float) -> None:
        """Read one more gateway."""
        self._poller.add(Watched(name, connect, offset=offset))

    async def remove(self, name: str) -> None:
        """Stop reading a gateway."""
        await self._poller.remove(name)

    def refresh(self, name: str) -> None:
        """Read a gateway now."""
        self._poller.refresh(name)

    async def sync(self, name: str, progress: Callable[[Progress], None] | None = None) -> Synced:
        """Synchronise a gateway anew, then read it."""
        return await self._poller.sync(name, progress)


async def serve(
    config: Config,
    *,
    zone: str = "UTC",
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    voice: Voice | None = None,
) -> None:
    """Serve Jeedom until cancelled.

    Args:
        config: what Jeedom gave on the command line.
        zone: time zone of what people read, and of gateways that do not tell theirs: their days begin at its midnight.
        clock: tells the time, epoch seconds UTC.
        sleep: waits for some seconds.
        voice: speaks in the log.
    """
    house: House
    spare_memory()

    async def handle(message: Mapping[str, Any]) -> None:
        await house.handle(message)

    async def load_books(serial: str) -> bytes | None:
        return await house.load_books(serial)

    async def remember(name: str, gateway: Gateway) -> None:
        await house.remember(name, gateway)

    link, live = Link(config, handle), Live()
    find = Finder(discover).addresses
    poller = Poller(live, load_books=load_books, remember=remember, find=find, zone=zone, clock=clock, sleep=sleep)
    shelf = Shelf(Path(config.data))
    connect = functools.partial(Gateway, clock=clock, sleep=sleep)
    house = House(
        link,
        Engine(poller),
        shelf,
        discover=discover,
        connect=connect,
        zone=ZoneInfo(zone),
        follow_level=follow_level,
        record=functools.partial(Capture, clock=clock),
        voice=voice,
    )
    # The port first: a second daemon must not take the place of the first one's number.
    await link.listen()
    try:
        with on_file(Path(config.pid_filename)), live.subscribe(Patience.LATEST) as subscription:
            async with asyncio.TaskGroup() as group:
                group.create_task(house.hear(subscription), name="hear")
                group.create_task(poller.run(), name="poller")
                await link.open()
                group.create_task(link.run(), name="link")
                group.create_task(greet(link, house), name="greet")
    finally:
        await house.close()
        await link.close()


@contextlib.contextmanager
def on_file(path: Path) -> Iterator[None]:
    """Leave this process's number in a file while it serves: Jeedom looks for it there."""
    path.write_text(f"{os.getpid()}\n", encoding="ascii")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


async def greet(link: Link, house: House) -> None:
    """Ask Jeedom for its gateways until it has told them."""
    while not house.configured.is_set():
        link.put(hello={"version": __version__})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HELLO_AGAIN):
                await house.configured.wait()


async def run(config: Config, voice: Voice) -> None:
    """Serve until told to stop; the signals are heard from the first moment."""
    # Jeedom starts the daemon with its own time zone in TZ.
    task = asyncio.create_task(serve(config, zone=zone_of(os.environ), voice=voice), name="serve")
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> int:
    """Run the daemon; 1 where it could not go on."""
    logging.basicConfig(format=FORMAT, datefmt="%Y-%m-%d %H:%M:%S", stream=sys.stderr)
    config = Config()
    voice = Voice(config.language)
    voice.install()
    follow_level(config.log_level)
    LOGGER.info("Heliograph %s starts", __version__)
    try:
        asyncio.run(run(config, voice))
    except OSError as err:
        if err.errno == errno.EADDRINUSE:
            LOGGER.error(PORT_TAKEN, config.socket_port)  # noqa: TRY400 - the sentence says it all
            return 1
        LOGGER.error("The daemon cannot go on: %s", err)  # noqa: TRY400 - the sentence says it all
        return 1
    except Exception:
        LOGGER.exception("The daemon cannot go on")
        return 1
    LOGGER.info("Heliograph stops")
    return 0


if __name__ == "__main__":
    sys.exit(main())
