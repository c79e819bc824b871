"""Writes the past of a site that does not exist into a history, the latest days first: a month takes its time."""

import argparse
import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from heliograph.app.made import DEVICES, Past
from heliograph.ledger import advance, encode
from heliograph.store import Settings, Store
from heliograph.store.engine import FILE

STEP: Final = 180
"""Seconds between two made readings of the system: the longest silence that is no gap."""
RECENT: Final = 2 * 86_400
"""Seconds of history that come before all the rest."""
EARLY: Final = "early"
"""Folder in which they can be read meanwhile: the history itself would count in one day all of the gap before them."""
SHOWN: Final = "shown"
"""What is printed once they are there."""
_AT_ONCE: Final = 500
"""Readings on their way to the database at a time."""
_LEFT: Final = "left"
"""The name of the blob that holds what is still to be written."""

Span = tuple[float, float]


def _nobody() -> None:
    return None


async def write(folder: Path, family: str, start: float, end: float, *, told: Callable[[], None] = _nobody) -> int:
    """Write the history of a site into a data folder, from where it ends so far; give how many readings that made.

    `told` hears when the latest days are there, and again when everything is. Where a former call was cut short, what
    it left is done as well.
    """
    past = Past.of(family, start)
    async with await Store.open(folder, Settings(zone=str(past.settings.zone))) as store:
        laying = _Laying(store, start, await _left(store, past.source.serial, start, end))
        while laying.left:
            # A site only goes forward in time.
            latest = not laying.count
            await laying.lay(Past.of(family, start))
            if latest:
                (folder / EARLY).mkdir(mode=0o700, exist_ok=True)
                await store.backup(folder / EARLY / FILE)
            told()
        return laying.count


async def _left(store: Store, serial: str, start: float, end: float) -> list[Span]:
    """Return what is to be written, in order of time."""
    known = next((one for one in await store.gateways() if one.serial == serial), None)
    before = await store.load_blob(_LEFT, gateway=serial)
    spans: list[Span] = [] if before is None else msgspec.json.decode(before, type=list[Span])
    begin = start if known is None else known.last
    recent = end - RECENT
    return [*spans, *([(begin, recent)] if begin < recent else []), (max(begin, recent), end)]


@dataclass(slots=True)
class _Laying:
    """A history being written."""

    store: Store
    start: float
    left: list[Span]
    count: int = 0

    async def lay(self, past: Past) -> None:
        """Write the latest span that is left."""
        (begin, end), latest = self.left[-1], not self.count
        serial, settings = past.source.serial, past.settings
        self.store.forget(serial)
        books = past.books(self.start, begin)
        waiting: list[asyncio.Future[None]] = []
        for snapshot in past.snapshots(begin, end, step=STEP, devices=DEVICES):
            trusted = advance(books, snapshot, snapshot.at, settings)
            books = trusted.books
            waiting.append(self.store.post(trusted.snapshot, zone=str(settings.zone)))
            if len(waiting) >= _AT_ONCE:
                await asyncio.gather(*waiting)
                self.count += len(waiting)
                waiting.clear()
                await self._note(serial, (snapshot.at, end))
        await asyncio.gather(*waiting)
        self.count += len(waiting)
        if latest:
            await self.store.note(serial, end, books=encode(books))
        await self.store.tidy()
        await self._note(serial)

    async def _note(self, serial: str, *rest: Span) -> None:
        self.left[-1:] = rest
        await self.store.save_blob(_LEFT, msgspec.json.encode(self.left), gateway=serial)


def main(arguments: list[str] | None = None) -> None:
    """Write a history from the command line: a process of its own keeps the service free meanwhile."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("family")
    parser.add_argument("start", type=float)
    parser.add_argument("end", type=float)
    given: Any = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(write(given.folder, given.family, given.start, given.end, told=partial(print, SHOWN, flush=True)))


if __name__ == "__main__":
    main()
