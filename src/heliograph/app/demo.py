"""A site that does not exist, so that the page lives within seconds on a machine with no gateway."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from heliograph.app import file, laying, made
from heliograph.app.keeping import Prepare, Shown
from heliograph.app.words import say
from heliograph.emulator.clock import Clock
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway import Credentials
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.ledger import encode

LOGGER: Final = logging.getLogger("heliograph.app")

DAY: Final = 86_400
FAMILY: Final = "iq-encharge-8.2"
DAYS: Final = 31
"""Of made history."""
_NOTE: Final = "demo.json"


class _Note(msgspec.Struct, frozen=True):
    """Which site a data folder shows."""

    family: str
    start: float


@dataclass(slots=True)
class Site:
    """The emulated site, being served."""

    gateway: EmulatedGateway
    folder: Path
    family: str
    start: float
    """From when on there is history, epoch seconds."""
    now: float
    fresh: bool
    """Shown for the first time in this folder."""

    @property
    def inverters(self) -> int:
        """How many there are on its roof."""
        source = made.build_site(self.family, self.start)
        return len(source.plan.active)

    async def books(self, _serial: str) -> bytes | None:
        """Return the books that reading it for a month would have left, without waiting for that month."""
        return encode(await asyncio.to_thread(made.books, self.family, self.start, self.now))

    @property
    def make_history(self) -> Prepare:
        """Return what makes its history, in a process of its own."""

        async def make(shown: Shown) -> None:
            began = asyncio.get_running_loop().time()
            arguments = ("-m", laying.__name__, str(self.folder), self.family, str(self.start), str(self.now))
            process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
            assert process.stdout is not None  # noqa: S101 - asked for
            try:
                if await process.stdout.readline():
                    await shown(self.folder / laying.EARLY)
                status = await process.wait()
            except BaseException:
                process.kill()
                await process.wait()
                raise
            seconds = round(asyncio.get_running_loop().time() - began, 1)
            LOGGER.info("%s", say("demo.history", "en", seconds=seconds) if status == 0 else f"no history: {status}")

        return make


@asynccontextmanager
async def emulated(
    folder: Path, name: str, family: str | None = None, *, clock: Clock | None = None, days: int = DAYS
) -> AsyncIterator[Site]:
    """Serve an emulated gateway on the loopback, and remember it as the one to read."""
    clock = clock or Clock()
    now = clock.now()
    note = await asyncio.to_thread(_noted, folder / _NOTE)
    fresh = note is None or family not in {None, note.family}
    if note is None or fresh:
        note = _Note(family or FAMILY, float(int(now) - days * DAY))
        await asyncio.to_thread(file.write, folder / _NOTE, msgspec.json.encode(note).decode())
    source = made.build_site(note.family, note.start)
    async with EmulatedGateway(source, clock=clock) as gateway:
        memory = Memory(folder)
        known = memory.find(source.serial)
        credentials = Credentials(token=gateway.token(lifetime=10 * 365 * DAY))
        memory.save(Remembered(source.serial, known.name if known else name, gateway.host, credentials=credentials))
        yield Site(gateway, folder, note.family, note.start, now, fresh)


def _noted(path: Path) -> _Note | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Note)
    except (OSError, msgspec.MsgspecError):
        return None
