"""All gateways that are remembered are read, but not all at one moment."""

from pathlib import Path

import pytest

from heliograph.app.fleet import Fleet, offset
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.live import Live
from heliograph.poller import Poller, Watched


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
