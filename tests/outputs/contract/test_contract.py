"""What every way out owes: it starts, stops, outlives its peer's troubles, invents nothing and delays nobody."""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from heliograph.app.outputs import OUTPUTS
from heliograph.app.settings import TABLE
from heliograph.extras import missing
from heliograph.live import Live, Patience
from heliograph.model import CATALOG, Equipment, Subject, metrics_of
from heliograph.outputs.base import PAUSES, Status, keep_running
from tests.outputs.contract.ways import WAYS, Place, Way, under_way
from tests.outputs.samples import AT, GATEWAY, SERIAL, changed, empty, everything, full, update

DOCS: Final = Path(__file__).parents[3] / "docs"
DAY: Final = 86_400
MOST: Final = 20.0

every = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
with_dead_peer = pytest.mark.parametrize("way", [way for way in WAYS if way.dead], ids=lambda way: way.name)
with_slow_peer = pytest.mark.parametrize("way", [way for way in WAYS if way.slow], ids=lambda way: way.name)


async def never(_: float) -> None:
    await asyncio.Event().wait()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(MOST):
        while not holds():  # noqa: ASYNC110 - real sockets
            await asyncio.sleep(0)


class Day:
    """A day that passes while an output sleeps, with an update a minute."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.now = 0.0
        self.tries = 0
        self.over = asyncio.Event()
        self.most_waiting = 0

    async def sleep(self, seconds: float) -> None:
        """Let an output sleep, while gateways are read on."""
        self.tries += 1
        self.pass_(seconds)
        if self.now >= DAY:
            self.over.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        minutes = range(int(self.now // 60), int((self.now + seconds) // 60))
        self.now += seconds
        for minute in minutes:
            at = AT + minute * 60
            system = changed(full(Subject.SYSTEM, SERIAL, at), production_power=float(minute))
            firmware = replace(GATEWAY, firmware=f"D{minute // 60}")
            self.live.publish(update([system], at=at, gateway=firmware))
        self.most_waiting = max(self.most_waiting, *(one.waiting for one in self.live._subscriptions), 0)


@every
def test_the_service_knows_it(way: Way) -> None:
    assert f"_{way.name}" in {getattr(maker, "__name__", "") for maker in OUTPUTS}
    assert len(OUTPUTS) == len(WAYS)


@every
async def test_it_starts_and_stops_when_cancelled(way: Way, tmp_path: Path) -> None:
    live = Live()
    async with under_way(way.alive, Place(live, tmp_path, never)) as (task, output, _):
        live.publish(update(everything()))
        await until(lambda: live._subscriptions)
        assert output.name == way.name
        task.cancel()
        async with asyncio.timeout(MOST):
            with pytest.raises(asyncio.CancelledError):
                await task
        assert live._subscriptions == []


@every
async def test_it_ends_with_live(way: Way, tmp_path: Path) -> None:
    live = Live()
    async with under_way(way.alive, Place(live, tmp_path, never)) as (task, output, _):
        await until(lambda: live._subscriptions)
        live.publish(update(everything()))
        await until(lambda: output.status().delivered)
        live.close()
        async with asyncio.timeout(MOST):
            await task
        assert output.status().ok


@every
async def test_it_wants_the_latest_only(way: Way, tmp_path: Path) -> None:
    live = Live()
    async with under_way(way.alive, Place(live, tmp_path, never)):
        await until(lambda: live._subscriptions)
        assert {one.patience for one in live._subscriptions} == {Patience.LATEST}


@with_dead_peer
async def test_it_survives_a_dead_peer_for_a_day_and_tries_no_more_than_is_decent(way: Way, tmp_path: Path) -> None:
    live = Live()
    day = Day(live)
    live.publish(update(everything()))
    assert way.dead is not None
    async with under_way(way.dead, Place(live, tmp_path, day.sleep)) as (task, output, _):
        async with asyncio.timeout(120):
            while not day.over.is_set():
                if live._subscriptions and not live._subscriptions[0].waiting:
                    # It waits for something to hand on, and not for its peer.
                    day.pass_(1.0)
                await asyncio.sleep(0)
        assert not task.done()
        status = output.status()
        assert not status.ok
        assert status.problem
        assert day.tries <= DAY / PAUSES[-1] + len(PAUSES) + 1
        assert day.most_waiting <= 1


@with_slow_peer
async def test_a_slow_peer_delays_nobody_and_piles_nothing_up(way: Way, tmp_path: Path) -> None:
    live = Live()
    assert way.slow is not None
    async with under_way(way.slow, Place(live, tmp_path, never)) as (task, _, __):
        await until(lambda: live._subscriptions)
        for minute in range(1000):
            at = AT + minute * 60
            live.publish(
                update([full(Subject.SYSTEM, SERIAL, at)], at=at, gateway=replace(GATEWAY, firmware=f"D{minute}"))
            )
            await asyncio.sleep(0)
        assert not task.done()
        assert max(one.waiting for one in live._subscriptions) <= 1
        task.cancel()
        async with asyncio.timeout(MOST):
            with pytest.raises(asyncio.CancelledError):
                await task


@pytest.mark.parametrize("way", [way for way in WAYS if way.values], ids=lambda way: way.name)
async def test_it_speaks_every_metric_and_so_every_quantity(way: Way, tmp_path: Path) -> None:
    live = Live()
    live.publish(update(everything()))
    async with under_way(way.alive, Place(live, tmp_path, never)) as (_, output, said):
        await until(lambda: output.status().delivered)
        keys = {one.key.removesuffix("_count").removesuffix("_lifetime").replace("_7_days", "") for one in CATALOG}
        await until(lambda: all(key in said() for key in keys))


@pytest.mark.parametrize("way", [way for way in WAYS if way.values], ids=lambda way: way.name)
async def test_it_never_invents_a_value(way: Way, tmp_path: Path) -> None:
    live = Live()
    known = full(Subject.CONTROLLER, "1")
    live.publish(update([known, *nothing()]))
    async with under_way(way.alive, Place(live, tmp_path, never)) as (_, output, said):
        await until(lambda: output.status().delivered and "grid_state" in said())
        heard = said()
    absent = {one.key for subject in {item.subject for item in nothing()} for one in metrics_of(subject)}
    shared = {one.key for one in metrics_of(Subject.CONTROLLER)} | {"state", "status", "power", "name", "use", "phase"}
    assert [key for key in absent - shared if key in heard] == []


def nothing() -> list[Equipment]:
    """Give equipment of which nothing is known."""
    return [empty(Subject.SYSTEM, SERIAL), empty(Subject.INVERTER, "2"), empty(Subject.BATTERY, "3")]


@every
@pytest.mark.parametrize("manual", ["outputs.md", "outputs.fr.md"])
def test_it_is_documented_with_every_setting(way: Way, manual: str) -> None:
    text = (DOCS / manual).read_text()
    wanted = [row.key for row in TABLE.values() if row.section == way.name]
    assert wanted
    assert [key for key in wanted if not re.search(rf"`{re.escape(key)}( =[^`]*)?`", text)] == []


class Broken:
    """An output that fails in a way nobody foresaw, then one that somebody must mend."""

    name = "broken"

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self._status = Status(logging.getLogger("heliograph.test"))

    async def run(self, _: Live) -> None:
        if self.errors:
            raise self.errors.pop(0)

    def status(self) -> Status:
        return self._status


async def test_what_nobody_foresaw_is_tried_again_and_what_must_be_mended_is_said_once() -> None:
    pauses = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    await keep_running(Broken(ValueError("a"), ValueError("b")), Live(), sleep=sleep)
    assert pauses == [1.0, 2.0]
    output = Broken(missing("mqtt"), ValueError("never"))
    await keep_running(output, Live(), sleep=sleep)
    assert "“mqtt” is not installed" in output.status().problem
    assert len(output.errors) == 1
