"""History as the service keeps it: opened when it can be, fed with every update, closed last."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from heliograph.errors import HeliographError
from heliograph.live import Event as LiveEvent
from heliograph.live import Live, Patience, State, Update
from heliograph.store import Event, Settings, Store, StoreError
from heliograph.web.house import DAMAGED, Health
from heliograph.web.problem import ProblemError

LOGGER: Final = logging.getLogger("heliograph.app")

_PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between two attempts to open the history."""
_BACKLOG: Final = 20_000
"""Updates that wait while the history is not open yet."""
_OPEN_OUTAGE: Final = 31 * 86_400.0
"""Seconds for which an outage is looked back for after a restart."""

Shown = Callable[[Path], Awaitable[None]]
"""Told in which folder a part of the history can be read already, while all of it is still prepared."""
Prepare = Callable[[Shown], Awaitable[None]]
"""Done once before the history is opened."""


class Keeping:
    """Keeps everything that live says."""

    def __init__(
        self,
        live: Live,
        where: Path | str,
        settings: Settings,
        *,
        zone_of: Callable[[str], str | None],
        clock: Callable[[], float],
        prepare: Prepare | None = None,
    ) -> None:
        """Prepare; `zone_of` tells a gateway's own time zone by its name."""
        self._live = live
        self._where = where
        self._settings = settings
        self._zone_of = zone_of
        self._clock = clock
        self._prepare = prepare
        self._store: Store | None = None
        self._early: Store | None = None
        """A part that can be read while all of it is still prepared."""
        self._opened = asyncio.Event()
        self._problem: HeliographError | None = None
        self._away: dict[str, float] = {}
        """Since when each gateway is away, by serial."""
        self._met: set[str] = set()
        self._damage_recorded: set[tuple[str, str]] = set()
        """Gateways and damaged files of which the history tells already."""
        self._lost = 0
        self._ok = True
        self.waiting = 0

    def store(self) -> Store:
        """Return the history.

        Raises:
            ProblemError: it is not open yet.
        """
        store = self._store or self._early
        if store is None:
            cause = "…" if self._problem is None else self._problem.text()
            raise ProblemError("no_history", 503, headers={"Retry-After": "5"}, cause=cause)
        return store

    @property
    def opened(self) -> bool:
        """Whether there is a history to be written to."""
        return self._store is not None

    async def books(self, serial: str) -> bytes | None:
        """Return the books that were kept of a gateway.

        Waits until the history is open: without them, nothing that was corrected before would be known.
        """
        await self._opened.wait()
        assert self._store is not None  # noqa: S101 - opened
        return await self._store.load_books(serial)

    async def run(self) -> None:
        """Open the history and feed it until live is closed; then see that everything is written.

        Raises:
            InUseError: another Heliograph writes to it.
        """
        with self._live.subscribe(Patience.EVERY, backlog=_BACKLOG) as heard:
            try:
                await self._open()
                store = self._store
                assert store is not None  # noqa: S101 - just opened
                async for update in heard:
                    if store.refused is not None:
                        raise store.refused
                    self.waiting = heard.waiting
                    await self._take(store, update)
            finally:
                for opened in filter(None, (self._store, self._early)):
                    await opened.close()

    async def _show(self, where: Path) -> None:
        # Where that fails, it is read once it is written to.
        with contextlib.suppress(StoreError):
            self._early = await Store.open(where, self._settings, read_only=True, clock=self._clock)

    async def _open(self) -> None:
        if self._prepare is not None:
            await self._prepare(self._show)
        attempt = 0
        while True:
            try:
                self._store = await Store.open(self._where, self._settings, clock=self._clock)
            except StoreError as err:
                if self._problem is None or self._problem.code != err.code:
                    LOGGER.error("%s", err)  # noqa: TRY400 - the sentence says it all
                self._problem = err
                await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
                attempt += 1
            else:
                self._problem = None
                self._opened.set()
                return

    async def _take(self, store: Store, update: Update) -> None:
        serial = update.snapshot.gateway.serial
        if not serial:
            return
        await self._look_back(store, update)
        events = [event for one in update.events if (event := self._event(serial, one)) is not None]
        events += self._damage(store, serial)
        if update.fresh:
            zone = self._zone_of(update.name)
            done = store.post(update.snapshot, zone=zone, books=update.books, events=events)
        elif events:
            done = store.note(serial, update.at, events=events)
        else:
            return
        done.add_done_callback(self._written)

    async def _look_back(self, store: Store, update: Update) -> None:
        """After a restart: an outage that was not over yet goes on, or is over now."""
        serial = update.snapshot.gateway.serial
        if serial in self._met:
            return
        self._met.add(serial)
        try:
            before = await store.events(serial, update.at - _OPEN_OUTAGE, update.at)
        except HeliographError:
            return
        outage = next((one for one in reversed(before) if one.kind == "away" and one.until is None), None)
        if outage is None:
            return
        if update.condition.state is State.AWAY:
            self._away[serial] = outage.at
        else:
            store.note(serial, update.at, events=[Event("away", outage.at, update.at, outage.details)])

    def _damage(self, store: Store, serial: str) -> list[Event]:
        """Return what the history of a gateway is to tell of damaged files, each once."""
        fresh = {name: at for name, at in store.set_aside.items() if (serial, name) not in self._damage_recorded}
        self._damage_recorded |= {(serial, name) for name in fresh}
        return [Event("history_damaged", at, None, {"file": name}) for name, at in fresh.items()]

    def _event(self, serial: str, said: LiveEvent) -> Event | None:
        """Turn what live says into what is kept: an outage is one event with a beginning and an end."""
        if said.code == "away":
            since = self._away.setdefault(serial, said.at)
            return Event("away", since, None, said.details)
        if said.code == "back":
            began = self._away.pop(serial) if serial in self._away else None
            return None if began is None else Event("away", began, said.at, said.details)
        return Event(said.code, said.at, None, said.details)

    def _written(self, done: "asyncio.Future[None]") -> None:
        if done.cancelled() or done.exception() is None:
            if not self._ok:
                LOGGER.info("history is written again")
            self._ok = True
            return
        self._lost += 1
        if self._ok:
            LOGGER.error("history lost a reading: %s", done.exception())
        self._ok = False

    def damage(self) -> list[Health]:
        """Return what is wrong beside the history: damaged files, for as long as they lie there."""
        if self._store is None:
            return []
        folder = Path(self._store.place).parent
        files = [name for name in self._store.set_aside if (folder / name).exists()]
        if not files:
            return []
        problem = StoreError("history_damaged", files=", ".join(files), folder=folder)
        return [Health(DAMAGED, ok=False, details={"files": files}, problem=problem)]

    def health(self) -> Health:
        """Return how writing fares."""
        store = self._store
        if store is None:
            opening = {"state": "opening", "waiting": self.waiting}
            return Health("history", ok=self._early is not None, details=opening, problem=self._problem)
        state = store.state
        told: dict[str, Any] = {
            "state": "writing" if state.ok else "delayed",
            "place": store.place,
            "waiting": self.waiting + state.waiting,
            "lost": state.lost,
        }
        problem = None
        if state.cause is not None:
            problem = StoreError("history_unwritable", database=store.place, cause=state.cause)
        return Health("history", ok=state.ok, details=told, problem=problem)
