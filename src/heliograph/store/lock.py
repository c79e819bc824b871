"""One writer at a time: a lock beside the file of SQLite, or one that the writer's own session holds in PostgreSQL."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from heliograph.errors import Cause, HeliographError, InUseError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_KEY: Final = 0x48454C49
"""What tells our advisory lock from those of other programs in the same database; the schema is the second half."""
_SCHEMA: Final = "hashtext(coalesce(current_schema(), ''))"
_HOLDER: Final = (
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "  # noqa: S608 - constants
    "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    f"AND classid = {_KEY} AND objid = (({_SCHEMA}::bigint + 4294967296) % 4294967296)::oid"
)
MARK: Final = "writer"
"""The name of the blob in which each writer on PostgreSQL leaves its mark when it begins."""
_BYTE: Final = 1 << 30
"""Which byte Windows locks: one behind the text, which others must be able to read."""


class StoreError(HeliographError):
    """History cannot be kept or read."""


def process_name() -> str:
    """Return who this process is, for whoever finds the lock taken."""
    return f"{socket.gethostname()[:40]}, process {os.getpid()}"


@dataclass(slots=True)
class FileLock:
    """A lock on a file, until `release` or the end of the process, however it ends."""

    path: Path
    _descriptor: int

    @classmethod
    def acquire(cls, path: Path, place: str) -> Self:
        """Lock a file, which is made where it is missing and stays afterwards; `place` is named where that fails.

        Raises:
            InUseError: another process holds it, or this one already.
            OSError: the file cannot be written.
        """
        lock = cls(path, os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            lock._take(place)
        except BaseException:
            lock.release()
            raise
        return lock

    def _take(self, place: str) -> None:
        if not _locked(self._descriptor):
            # Between taking the lock and writing its name there is a moment in which the file says nothing.
            holder = os.read(self._descriptor, 200).decode(errors="replace")
            raise InUseError("in_use", place=place, holder=holder or "?")
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, process_name().encode())

    def release(self) -> None:
        """Let others have it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _locked(descriptor: int) -> bool:
    """Lock a whole file, without waiting; tell whether nobody else had it."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _BYTE, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def lock_session(connection: Any, place: str) -> None:
    """Take the lock of a PostgreSQL database in a session of psycopg, until the session ends.

    Raises:
        InUseError: another session holds it.
    """
    holder = _take(connection)
    if holder is not None:
        raise InUseError("in_use", place=place, holder=holder)


def relock_session(connection: Any, place: str, mark: bytes) -> None:
    """Take it again in a new session, after the former one was lost.

    Raises:
        InUseError: another writer has it, or had it since the mark was left.
        StoreError: the server has not noticed yet that the former session is over.
    """
    holder = _take(connection)
    if holder is not None and holder.endswith(process_name()):
        raise StoreError("history_unreachable", database=place, cause=Cause("former_session"))
    if holder is not None:
        raise InUseError("in_use", place=place, holder=holder)
    found = connection.execute("SELECT body FROM blob WHERE gateway = '' AND name = %s", (MARK,)).fetchone()
    connection.commit()
    if found is None or bytes(found[0]) != mark:
        raise InUseError("taken_over", place=place)


def _take(connection: Any) -> str | None:
    """Take the lock; return who has it where that fails."""
    granted = connection.execute(f"SELECT pg_try_advisory_lock({_KEY}, {_SCHEMA})").fetchone()[0]
    holder = None if granted else connection.execute(_HOLDER).fetchone()
    connection.commit()
    return None if granted else str(holder[0]) if holder and holder[0] else "?"
