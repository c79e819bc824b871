"""All gateways that are remembered are read, but not all at one moment."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from heliograph.app.fleet import Fleet, offset
from heliograph.errors import Cause, UsageError
from heliograph.gateway import Credentials, Gateway, Known
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.live import Live
from heliograph.poller import Poller, Watched
from tests.web.front import past


class Noting(Poller):
    """A poller that only notes what it is to read."""

    def __init__(self) -> None:
        super().__init__(Live())
        self.watched: list[Watched] = []

    def add(self, watched: Watched) -> None:
        self.watched.append(watched)


@pytest.mark.parametrize(("count", "apart"), [(1, 0), (3, 0.06), (600, 15 / 600)])
async def test_a_start_is_spread(tmp_path: Path, count: int, apart: float) -> None:
    folder = Memory(tmp_path).folder
    folder.mkdir()
    for number in range(count):
        serial = f"1220{number:08}"
        (folder / f"{serial}.json").write_text(f'{{"serial": "{serial}", "name": "{serial}", "host": "192.0.2.1"}}')
    poller = Noting()
    fleet = Fleet(Memory(tmp_path), poller, clock=lambda: 0, told=print, removed=print, interval=15)
    assert await fleet.load() == count
    assert [one.delay for one in poller.watched] == pytest.approx([number * apart for number in range(count)])
    assert {one.offset for one in poller.watched} == {offset(one.name, 15) for one in poller.watched}


async def test_two_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for number in (1, 2):
        Memory(tmp_path).save(Remembered(f"12200000000{number}", "Roof", "192.0.2.1"))
    poller = Noting()
    await Fleet(Memory(tmp_path), poller, clock=lambda: 0, told=print, removed=print).load()
    assert [one.name for one in poller.watched] == ["Roof", "Roof 2"]


class FullDisk(Memory):
    """A data folder that takes no change while its disk is full."""

    full = False

    def save(self, gateway: Remembered) -> None:
        self._refuse()
        super().save(gateway)

    def forget(self, serial: str) -> bool:
        self._refuse()
        return super().forget(serial)

    def _refuse(self) -> None:
        if self.full:
            raise UsageError("unwritable_file", path=str(self.folder), cause=Cause("disk_full"))


class Idle(Poller):
    """A poller that connects and never polls."""

    def __init__(self) -> None:
        super().__init__(Live())
        self._clients: dict[str, Gateway] = {}

    @property
    def gateways(self) -> Mapping[str, Gateway]:
        return self._clients

    def add(self, watched: Watched) -> None:
        self._clients[watched.name] = watched.connect(lambda _: None)

    async def remove(self, name: str) -> None:
        await self._clients.pop(name).close()


async def remembering(folder: Path) -> tuple[Fleet, FullDisk, Gateway, list[str]]:
    """Return a fleet of one gateway, its folder, a client that knows another user name, and the names removed."""
    facts = past().facts
    memory, removed = FullDisk(folder), list[str]()
    memory.save(Remembered(facts.serial, "Roof", "192.0.2.1"))
    fleet = Fleet(memory, Idle(), clock=lambda: 0, told=print, removed=removed.append)
    await fleet.load()
    client = Gateway("192.0.2.1", Credentials(user="owner", password="x" * 8), known=Known(facts=facts))
    return fleet, memory, client, removed


async def test_a_gateway_that_could_not_be_removed_is_still_read(tmp_path: Path) -> None:
    fleet, memory, _, removed = await remembering(tmp_path)
    (one,) = fleet.all()
    memory.full = True
    with pytest.raises(UsageError, match="disk is full"):
        await fleet.remove(one.serial)
    assert [kept.serial for kept in fleet.all()] == [saved.serial for saved in memory.all()] == [one.serial]
    assert removed == []
    memory.full = False
    await fleet.remove(one.serial)
    assert (list(fleet.all()), memory.all(), removed) == ([], (), ["Roof"])


async def test_what_is_new_of_a_gateway_is_remembered_once_it_is_written(tmp_path: Path) -> None:
    fleet, memory, client, _ = await remembering(tmp_path)
    (before,) = memory.all()
    memory.full = True
    with pytest.raises(UsageError, match="disk is full"):
        await fleet.remember("Roof", client)
    assert list(fleet._kept.values()) == [before] == list(memory.all())
    memory.full = False
    await fleet.remember("Roof", client)
    (after,) = memory.all()
    assert after.credentials == client.credentials
    assert list(fleet._kept.values()) == [after]


async def test_what_is_remembered_while_a_gateway_is_removed_does_not_bring_it_back(tmp_path: Path) -> None:
    fleet, memory, client, _ = await remembering(tmp_path)
    (one,) = memory.all()
    await asyncio.gather(fleet.remove(one.serial), *(fleet.remember("Roof", client) for _ in range(5)))
    assert (list(fleet.all()), memory.all()) == ([], ())
