"""Copies the history while it is being written, and puts a copy back."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from heliograph.errors import Cause, UsageError
from heliograph.store.engine import FILE, Database, lock_path, make_private
from heliograph.store.lock import FileLock, StoreError
from heliograph.store.migrate import HEAD, KNOWN

Progress = Callable[[int, int], None]
"""Told how many pages are copied, and of how many."""

_PAGES: Final = 2000
"""Pages copied at a time; in between the writer goes on."""


def backup(database: Database, target: Path, progress: Progress | None = None) -> int:
    """Copy the history to a file, which is checked before it gets its name; give its size in bytes.

    The copy is of one moment: what is written meanwhile is not in it.

    Raises:
        StoreError: the history is in PostgreSQL, or the copy is not intact.
        UsageError: the file cannot be written.
    """
    source = database.path
    if source is None:
        raise StoreError("history_backup_elsewhere")
    partial = target.with_name(target.name + ".part")
    try:
        make_private(partial)
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(partial)) as there:
            # A reader's transaction holds the moment; otherwise every commit would begin the copy anew.
            here.execute("BEGIN")
            here.execute("SELECT count(*) FROM sqlite_master").fetchone()
            here.backup(there, pages=_PAGES, progress=_told(progress))
            there.execute("PRAGMA journal_mode = DELETE")
        check(partial)
        partial.replace(target)
    except (OSError, sqlite3.Error) as err:
        cause = Cause.of(err) if isinstance(err, OSError) else Cause("system", {"detail": str(err)})
        raise UsageError("unwritable_file", path=target, cause=cause) from err
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def _told(progress: Progress | None) -> Callable[[int, int, int], None] | None:
    if progress is None:
        return None
    return lambda _status, remaining, total: progress(total - remaining, total)


def check(path: Path) -> str:
    """See that a file is an intact history of this version or an earlier one; give how far its tables have come.

    Raises:
        StoreError: it is not.
    """
    try:
        # Bytes, so that no character of the path is taken for a parameter.
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as there:
            said = there.execute("PRAGMA integrity_check").fetchone()[0]
            found: str = there.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except sqlite3.OperationalError as err:
        code = "no_history" if "no such table" in str(err) else "disk_error"
        raise StoreError("history_bad_backup", path=path, cause=Cause(code)) from err
    except (sqlite3.Error, TypeError) as err:
        raise StoreError("history_bad_backup", path=path, cause=Cause("system", {"detail": str(err)})) from err
    if said != "ok":
        raise StoreError("history_bad_backup", path=path, cause=Cause("system", {"detail": said}))
    if found not in KNOWN:
        raise StoreError("history_too_new", database=path, found=found, known=HEAD)
    return found


def restore(source: Path, folder: Path) -> Path | None:
    """Put a copy in the place of the history in a data folder, while no service runs on it.

    What was there is kept beside; its new name is given, None where there was nothing.

    Raises:
        InUseError: a service runs on it.
        StoreError: the copy is not intact.
        UsageError: it cannot be put there.
    """
    check(source)
    place = folder / FILE
    aside: Path | None = None
    partial = place.with_name(FILE + ".part")
    lock: FileLock | None = None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock.acquire(lock_path(place), str(place))
        make_private(partial)
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(partial)) as there:
            here.backup(there)
        if place.exists():
            aside = _aside(place)
        partial.replace(place)
    except (OSError, sqlite3.Error) as err:
        cause = Cause.of(err) if isinstance(err, OSError) else Cause("system", {"detail": str(err)})
        raise UsageError("unwritable_file", path=place, cause=cause) from err
    finally:
        partial.unlink(missing_ok=True)
        if lock is not None:
            lock.release()
    return aside


def _aside(place: Path) -> Path:
    number = 1
    while (aside := place.with_name(f"{place.name}.before-{number}")).exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        part = place.with_name(place.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside
