"""A dry run over history tells what was told when it happened."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from heliograph.app.dry_run import DAY, STEP, DryRunRequest, dry_run
from heliograph.model import Equipment, Finding, Snapshot, Subject
from heliograph.outputs.notifications import RULES, Message, Watch
from heliograph.store import Event, Store
from heliograph.store import Settings as StoreSettings
from tests.outputs.samples import AT, GATEWAY, SERIAL, aged, changed, full

HOUR = 3600
ZONE = ZoneInfo("Europe/Paris")
MIDNIGHT = AT - 12 * HOUR
DAYS = 15
PANELS = tuple(str(482200000000 + number) for number in range(4))
BATTERY = "492200000001"
WRAPPED = Finding("counter_wrapped", Subject.SYSTEM, SERIAL, "production_lifetime")


@dataclass(frozen=True)
class Moment:
    """What a service saw."""

    at: float
    snapshot: Snapshot
    away: bool


def is_(day: int, hour: float, at: float, hours: float) -> bool:
    """Whether a moment is within some hours from an hour of a day."""
    begin = MIDNIGHT + day * DAY + hour * HOUR
    return begin <= at < begin + hours * HOUR


def only(item: Equipment, *keys: str) -> Equipment:
    return replace(item, values={key: said for key, said in item.values.items() if key in keys})


def life() -> Iterator[Moment]:
    """A fortnight in which every rule has something to say."""
    at = MIDNIGHT
    while at < MIDNIGHT + DAYS * DAY:
        hour = (at - MIDNIGHT) % DAY / HOUR
        sun = 200.0 if 8 <= hour < 20 else 0.0
        panels = []
        for number, one in enumerate(PANELS):
            share = 0.5 if number == 1 and is_(9, 0, at, 4 * 24) else 1.0
            panel = changed(only(full(Subject.INVERTER, one), "power"), power=sun * share, communicating=True)
            panels.append(aged(panel) if sun == 0 or (number == 0 and is_(5, 6, at, 40)) else panel)
        hot = 53.0 if is_(3, 14, at, 1) else 30.0
        snapshot = Snapshot(
            replace(GATEWAY, firmware="D8.3.5169" if at > MIDNIGHT + 4 * DAY else "D8.2.4286"),
            at,
            (
                changed(only(full(Subject.SYSTEM, SERIAL)), production_power=sun * len(PANELS)),
                *panels,
                changed(only(full(Subject.BATTERY, BATTERY)), max_temperature=hot),
                changed(
                    only(full(Subject.FIRMWARE, SERIAL)),
                    token_expiry=MIDNIGHT + 9.5 * DAY,
                    version="D8.3.5169" if at > MIDNIGHT + 4 * DAY else "D8.2.4286",
                ),
            ),
            (WRAPPED,) if is_(6, 10, at, 5) else (),
        )
        stamped = tuple(
            replace(item, values={key: structs.replace(said, at=at) for key, said in item.values.items()})
            for item in snapshot.equipment
        )
        yield Moment(at, replace(snapshot, equipment=stamped), is_(2, 10, at, 5))
        at += STEP


@pytest.fixture(scope="module")
def lived() -> list[Moment]:
    return list(life())


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, lived: list[Moment]) -> Path:
    """Give the folder of a history of that fortnight, in which the gateway does not answer on the third day."""
    folder = tmp_path_factory.mktemp("history")
    begin, end = MIDNIGHT + 2 * DAY + 10 * HOUR, MIDNIGHT + 2 * DAY + 15 * HOUR

    async def write() -> None:
        async with await Store.open(folder, StoreSettings(zone="Europe/Paris"), clock=lambda: lived[-1].at) as store:
            for moment in lived:
                if not moment.away:
                    events = [Event("away", begin, end)] if moment.at == end else []
                    store.post(moment.snapshot, zone="Europe/Paris", events=events)
            await store.tidy()

    asyncio.run(write())
    return folder


@pytest.fixture
async def store(history: Path) -> AsyncIterator[Store]:
    async with await Store.open(history, read_only=True) as one:
        yield one


def brief(messages: list[Message]) -> list[tuple[str, bool, tuple[str, ...]]]:
    return [(one.rule, one.over, tuple(case.id for case in one.cases)) for one in messages]


async def rehearsed(store: Store, start: float, *silenced: str) -> tuple[list[Message], float | None, list[float]]:
    found, shares = list[Message](), list[float]()

    def tell(serial: str, message: Message) -> None:
        assert serial == SERIAL
        found.append(message)

    asked = DryRunRequest({SERIAL: "Roof", "unknown": "Other"}, ZONE, start, MIDNIGHT + DAYS * DAY, silenced)
    since = await dry_run(store, asked, tell, lambda done, total: shares.append(done / total))
    return sorted(found, key=lambda one: one.at), since, shares


async def test_it_tells_what_was_told_then(store: Store, lived: list[Moment]) -> None:
    watch = Watch(ZONE)
    then = [one for moment in lived for one in watch.see("Roof", moment.snapshot, moment.at, away=moment.away)]
    found, since, shares = await rehearsed(store, MIDNIGHT)
    assert {one.rule for one in then} == {rule.code for rule in RULES}
    assert brief(found) == brief(then)
    assert [one.at for one in found] == pytest.approx([one.at for one in then], abs=2 * STEP)
    assert since == MIDNIGHT
    assert shares == sorted(shares)
    assert shares[-1] == 1


async def test_what_began_before_the_span_was_told_before(store: Store) -> None:
    start = MIDNIGHT + 8 * DAY
    found, since, _ = await rehearsed(store, start, "token_expires")
    assert brief(found) == [("panel_weak", False, (PANELS[1],)), ("panel_weak", True, (PANELS[1],))]
    assert since == start


async def test_without_history_nothing_is_told(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as empty:
        assert await rehearsed(empty, MIDNIGHT) == ([], None, [])
