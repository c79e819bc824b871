"""`heliograph emulate`: a gateway that does not exist, and with `--watch` the whole program on it."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.table import Table

from heliograph import extras
from heliograph.cli.commands.watch import Watch
from heliograph.cli.desk import Desk
from heliograph.cli.files import unreadable, write_private
from heliograph.cli.options import real, whole
from heliograph.cli.prose import Prose
from heliograph.cli.stop import until_stopped
from heliograph.cli.target import Target
from heliograph.cli.words import families_and_faults
from heliograph.emulator.answer import Authentication, Source
from heliograph.emulator.clock import Clock
from heliograph.emulator.door import ControlDoor
from heliograph.emulator.families import FAMILIES, build
from heliograph.emulator.faults import UnknownFaultError, all_faults
from heliograph.emulator.replay import Replay
from heliograph.emulator.server import EmulatedGateway
from heliograph.errors import Cause
from heliograph.gateway import Credentials, Gateway

_FAMILY: Final = "iq-encharge-8.2"
_ZONE: Final = "Europe/Paris"
_HISTORY: Final = 86400
"""Seconds that a site has already lived when it is met, so that today has a past."""
_MORNING: Final = "10:00"
_BRISK: Final = "10"
"""How a site is shown where nothing else was asked for: by day, and fast enough to see it live."""
_PORTS: Final = {"least": 0, "most": 65535}


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for, as it was typed."""

    family: str | None = None
    replay: str | None = None
    listen: str = "127.0.0.1"
    port: str | None = None
    http_port: str | None = None
    https_port: str | None = None
    faults: tuple[str, ...] = ()
    speed: str | None = None
    at: str | None = None
    inverters: str | None = None
    batteries: str | None = None
    seed: str | None = None
    announce: bool = False


async def run(desk: Desk, *, given: Mapping[str, Any], show_list: bool, watch: bool, count: str | None) -> None:
    """Start an emulated gateway and let it run until told to stop, or watch it."""
    if show_list:
        _list(desk)
        return
    readings = whole(desk, count, "--count", least=1, most=1_000_000)
    wish = Wish(**given)
    if watch:
        wish = replace(wish, at=wish.at or _MORNING, speed=wish.speed or _BRISK)
    gateway = prepare(desk, wish)
    await until_stopped(_serve(desk, gateway, wish, watch=watch, readings=readings))
    _count(desk, gateway)


async def _serve(desk: Desk, gateway: EmulatedGateway, wish: Wish, *, watch: bool, readings: int | None) -> None:
    async with _open(desk, gateway, wish) as token_file:
        if watch:
            await _watched(desk, gateway, readings)
            return
        _introduce(desk, gateway, token_file)
        async with ControlDoor(gateway) as door:
            desk.print(desk.say("emulate.door", url=door.url), style="dim")
            desk.print(desk.say("emulate.stop"), style="dim")
            await asyncio.Event().wait()


def prepare(desk: Desk, wish: Wish) -> EmulatedGateway:
    """Make the gateway that was asked for.

    Raises:
        UsageError: there is no such gateway.
    """
    source, clock, zone = _source(desk, wish)
    ports = {
        name: whole(desk, getattr(wish, name), f"--{name.replace('_', '-')}", **_PORTS)
        for name in ("port", "http_port", "https_port")
    }
    gateway = EmulatedGateway(
        source,
        address=wish.listen,
        port=ports["port"] or 0,
        http_port=ports["http_port"],
        https_port=ports["https_port"],
        clock=clock,
        seed=whole(desk, wish.seed, "--seed", least=0, most=2**31) or 0,
        timezone=zone,
    )
    for fault in wish.faults:
        try:
            gateway.faults.on(fault)
        except UnknownFaultError as err:
            raise desk.misuse("usage.unknown_fault", given=fault) from err
    return gateway


def _source(desk: Desk, wish: Wish) -> tuple[Source, Clock, str | None]:
    speed = real(desk, wish.speed, "--speed", least=0, most=3600)
    rate = 1.0 if speed is None else speed
    if wish.replay is not None:
        if wish.family is not None:
            raise desk.misuse("usage.family_or_replay")
        for name in ("inverters", "batteries"):
            if getattr(wish, name) is not None:
                raise desk.misuse("usage.replay_equipment", option=f"--{name}")
        replay = _replay(desk, Path(wish.replay))
        return replay, Clock(_start(desk, wish.at, replay.timezone), rate=rate), None
    family = wish.family or _FAMILY
    if family not in FAMILIES:
        raise desk.misuse("usage.unknown_family", given=family, known=", ".join(FAMILIES))
    start = _start(desk, wish.at, _ZONE)
    try:
        source = build(
            family,
            start=start - _HISTORY,
            inverters=whole(desk, wish.inverters, "--inverters", least=0, most=600),
            batteries=whole(desk, wish.batteries, "--batteries", least=0, most=40),
            seed=whole(desk, wish.seed, "--seed", least=0, most=2**31) or 0,
        )
    except ValueError as err:
        raise desk.misuse("usage.bad_equipment", cause=err) from err
    return source, Clock(start, rate=rate), _ZONE


def _replay(desk: Desk, folder: Path) -> Replay:
    if not folder.is_dir():
        raise desk.misuse("usage.not_a_folder", path=folder)
    if not (folder / "info").is_file():
        raise desk.misuse("usage.not_a_recording", path=folder)
    try:
        return Replay(folder)
    except OSError as err:
        raise unreadable(folder, err) from err


def _start(desk: Desk, text: str | None, zone: str) -> float:
    """Read a time of the gateway's own place; a bare hour is meant of today."""
    if text is None:
        return desk.clock()
    place = ZoneInfo(zone)
    today = datetime.fromtimestamp(desk.clock(), place).date().isoformat()
    try:
        found = datetime.fromisoformat(f"{today}T{text}" if len(text) <= 5 and ":" in text else text)
    except ValueError as err:
        raise desk.misuse("usage.bad_time", given=text[:40]) from err
    return (found if found.tzinfo else found.replace(tzinfo=place)).timestamp()


@asynccontextmanager
async def _open(desk: Desk, gateway: EmulatedGateway, wish: Wish) -> AsyncIterator[Path]:
    """Open its doors, and lay its token where the reader can take it."""
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(gateway)
        except OSError as err:
            cause = Cause.of(err).text(desk.language)
            raise desk.misuse("usage.port_taken", address=gateway.host, cause=cause) from err
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-"))
        token_file = Path(folder) / "token"
        if gateway.source.authentication is Authentication.TOKEN:
            write_private(token_file, gateway.token().encode() + b"\n")
        if wish.announce:
            await stack.enter_async_context(_announced(gateway, wish.listen))
        yield token_file


@asynccontextmanager
async def _announced(gateway: EmulatedGateway, address: str) -> AsyncIterator[None]:
    try:
        from heliograph.emulator.mdns import announced, service_info  # noqa: PLC0415 - zeroconf is optional
    except ModuleNotFoundError as err:
        raise extras.missing("discovery") from err
    port = gateway.https_port or gateway.http_port or 0
    service = service_info(gateway.source.serial, gateway.source.firmware, address=address, port=port)
    async with announced(service):
        yield


def _introduce(desk: Desk, gateway: EmulatedGateway, token_file: Path) -> None:
    """Print the address and the credentials."""
    say, source = desk.say, gateway.source
    rows = [
        (say("emulate.address"), gateway.host),
        (say("discover.serial"), source.serial),
        (say("sync.firmware"), source.firmware),
    ]
    match source.authentication:
        case Authentication.TOKEN:
            rows.append((say("emulate.token_file"), str(token_file)))
            command = f"heliograph read {gateway.host} --token-file {token_file}"
        case Authentication.DIGEST:
            # Whoever has the serial number has it; it opens nothing but this gateway, which does not exist.
            rows.append((say("emulate.password"), say("emulate.password_is", password=source.serial[-6:])))
            command = f"heliograph read {gateway.host}"
        case _:
            command = f"heliograph read {gateway.host}"
    if gateway.faults.active():
        rows.append((say("emulate.faults"), ", ".join(gateway.faults.active())))
    rows.append((say("emulate.try"), command))
    width = max(len(name) for name, _ in rows) + 2
    for name, value in rows:
        # On lines of their own, however long: they are there to be copied.
        desk.print(f"{name:<{width}}{value}", whole=True)


async def _watched(desk: Desk, emulated: EmulatedGateway, readings: int | None) -> None:
    """Synchronise with it as an owner would, and show it live, all in its own time."""
    token = emulated.token() if emulated.source.authentication is Authentication.TOKEN else None
    desk.secrets.update({token} if token else ())
    pace = emulated.clock.rate or 1.0
    own = replace(desk, clock=emulated.clock.now)
    async with Gateway(emulated.host, Credentials(token=token), clock=emulated.clock.now) as gateway:
        title = desk.say("emulate.title", host=emulated.host, speed=f"{pace:g}")
        target = Target(emulated.host, label=title)
        await Watch(own, gateway, target, readings=readings, pace=pace, footer=lambda: _bearing(desk, emulated)).run()


def _bearing(desk: Desk, gateway: EmulatedGateway) -> str:
    """Return what the emulated gateway itself counted."""
    counters = gateway.counters
    return desk.say(
        "emulate.counters",
        requests=counters.requests,
        most=counters.concurrent_max,
        kilobytes=round(counters.bytes_out / 1000),
        refused=counters.unauthorised,
    )


def _count(desk: Desk, gateway: EmulatedGateway) -> None:
    with contextlib.suppress(BrokenPipeError):
        desk.print(_bearing(desk, gateway))


def _list(desk: Desk) -> None:
    """List what can be emulated."""
    for title, rows in (
        ("emulate.families", {name: family.description for name, family in FAMILIES.items()}),
        ("emulate.all_faults", all_faults()),
    ):
        desk.print(desk.say(title), style="bold")
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column(no_wrap=True)
        for name, text in rows.items():
            table.add_row(name, Prose(families_and_faults(desk.language).get(name, text)))
        desk.show(table)
