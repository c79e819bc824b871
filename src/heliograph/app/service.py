"""The running service: poller, live, history, page and outputs under one roof, started and stopped in order."""

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from heliograph import __version__, store
from heliograph.app import file, supervisor, tables
from heliograph.app.file import Effective, SettingsError
from heliograph.app.fleet import Fleet
from heliograph.app.keeping import Keeping, Prepare, Shown
from heliograph.app.machine import ending_signals, language_of, names_of, zone_of
from heliograph.app.notifier import Notifier
from heliograph.app.outputs import Surroundings, exposition, health_of, make_all
from heliograph.app.preferences import Preferences
from heliograph.app.settings import Settings
from heliograph.errors import Cause, InUseError, UsageError
from heliograph.gateway.discovery import Finder, Search, discover
from heliograph.gateway.remembered import Memory
from heliograph.gateway.tls import spare_memory
from heliograph.live import Live
from heliograph.outputs.base import Output, keep_running
from heliograph.poller import Poller
from heliograph.store import FileLock
from heliograph.web import cards
from heliograph.web.access.callers import Neighbourhood, is_loopback
from heliograph.web.access.gate import Login
from heliograph.web.access.limits import Limits
from heliograph.web.access.vault import Vault
from heliograph.web.house import Health, House, Sync, TakenError
from heliograph.web.server import Server, listen
from heliograph.web.stream import Hub

LOGGER: Final = logging.getLogger("heliograph.app")

ACCESS: Final = "access.json"
"""What opens the service, as hashes, in the data folder."""
LOCK: Final = "service.lock"
"""What keeps a second service out of the data folder."""
_CALM: Final = 1.0
"""Seconds that polls under way have when the service stops."""
_LAST: Final = 1.5
"""Seconds that history and page have after them."""

_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
"""The machine itself, where the whole network is listened to."""

Books = Callable[[str], Awaitable[bytes | None]]


@dataclass(slots=True)
class Service:
    """One service: what it was started with and what it consists of."""

    effective: Effective
    folder: Path
    clock: Callable[[], float] = time.time
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    prepare_history: Prepare | None = None
    books: Books | None = None
    """Where books come from, if not from the history."""
    search: Search = discover
    """How the network is searched for a gateway that is not where it was."""
    demo: bool = False
    url: str = ""
    """Where this machine finds the page."""
    network_url: str | None = None
    """Where others find it; None where they are not listened to, or the address says it already."""
    live: Live = field(default_factory=Live)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    fleet: Fleet = field(init=False)
    poller: Poller = field(init=False)
    hub: Hub = field(init=False)
    house: House = field(init=False)
    server: Server = field(init=False)
    keeping: Keeping = field(init=False)
    notifier: Notifier = field(init=False)
    outputs: Sequence[Output] = field(init=False)
    vault: Vault = field(init=False)
    _settings: Settings = field(init=False)
    _door: socket.socket = field(init=False)
    _lock: FileLock = field(init=False)

    @property
    def language(self) -> str:
        """The language of whoever does not say theirs."""
        return language_of(self._settings.general.language, self.environment)

    @property
    def claim_code(self) -> str | None:
        """What proves at first visit that one reads what the service prints; None where nothing is to be claimed."""
        alone = is_loopback(self._door.getsockname()[0]) and self._settings.web.login != "always"
        return None if alone or self.vault.password_set else self.vault.claim_code

    def prepare(self) -> None:
        """Lock the data folder, open the port and put the rooms together.

        Raises:
            InUseError: another service runs on this data folder.
            SettingsError: port or certificate cannot be used.
            UsageError: what opens the service cannot be read.
        """
        self._settings = self.effective.settings
        spare_memory()
        web = self._settings.web
        self._lock = _locked(self.folder)
        try:
            self._door = _open(web.host, web.port)
        except BaseException:
            self._lock.release()
            raise
        try:
            self._put_together()
            self._serve()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of port and data folder."""
        self._door.close()
        self._lock.release()

    def _put_together(self) -> None:
        settings = self._settings
        zone = settings.general.zone or zone_of(self.environment)
        self.vault = _vault(self.folder / ACCESS, clock=self.clock, session_days=settings.web.session_days)
        self.hub = Hub(self.live, self.clock)
        self.keeping = Keeping(
            self.live,
            settings.history.database or self.folder,
            store.Settings(keep_days=settings.history.raw_days, zone=zone),
            zone_of=self._zone_of,
            clock=self.clock,
            prepare=self.prepare_history or (None if settings.history.database else self._make_tables),
        )
        self.poller = Poller(
            self.live,
            load_books=self.books or self.keeping.books,
            remember=self._remember,
            find=Finder(self.search).addresses,
            zone=zone,
            clock=self.clock,
        )
        self.fleet = Fleet(
            Memory(self.folder),
            self.poller,
            clock=self.clock,
            told=self._tell_sync,
            removed=self.hub.forget,
            interval=settings.polling.system,
            devices_interval=max(settings.polling.devices, settings.polling.system),
        )
        self.outputs = make_all(
            settings,
            Surroundings(
                live=self.live,
                order=self._order,
                language=self.language,
                zone=zone,
                folder=self.folder,
                clients=lambda: self.poller.gateways,
                problems=lambda: [self.keeping.health(), *self.keeping.damage()],
                clock=self.clock,
            ),
        )
        preferences = Preferences(self.effective, self.environment, changed=self._take_settings)
        self.notifier = Notifier(
            settings=lambda: preferences.current.notifications,
            names=lambda: {kept.serial: kept.name for kept in self.fleet.all()},
            history=self.keeping.store,
            zone=ZoneInfo(zone),
            clock=self.clock,
        )
        self.house = House(
            live=self.live,
            hub=self.hub,
            fleet=self.fleet,
            clock=self.clock,
            language=lambda: self.language,
            health=self.health,
            history=self.keeping.store,
            preferences=preferences,
            notifier=self.notifier,
            vault=self.vault,
            limits=Limits(),
            session_days=settings.web.session_days,
            zone=zone,
            site=lambda: self._settings.general.site,
            version=__version__,
            started=self.clock(),
            demo=self.demo,
            exposition=exposition(self.outputs),
        )

    def _serve(self) -> None:
        from heliograph.web.application import create  # noqa: PLC0415 - the framework loads while the port is open

        web = self._settings.web
        host, port = self._door.getsockname()[:2]
        neighbourhood = Neighbourhood.of((*web.names, *names_of(web.host)), web.proxies)
        front = create(self.house, neighbourhood, login=cast("Login", web.login))
        try:
            self.server = Server(front, self._door, certificate=web.certificate or None, key=web.key or None)
        except OSError as err:
            raise SettingsError(
                "tls", "web.certificate", certificate=web.certificate, cause=err.strerror or str(err)
            ) from err
        scheme = "https" if web.certificate else "http"
        shown = _EVERYWHERE.get(host, host)
        self.url = f"{scheme}://{f'[{shown}]' if ':' in shown else shown}:{port}"
        if host in _EVERYWHERE:
            self.network_url = f"{scheme}://{next(iter(web.names), socket.gethostname())}:{port}"

    async def run(self) -> None:
        """Serve until `stop`; on the way out nothing that was read is lost.

        Raises:
            InUseError: another Heliograph writes to the history.
            UsageError: `history.database` is no database, or its driver is not installed.
        """
        try:
            async with self._running():
                while not self.server.ready:  # noqa: ASYNC110 - the server has no event for it
                    await asyncio.sleep(0.01)
                supervisor.notify("READY=1", self.environment)
                await self.stopping.wait()
                supervisor.notify("STOPPING=1", self.environment)
        except BaseExceptionGroup as group:
            refused = group.subgroup((InUseError, UsageError))
            if refused is not None:
                raise refused.exceptions[0] from None
            raise
        finally:
            # The server closes the port itself, unless it was stopped before it began.
            self.close()

    def stop(self) -> None:
        """Begin to stop."""
        self.stopping.set()

    def stop_on_signals(self) -> None:
        """Stop when the supervisor, or whoever sits before it, says so."""
        loop = asyncio.get_running_loop()
        for number in ending_signals():
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, self.stop)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """Keep everything going; what fails unexpectedly ends the service, and its supervisor starts it again."""
        async with asyncio.TaskGroup() as group:
            server = group.create_task(self.server.run(), name="web")
            hub = group.create_task(self.hub.run(), name="events")
            keeping = group.create_task(self.keeping.run(), name="history")
            loading = group.create_task(self._load(), name="load gateways")
            poller = group.create_task(self.poller.run(), name="poller")
            beside = [group.create_task(supervisor.live(self._alive, self.environment), name="watchdog"), loading]
            beside += [
                group.create_task(keep_running(output, self.live), name=f"output {output.name}")
                for output in self.outputs
            ]
            try:
                yield
            finally:
                # Readers first, so that what was read last still reaches everybody; then whoever listens.
                self.hub.close()
                self.server.stop()
                await self.notifier.close()
                await self.fleet.close()
                poller.cancel()
                await asyncio.wait([poller], timeout=_CALM)
                self.live.close()
                if not self.keeping.opened:
                    # What is not open yet need not be waited for.
                    keeping.cancel()
                for one in beside:
                    one.cancel()
                await asyncio.wait([hub, server, keeping], timeout=_LAST)
                for one in (hub, server, keeping):
                    one.cancel()

    async def _load(self) -> None:
        count = await self.fleet.load()
        LOGGER.info("gateways read: %d", count)

    def _alive(self) -> bool:
        return self.server.ready and not self.stopping.is_set()

    def health(self) -> Sequence[Health]:
        """Return how each part is doing."""
        states = [str(update.condition.state) for update in self.live.latest.values()]
        count = {state: states.count(state) for state in sorted(set(states))}
        return [
            Health("web", ok=self.server.ready, details={"streams": self.hub.readers}),
            Health("poller", ok=not self.stopping.is_set(), details={"gateways": len(self.poller.gateways), **count}),
            self.keeping.health(),
            *self.keeping.damage(),
            *(health_of(output) for output in self.outputs),
        ]

    async def _make_tables(self, _: Shown) -> None:
        await tables.make(self.folder)

    def _zone_of(self, name: str) -> str | None:
        client = self.poller.gateways.get(name)
        facts = client.facts if client is not None else None
        # Not yet known is something else than not told: only then is it the zone of the settings.
        return None if facts is None else facts.timezone or self.house.zone

    async def _remember(self, name: str, gateway: Any) -> None:
        await self.fleet.remember(name, gateway)

    def _tell_sync(self, sync: Sync) -> None:
        now = replace(sync)
        self.hub.tell("sync", lambda language: cards.sync(now, language))

    def _order(self, what: str, serial: str) -> None:
        """Do what somebody asks for by an output.

        Raises:
            KeyError: no gateway has this serial number.
        """
        if what == "sync":
            with contextlib.suppress(TakenError):
                self.fleet.sync(serial)
        else:
            self.fleet.refresh(serial)

    def _take_settings(self, settings: Settings) -> None:
        """Take what takes effect at once."""
        self._settings = replace(self._settings, general=replace(settings.general, zone=self._settings.general.zone))
        self.hub.tell("settings", lambda _: {"site": settings.general.site, "language": self.language})


def _vault(path: Path, *, clock: Callable[[], float], session_days: int) -> Vault:
    def load() -> bytes | None:
        return path.read_bytes() if path.exists() else None

    def save(content: bytes) -> None:
        file.write(path, content.decode())

    try:
        return Vault(load, save, clock=clock, session_days=session_days)
    except (OSError, ValueError) as err:
        raise file.unreadable(path, err) from err


def _locked(folder: Path) -> FileLock:
    path = folder / LOCK
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError):  # a volume may be another's, and still be written to
            folder.chmod(0o700)
        return FileLock.acquire(path, str(folder))
    except OSError as err:
        raise UsageError("unwritable_file", path=path, cause=Cause.of(err)) from err


def _open(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as err:
        raise SettingsError("port_taken", "web.port", host=host, port=port, cause=err.strerror or str(err)) from err
