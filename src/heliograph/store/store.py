"""History: one writer, readers beside it, nothing that blocks the event loop."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition
from typing import Final, Self, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from heliograph.errors import Cause, InUseError
from heliograph.model import Snapshot
from heliograph.store import names, overview, query
from heliograph.store.answer import (
    MOST_POINTS,
    Curve,
    Event,
    HeatMap,
    KeptEquipment,
    KeptFinding,
    KeptGateway,
    KeptSeries,
    Latest,
    Name,
    Step,
)
from heliograph.store.backup import backup
from heliograph.store.commit import leave_mark, load
from heliograph.store.engine import (
    Database,
    cause_of,
    damaged,
    damaged_at,
    damaged_copies,
    locate,
    open_database,
    spoken,
)
from heliograph.store.export import Asked, Progress, export_file
from heliograph.store.lock import StoreError
from heliograph.store.migrate import migrate, recognise
from heliograph.store.names import Book
from heliograph.store.recorder import BOOKS, Recorder
from heliograph.store.rows import from_blob
from heliograph.store.schema import BLOB
from heliograph.store.writer import Habits, State, Writer, renew

log = logging.getLogger(__name__)
T = TypeVar("T")

DAY: Final = 86_400
_READERS: Final = 3


def _pause(condition: Condition, seconds: float) -> object:
    return condition.wait(seconds)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner may decide."""

    keep_days: int = 425
    """Days for which samples are kept: 14 months. Hours and days are kept for ever."""
    memory: int = 64 * 2**20
    """Bytes that may wait in memory while nothing can be written; an hour is kept in any case."""
    zone: str = "UTC"
    """IANA time zone of gateways that say none."""
    patience: float = 5.0
    """Seconds that the database may take to answer before its being away is noticed."""


class Store:
    """The history of any number of gateways, in one database. Use as `async with await Store.open(...)`."""

    def __init__(self, database: Database, writer: Writer | None) -> None:
        """Take an opened database; `Store.open` is the way in."""
        self._database = database
        self._writer = writer
        self._book = Book()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="history-reader")

    @classmethod
    async def open(
        cls,
        where: Path | str,
        settings: Settings | None = None,
        *,
        read_only: bool = False,
        clock: Callable[[], float] = time.time,
        pause: Callable[[Condition, float], object] = _pause,
    ) -> Self:
        """Open the history in a data folder (SQLite), or at a URL `postgresql+psycopg://…`.

        Tables are made or brought up to date; a damaged SQLite file is set aside and a new one begun. Read-only, all
        of this is left alone: for a second process beside the one that writes.

        Only one at a time may write: a second one is refused, on this machine or on another.

        Raises:
            InUseError: another one writes to it.
            StoreError: the database is not reachable, or was written by a newer version.
            UsageError: the URL is none, or its driver is not installed.
        """
        settings = settings or Settings()
        loop = asyncio.get_running_loop()
        if read_only:
            return cls(await loop.run_in_executor(None, lambda: _opened_to_read(where, settings)), None)
        database, recorder = await loop.run_in_executor(None, lambda: _opened(where, settings, clock))
        habits = Habits(settings.keep_days * DAY, settings.memory, clock, pause)
        writer = Writer(database, recorder, loop, habits)
        writer.start()
        return cls(database, writer)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self, seconds: float = 2.5) -> None:
        """Write what waits, as far as it can be in that time, and let go of the database."""
        loop = asyncio.get_running_loop()
        writer = self._writer
        if writer is not None:
            writer.close()
            if not await loop.run_in_executor(None, writer.join, seconds):
                log.error("History could not be closed in time; %s polls were waiting", writer.state.waiting)
        self._readers.shutdown(wait=False, cancel_futures=True)
        # A writer that could not be waited for keeps its lock until the process ends.
        over = writer is None or writer.join(0)
        await loop.run_in_executor(None, self._database.close if over else self._database.engine.dispose)

    @property
    def state(self) -> State:
        """How writing fares."""
        return State() if self._writer is None else replace(self._writer.state)

    @property
    def refused(self) -> InUseError | None:
        """Why nothing can be written any more: another Heliograph took the history over; None while all is well."""
        return None if self._writer is None else self._writer.refused

    @property
    def set_aside(self) -> dict[str, float]:
        """The damaged files beside the history by name, and when each was set aside, epoch seconds."""
        times = {one.name: damaged_at(one) for one in list(self._database.set_aside)}
        return {name: at for name, at in times.items() if at is not None}

    @property
    def place(self) -> str:
        """Where the history is, without secrets."""
        return spoken(self._database.url)

    # Writing

    def post(
        self,
        snapshot: Snapshot,
        *,
        zone: str | None = None,
        books: bytes | None = None,
        events: Iterable[Event] = (),
        steps: Collection[Name] = (),
    ) -> asyncio.Future[None]:
        """Have a trusted snapshot kept; returns at once. The future is done when all of it is safe, together.

        `books` are kept in the same transaction as the samples. `zone` is the gateway's own (IANA). `steps` names
        counters that start anew with this snapshot: what lies between is no energy.

        A snapshot that is older than the gateway's latest comes late, unless our own clock stands behind that, too. Of
        a late one the series are kept that were never heard of, and events; nothing newer changes, nor do the books.

        The future fails with `StoreError` where the snapshot had to be given up; it need not be awaited.
        """
        writer = self._writing()
        clock = writer.habits.clock()
        taken = writer.recorder.take(snapshot, zone=zone, books=books, events=events, steps=steps, clock=clock)
        return writer.put(taken)

    async def write(
        self,
        snapshot: Snapshot,
        *,
        zone: str | None = None,
        books: bytes | None = None,
        events: Iterable[Event] = (),
        steps: Collection[Name] = (),
    ) -> None:
        """Do as `post` does, and wait until it is safe: it then survives kill -9.

        Raises:
            StoreError: the snapshot had to be given up.
        """
        await self.post(snapshot, zone=zone, books=books, events=events, steps=steps)

    def note(
        self, serial: str, at: float, *, books: bytes | None = None, events: Iterable[Event] = ()
    ) -> asyncio.Future[None]:
        """Do as `post` does for a gateway that says nothing: its outage is an event."""
        writer = self._writing()
        return writer.put(writer.recorder.note(serial, at, books=books, events=events))

    def forget(self, serial: str) -> None:
        """Take what is posted next as if it were the first of its kind: it may be older than what is known."""
        self._writing().recorder.begin_anew(serial)

    async def save_blob(self, name: str, body: bytes, *, gateway: str = "", at: float | None = None) -> None:
        """Keep a small named thing, in the place of what had that name; it then survives kill -9.

        Raises:
            StoreError: the database does not take it.
        """
        writer = self._writing()
        moment = writer.habits.clock() if at is None else at
        await writer.put(writer.recorder.blob(name, body, gateway, moment))

    async def load_blob(self, name: str, *, gateway: str = "") -> bytes | None:
        """Return what is kept under a name; None where nothing is."""
        wanted = select(BLOB.c.body).where(BLOB.c.gateway == gateway, BLOB.c.name == name)
        found: bytes | None = await self._read(lambda connection: connection.execute(wanted).scalar())
        return None if found is None else from_blob(found)

    async def load_books(self, serial: str) -> bytes | None:
        """Return the books that were kept with a gateway's latest samples; None where there are none."""
        return await self.load_blob(BOOKS, gateway=serial)

    async def tidy(self) -> None:
        """Fold and roll up everything now that would be when it is due, and wait for it."""
        await self._writing().tidy()

    # Reading

    async def gateways(self) -> tuple[KeptGateway, ...]:
        """List all gateways."""
        return await self._read(names.kept_gateways)

    async def equipment(self, serial: str) -> tuple[KeptEquipment, ...]:
        """List the equipment of a gateway."""
        return await self._read(lambda connection: names.kept_equipment(connection, serial))

    async def names(self, serial: str) -> tuple[KeptSeries, ...]:
        """List the series of a gateway."""
        return await self._read(lambda connection: names.kept_series(connection, serial))

    async def series(
        self,
        serial: str,
        names: Sequence[Name],
        start: float,
        end: float,
        step: int | Step | None = None,
        *,
        most: int = MOST_POINTS,
    ) -> list[Curve]:
        """Return series over a span of epoch seconds, in the order asked for.

        Without a step the span decides: samples up to two days, five minutes up to four, a quarter of an hour up to
        ten, hours up to a hundred days, days up to six years, months beyond. Where more than `most` points would come
        of it, or samples are no longer kept, the step is made coarser; `Curve.step` says what it is.

        Raises:
            UsageError: the gateway is unknown, the span ends before it begins, or the step makes no sense.
            StoreError: the database cannot be read.
        """
        return await self._read(
            lambda connection: query.curves(connection, self._book, serial, names, (start, end), step=step, most=most)
        )

    async def series_in_portions(
        self,
        serial: str,
        names: Sequence[Name],
        start: float,
        end: float,
        step: int | Step | None = None,
        *,
        most: int,
        samples: int,
    ) -> AsyncGenerator[list[Curve], None]:
        """Yield series as `series` does, a few at a time, so that no more than a few are in memory.

        Where more than `samples` samples would have to be read for one curve, the step is made coarser, too.

        Raises:
            UsageError: the gateway is unknown, the span ends before it begins, or the step makes no sense.
            StoreError: the database cannot be read.
        """
        span, book = (start, end), self._book
        chosen, parts = await self._read(
            lambda connection: query.portions(
                connection, book, serial, names, span, step=step, most=most, samples=samples
            )
        )
        for part in parts:
            yield await self.series(serial, part, start, end, chosen, most=most)

    async def energy(self, serial: str, names: Sequence[Name], start: float, end: float) -> dict[Name, float | None]:
        """Return what counters counted in a span, in their unit; None where nothing is known of it.

        Raises:
            UsageError: the gateway is unknown, or the span ends before it begins.
            StoreError: the database cannot be read.
        """
        return await self._read(lambda connection: overview.energy(connection, self._book, serial, names, (start, end)))

    async def latest(self, serial: str) -> tuple[Latest, ...]:
        """Return the last value of every series that was heard of within the last day of the gateway's history."""
        return await self._read(lambda connection: overview.latest(connection, self._book, serial))

    async def heat_map(self, serial: str, name: Name, year: int) -> HeatMap:
        """Return a local year by day and hour.

        Raises:
            UsageError: the gateway is unknown.
        """
        return await self._read(lambda connection: overview.heat_map(connection, self._book, serial, name, year))

    async def events(self, serial: str, start: float, end: float) -> tuple[Event, ...]:
        """Return the events of a span of epoch seconds."""
        return await self._read(lambda connection: names.events_of(connection, serial, start, end))

    async def findings(self, serial: str, start: float, end: float) -> tuple[KeptFinding, ...]:
        """Return the findings that were in force within a span of epoch seconds."""
        return await self._read(lambda connection: names.findings_of(connection, serial, start, end))

    # Taking out

    async def export(self, asked: Asked, path: Path, kind: str = "csv", progress: Progress | None = None) -> int:
        """Write a file (`csv`, `parquet`) day by day; give its number of rows. `progress` is told in a thread.

        Raises:
            UsageError: format or gateway is unknown, the span ends before it begins, or the file cannot be written.
            StoreError: the database cannot be read.
        """
        return await self._threaded(lambda: export_file(self._database, asked, path, kind, progress))

    async def backup(self, target: Path, progress: Progress | None = None) -> int:
        """Copy the history of this moment to a file while it is being written; give its size in bytes.

        Raises:
            StoreError: the history is in PostgreSQL, which has means of its own, or the copy is not intact.
            UsageError: the file cannot be written.
        """
        return await self._threaded(lambda: backup(self._database, target, progress))

    # Inside

    def _writing(self) -> Writer:
        if self._writer is None:
            raise StoreError("history_closed")
        return self._writer

    async def _read(self, question: Callable[[Connection], T]) -> T:
        def ask() -> T:
            with self._database.reading() as connection:
                return question(connection)

        return await self._threaded(ask)

    async def _threaded(self, work: Callable[[], T]) -> T:
        def guarded() -> T:
            try:
                return work()
            except DBAPIError as err:
                raise StoreError("history_unreadable", database=self.place, cause=cause_of(err)) from err

        return await asyncio.get_running_loop().run_in_executor(self._readers, guarded)


def _opened_to_read(where: Path | str, settings: Settings) -> Database:
    database = open_database(locate(where), read_only=True, patience=settings.patience)
    path = database.path
    with _let_go_of(database):
        # Reaching for a file that is not there would make an empty one.
        if (path is not None and not path.is_file()) or recognise(database) is None:
            raise StoreError("history_unreachable", database=spoken(database.url), cause=Cause("no_history"))
    return database


def _opened(where: Path | str, settings: Settings, clock: Callable[[], float]) -> tuple[Database, Recorder]:
    database = open_database(locate(where), patience=settings.patience)
    path = database.path
    with _let_go_of(database):
        if path is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            database.set_aside = damaged_copies(path)
        database.lock()
        try:
            migrate(database)
            leave_mark(database)
            return database, load(database, settings.zone)
        except DBAPIError as err:
            if path is None or not damaged(err):
                raise
        database.engine.dispose()
        aside = renew(database, path, clock())
        log.error("The history file %s is damaged; it was set aside as %s, and a new one begun", path, aside.name)
        return database, load(database, settings.zone)


@contextmanager
def _let_go_of(database: Database) -> Iterator[None]:
    """Close what was opened where it cannot be used, and say why in our own words."""
    try:
        yield
    except (DBAPIError, OSError) as err:
        database.close()
        raise StoreError("history_unreachable", database=spoken(database.url), cause=cause_of(err)) from err
    except BaseException:
        database.close()
        raise
