"""The running service: poller, live, history, page and outputs under one roof, started and stopped in order."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from heliograph import __version__
from heliograph.app import supervisor
from heliograph.app.file import Effective, SettingsError
from heliograph.app.fleet import Fleet
from heliograph.app.machine import language_of, zone_of
from heliograph.app.outputs import OUTPUTS
from heliograph.gateway.remembered import Memory
from heliograph.live import Live
from heliograph.poller import Poller
from heliograph.web import Health, House, Hub, Sync
from heliograph.web.server import Server, listen

LOGGER: Final = logging.getLogger("heliograph.app")

_CALM: Final = 1.5
"""Seconds that polls under way have when the service stops."""


@dataclass(slots=True)
class Service:
    """One service: what it was started with and what it consists of."""

    effective: Effective
    folder: Path
    clock: Callable[[], float] = time.time
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    started: float = 0.0
    url: str = ""
    live: Live = field(default_factory=Live)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    fleet: Fleet = field(init=False)
    poller: Poller = field(init=False)
    hub: Hub = field(init=False)
    house: House = field(init=False)
    server: Server = field(init=False)
    _door: socket.socket = field(init=False)

    @property
    def language(self) -> str:
        """The language of whoever does not say theirs."""
        return language_of(self.effective.settings.general.language, self.environment)

    def prepare(self) -> None:
        """Open the port and put the rooms together.

        Raises:
            SettingsError: port or certificate cannot be used.
        """
        settings = self.effective.settings
        self._door = _open(settings.web.host, settings.web.port)
        self.started = self.clock()
        self.hub = Hub(self.live, self.clock)
        self.poller = Poller(
            self.live,
            remember=self._remember,
            zone=settings.general.zone or zone_of(self.environment),
            clock=self.clock,
        )
        self.fleet = Fleet(
            Memory(self.folder),
            self.poller,
            clock=self.clock,
            told=self._tell_sync,
            removed=self.hub.forget,
            interval=settings.polling.system,
        )
        self.house = House(
            live=self.live,
            hub=self.hub,
            fleet=self.fleet,
            clock=self.clock,
            language=lambda: self.language,
            health=self.health,
            version=__version__,
            started=self.started,
        )
        self._serve()

    def _serve(self) -> None:
        from heliograph.web.application import create  # noqa: PLC0415 - the framework loads while the port is open

        web = self.effective.settings.web
        try:
            self.server = Server(
                create(self.house), self._door, certificate=web.certificate or None, key=web.key or None
            )
        except OSError as err:
            self._door.close()
            raise SettingsError("tls", certificate=web.certificate, cause=err.strerror or str(err)) from err
        host, port = self._door.getsockname()[:2]
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
        shown = f"[{shown}]" if ":" in shown else shown
        self.url = f"{'https' if web.certificate else 'http'}://{shown}:{port}"

    async def run(self) -> None:
        """Serve until `stop`; on the way out nothing that was read is lost."""
        async with self._running():
            await self._until_ready()
            supervisor.notify("READY=1", self.environment)
            await self.stopping.wait()
            supervisor.notify("STOPPING=1", self.environment)

    def stop(self) -> None:
        """Begin to stop."""
        self.stopping.set()

    def stop_on_signals(self) -> None:
        """Stop when the supervisor, or whoever sits before it, says so."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, self.stop)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """Keep everything going; what fails unexpectedly ends the service, and its supervisor starts it again."""
        async with asyncio.TaskGroup() as group:
            hub = group.create_task(self.hub.run(), name="events")
            server = group.create_task(self.server.run(), name="web")
            group.create_task(self.fleet.load(), name="load gateways")
            poller = group.create_task(self.poller.run(), name="poller")
            beside = [group.create_task(supervisor.live(self._alive, self.environment), name="watchdog")]
            for output in OUTPUTS:
                task = output.run(self.live, self.effective.settings)
                beside.append(group.create_task(task, name=f"output {output.name}"))
            try:
                yield
            finally:
                # Readers first, so that what was read last still reaches everybody; then whoever listens.
                await self.fleet.close()
                poller.cancel()
                await asyncio.wait([poller], timeout=_CALM)
                self.hub.close()
                self.server.stop()
                self.live.close()
                for one in beside:
                    one.cancel()
                await asyncio.wait([hub, server], timeout=_CALM)
                server.cancel()

    async def _until_ready(self) -> None:
        while not self.server.ready:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)

    def _alive(self) -> bool:
        return all(part.ok for part in self.health() if part.name in {"web", "poller"})

    def health(self) -> Sequence[Health]:
        """Tell how each part is doing."""
        states = [str(update.condition.state) for update in self.live.latest.values()]
        return [
            Health("web", ok=True, details={"streams": self.hub.readers}),
            Health(
                "poller",
                ok=not self.stopping.is_set(),
                details={
                    "gateways": len(self.poller.gateways),
                    **{state: states.count(state) for state in set(states)},
                },
            ),
        ]

    async def _remember(self, name: str, gateway: Any) -> None:
        await self.fleet.remember(name, gateway)

    def _tell_sync(self, sync: Sync) -> None:
        pass


def _open(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as err:
        raise SettingsError("port_taken", "web.port", host=host, port=port, cause=err.strerror or str(err)) from err
