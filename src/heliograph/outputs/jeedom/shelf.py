"""What the daemon keeps in the plugin's data folder: gateways without their secrets, the ledger's books, notes."""

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from heliograph.gateway import Credentials, Gateway, Known
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.outputs.base import private

BOOKS_EVERY: Final = 300.0
"""Seconds between two writings of the same books: memory cards wear out, and going on from older ones is right, too."""
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_-]")


class Note(msgspec.Struct):
    """What is remembered of a gateway for Jeedom's sake."""

    synced: bool = False
    """The owner has pressed Synchronise before: what a later interview finds goes to Jeedom by itself."""
    warned: str | None = None


class Shelf:
    """One data folder; files are for their owner alone and replaced whole."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the folder; `clock` counts seconds."""
        self.folder = folder
        self._memory = Memory(folder)
        self._clock = clock
        self._pending: dict[Path, bytes] = {}
        self._written: dict[Path, float] = {}
        # A thread goes on writing when whoever waited for it was cancelled: the stop must wait for it.
        self._lock = threading.Lock()

    def known(self, name: str, host: str) -> Known:
        """Return what is known of the gateway of this name, at this address; nothing where it has another now."""
        kept = self._kept(name)
        return Known() if kept is None or kept.host != host else kept.known

    def _kept(self, name: str) -> Remembered | None:
        return next((item for item in self._memory.all() if item.name == name), None)

    def remember(self, name: str, host: str, gateway: Gateway) -> None:
        """Keep what a gateway's client knows; its secrets stay with Jeedom."""
        facts = gateway.facts
        if facts is not None:
            former = self._kept(name)
            if former is not None and former.serial != facts.serial:
                self._memory.forget(former.serial)
            self._memory.save(Remembered(facts.serial, name, host, gateway.known, Credentials()))

    def forget(self, name: str) -> None:
        """Remove everything of a gateway."""
        while (kept := self._kept(name)) is not None:
            self._memory.forget(kept.serial)
            self._remove(self._books(kept.serial))
        self._remove(self._note(name))
        self._remove(self._evening(name))
        self._remove(self._totals(name))
        self._remove(self._capture(name))

    def books(self, serial: str) -> bytes | None:
        """Return the books last kept of a serial; None where there are none."""
        return self._content(self._books(serial))

    def keep_books(self, serial: str, content: bytes) -> None:
        """Keep books: in memory at once, in the folder now and then."""
        self._keep(self._books(serial), content)

    def evening(self, name: str) -> bytes | None:
        """Return what was last kept of a gateway's evening report; None where there is nothing."""
        return self._content(self._evening(name))

    def keep_evening(self, name: str, content: bytes) -> None:
        """Keep it: in memory at once, in the folder now and then."""
        self._keep(self._evening(name), content)

    def totals(self, name: str) -> bytes | None:
        """Return what was last kept of a gateway's totals; None where there is nothing."""
        return self._content(self._totals(name))

    def keep_totals(self, name: str, content: bytes) -> None:
        """Keep them: in memory at once, in the folder now and then."""
        self._keep(self._totals(name), content)

    def keep_capture(self, name: str, content: bytes) -> None:
        """Keep a recording until the page has fetched it."""
        write_private(self._capture(name), content)

    def close(self) -> None:
        """Write what is not written yet."""
        with self._lock:
            for path in tuple(self._pending):
                self._write(path)

    def _content(self, path: Path) -> bytes | None:
        if path in self._pending:
            return self._pending[path]
        with contextlib.suppress(OSError):
            return path.read_bytes()
        return None

    def _keep(self, path: Path, content: bytes) -> None:
        with self._lock:
            self._pending[path] = content
            written = self._written.get(path)
            if written is None or self._clock() - written >= BOOKS_EVERY:
                self._write(path)

    def _write(self, path: Path) -> None:
        write_private(path, self._pending.pop(path))
        self._written[path] = self._clock()

    def _remove(self, path: Path) -> None:
        with self._lock:
            path.unlink(missing_ok=True)
            self._pending.pop(path, None)

    def note(self, name: str) -> Note:
        """Return what is remembered of a gateway for Jeedom's sake."""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(self._note(name).read_bytes(), type=Note)
        return Note()

    def keep_note(self, name: str, note: Note) -> None:
        """Keep it."""
        write_private(self._note(name), msgspec.json.encode(note))

    def _books(self, serial: str) -> Path:
        # A serial comes off the network, and must not lead out of the folder.
        return self.folder / f"books-{_UNFIT.sub('_', serial)[:64]}.bin"

    def _evening(self, name: str) -> Path:
        return self.folder / f"evening-{_UNFIT.sub('_', name)[:64]}.json"

    def _totals(self, name: str) -> Path:
        return self.folder / f"totals-{_UNFIT.sub('_', name)[:64]}.json"

    def _capture(self, name: str) -> Path:
        return self.folder / f"capture-{_UNFIT.sub('_', name)[:64]}.zip"

    def _note(self, name: str) -> Path:
        return self.folder / f"note-{_UNFIT.sub('_', name)[:64]}.json"


def write_private(path: Path, content: bytes) -> None:
    """Replace a file that its owner alone may read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    with open(draft, "wb", opener=private) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
