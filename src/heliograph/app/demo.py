"""A site that does not exist, so that the page lives within seconds on a machine with no gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.gateway import SimulatedGateway
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway import Credentials
from heliograph.gateway.remembered import Memory, Remembered

DAY: Final = 86_400
FAMILY: Final = "iq-encharge-8.2"
DAYS: Final = 31
"""Of made history."""


@dataclass(frozen=True, slots=True)
class Site:
    """The emulated site, being served."""

    source: SimulatedGateway
    gateway: EmulatedGateway
    start: float
    """From when on its truth is known, epoch seconds."""


def build_site(family: str, start: float) -> SimulatedGateway:
    """Build the site; the same arguments give the same site."""
    return build(family, start=start, seed=7)


@asynccontextmanager
async def emulated(folder: Path, name: str, family: str = FAMILY, *, clock: Clock | None = None) -> AsyncIterator[Site]:
    """Serve an emulated gateway on the loopback, and remember it as the one to read."""
    clock = clock or Clock()
    start = clock.now() - DAYS * DAY
    source = build_site(family, start)
    async with EmulatedGateway(source, clock=clock) as gateway:
        memory = Memory(folder)
        known = memory.find(source.serial)
        credentials = Credentials(token=gateway.token(lifetime=10 * 365 * DAY))
        memory.save(Remembered(source.serial, known.name if known else name, gateway.host, credentials=credentials))
        yield Site(source, gateway, start)
