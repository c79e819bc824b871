"""Reaching the database: SQLite in one file, or PostgreSQL by URL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from heliograph import extras
from heliograph.errors import Cause, HeliographError, UsageError
from heliograph.model.redact import mask_address
from heliograph.store.entry import Row
from heliograph.store.lock import FileLock, lock_session, process_name, relock_session

FILE: Final = "history.db"
"""The database file within the data folder."""
_PRAGMAS: Final = (
    # Readers never wait for the writer, nor the writer for them.
    "PRAGMA journal_mode = WAL",
    # Every commit reaches the disk before it is acknowledged: it survives kill -9 and, where disks do not lie, power
    # loss. One commit carries everything that waits, so that this costs one flush a poll, not one a sample.
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 1000",
    # The log is cut back to 16 MB after a burst.
    "PRAGMA journal_size_limit = 16777216",
    "PRAGMA cache_size = -8000",
    "PRAGMA temp_store = MEMORY",
)
_PATIENCE: Final = 5.0
"""Seconds that a statement waits for a lock before the writer is told; it then tries again by itself."""


@dataclass(slots=True)
class Database:
    """One database, by the way it is reached."""

    url: URL
    engine: Engine
    """For readers, and on SQLite for the one writer, too."""
    writer: Engine
    """For the one writer. On PostgreSQL it has one session at a time, which holds the lock of the database."""
    locks: list[FileLock] = field(default_factory=list)
    """On SQLite what keeps other writers out."""
    set_aside: list[Path] = field(default_factory=list)
    """Damaged files of SQLite, as far as they were there when it was opened, or were set aside since."""
    mark: bytes | None = None
    """On PostgreSQL what this writer left there when it began: where another mark stands, another one has written."""

    @property
    def path(self) -> Path | None:
        """The file of SQLite; None for PostgreSQL."""
        return Path(self.url.database) if self.embedded and self.url.database else None

    @property
    def embedded(self) -> bool:
        """Whether it is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that writes; it is committed at the end, or undone."""
        with self.writer.connect().execution_options(heliograph_writes=True) as connection, connection.begin():
            yield connection

    def lock(self) -> None:
        """Keep other writers out of a SQLite file; PostgreSQL's lock comes with the writer's session.

        Raises:
            InUseError: another one is at work.
            OSError: the folder cannot be written.
        """
        if self.path is not None:
            self.locks.append(FileLock.acquire(lock_path(self.path), spoken(self.url)))
            # SQLite gives its other files the mode of this one.
            self.path.touch(0o600)

    def close(self) -> None:
        """Let go of everything, the lock last."""
        self.engine.dispose()
        self.writer.dispose()
        while self.locks:
            self.locks.pop().release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment of the database."""
        with self.engine.connect() as connection, connection.begin():
            yield connection


def make_private(path: Path) -> None:
    """Put an empty file there that its owner alone may read, whatever the umask: history tells when nobody is home."""
    path.unlink(missing_ok=True)
    path.touch(0o600)


def lock_path(path: Path) -> Path:
    """Return the file whose lock keeps a second writer out of a SQLite file."""
    return path.with_name(path.name + ".lock")


def locate(where: Path | str) -> URL:
    """Return the address of a database: a folder holds a SQLite file; anything with `://` is a URL.

    Raises:
        UsageError: it is neither SQLite nor PostgreSQL.
    """
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite+pysqlite", database=str(Path(where) / FILE))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError) as err:
        raise UsageError("bad_database", problem=mask_address(where)) from err
    if "@" in (url.host or ""):
        # It is the rest of a password that holds an @, and every error of the driver would name it.
        raise UsageError("bad_database", problem=mask_address(where))
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"postgresql+psycopg", "sqlite", "sqlite+pysqlite"}:
        raise UsageError("bad_database", problem=url.drivername)
    return url


def spoken(url: URL) -> str:
    """Name a database in words without its secrets."""
    embedded = url.get_backend_name() == "sqlite"
    return mask_address(str(url.database) if embedded else url.render_as_string(hide_password=False))


def open_database(url: URL, *, read_only: bool = False, patience: float = _PATIENCE) -> Database:
    """Make ready to reach a database; nothing is asked of it yet.

    Raises:
        UsageError: the driver for it is not installed.
    """
    embedded = url.get_backend_name() == "sqlite"
    options: dict[str, Any] = {"pool_size": 6, "max_overflow": 4}
    if embedded:
        options |= {"connect_args": {"timeout": patience, "check_same_thread": False}}
    else:
        options |= {
            "connect_args": {"connect_timeout": int(patience), "application_name": "heliograph"},
            "isolation_level": "REPEATABLE READ",
            # A server that was started again has ended the sessions of readers.
            "pool_pre_ping": True,
        }
    try:
        engine = create_engine(url, **options)
    except (ModuleNotFoundError, NoSuchModuleError) as err:
        raise extras.missing("postgres") from err
    database = Database(url, engine, engine)
    if embedded:
        _prepare_sqlite(engine, read_only=read_only)
    elif not read_only:
        _prepare_writer(database, options)
    return database


def _prepare_writer(database: Database, options: dict[str, Any]) -> None:
    """Return an engine for PostgreSQL's writer: one session at a time, each holding the database's lock."""
    url, place = database.url, spoken(database.url)
    settings = {"application_name": f"heliograph: {process_name()}"[:63]}
    if "options" not in url.query:
        # The server ends the session of a machine that lost power, and its lock, after a minute instead of two hours.
        settings["options"] = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
    arguments = {"pool_size": 1, "max_overflow": 0, "connect_args": options["connect_args"] | settings}
    database.writer = create_engine(url, **options | arguments)

    @event.listens_for(database.writer, "connect")
    def connected(connection: Any, _record: object) -> None:
        try:
            if database.mark is None:
                lock_session(connection, place)
            else:
                relock_session(connection, place, database.mark)
        except BaseException:
            connection.close()
            raise


def _prepare_sqlite(engine: Engine, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own idea of transactions is too weak: it begins them late and only for writing.
        connection.isolation_level = None
        for pragma in ("PRAGMA query_only = ON",) if read_only else _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # Asking for the lock at once, a writer can never find itself unable to go on halfway.
        writes = connection.get_execution_options().get("heliograph_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def upsert(connection: Connection, table: Table, rows: list[Row], updated: tuple[str, ...] | None = None) -> None:
    """Insert rows, or where their key is taken replace these columns (all that are given, unless said otherwise)."""
    if not rows:
        return
    statement: Any
    if connection.dialect.name == "sqlite":
        statement = sqlite.insert(table)
    else:
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - 2 MB that SQLite does without

        statement = postgresql.insert(table)
    keys = [column.name for column in table.primary_key.columns]
    names = updated if updated is not None else tuple(name for name in rows[0] if name not in keys)
    changes = {name: statement.excluded[name] for name in names}
    whole: Insert = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    connection.execute(whole, rows)


_SQLITE_CAUSES: Final = (
    ("locked", "database_locked"),
    ("is full", "disk_full"),
    ("disk I/O error", "disk_error"),
    ("readonly", "disk_readonly"),
    ("unable to open", "disk_error"),
)
_DAMAGED: Final = ".damaged-"
_DAMAGE: Final = ("malformed", "not a database", "is encrypted")


def cause_of(error: Exception) -> Cause:
    """Return why the database did not do what was asked."""
    if isinstance(error, HeliographError) and isinstance(cause := error.details.get("cause"), Cause):
        return cause
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    code = next((code for part, code in _SQLITE_CAUSES if part in said), None)
    if code is not None:
        return Cause(code)
    lines = said.strip().splitlines()
    return Cause("system", {"detail": lines[0] if lines else type(error).__name__})


def damaged(error: Exception) -> bool:
    """Return whether an error means that the file itself is damaged."""
    if not isinstance(error, DBAPIError) or not isinstance(error.orig, sqlite3.DatabaseError):
        return False
    return any(part in str(error.orig) for part in _DAMAGE)


def damaged_copies(path: Path) -> list[Path]:
    """Return the damaged files that were set aside beside a database, the oldest first."""
    return [one for one in sorted(path.parent.glob(f"{path.name}{_DAMAGED}*")) if damaged_at(one) is not None]


def damaged_at(aside: Path) -> float | None:
    """Return when a file was set aside, epoch seconds, as its name tells; None where it is no such file."""
    number = aside.name.rpartition(_DAMAGED)[2]
    return float(number) if number.isdecimal() else None


def set_aside(path: Path, at: float) -> Path:
    """Rename a damaged database with all that belongs to it; give its new name."""
    aside = path.with_name(f"{path.name}{_DAMAGED}{int(at)}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside
