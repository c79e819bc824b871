"""Several gateways are read in step with the clock, and none in another's way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import pytest

from heliograph import ledger
from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.errors import Cause, UsageError
from heliograph.gateway import Credentials, Gateway, Patience
from heliograph.gateway import Event as GatewayEvent
from heliograph.ledger import decode
from heliograph.live import Live, State, Subscription, Update
from heliograph.live import Patience as Hearing
from heliograph.model import Facts, Reason, Subject
from heliograph.poller import AWAY_AFTER, Poller, Watched

NOON: Final = 1_781_776_800.0
"""2026-06-18 12:00 in Lyon."""


class Time:
    """Time that moves only while everybody sleeps: sleepers are woken in the order of their hour."""

    def __init__(self, start: float) -> None:
        self.clock = Clock(start, rate=0)
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.clock.now() + seconds, waiting))
        await waiting

    def asleep(self) -> int:
        """Count those who sleep."""
        self._sleepers = [one for one in self._sleepers if not one[1].done()]
        return len(self._sleepers)

    def wake_the_next(self) -> None:
        """Move on to the hour of whoever is to be woken first."""
        hour, waiting = min(self._sleepers, key=lambda one: one[0])
        self.clock.set(max(self.clock.now(), hour))
        waiting.set_result(None)


class House:
    """Emulated gateways, a poller that reads them, and what it says."""

    def __init__(self, start: float) -> None:
        self.time = Time(start)
        self.live = Live()
        self.disk_full = False
        self.remembered: list[str] = []
        self.books: dict[str, bytes] = {}
        self.announced: dict[str, str] = {}
        self.poller = Poller(
            self.live,
            load_books=self._load,
            remember=self._remember,
            find=self._find,
            zone="Europe/Paris",
            clock=self.time.clock.now,
            sleep=self.time.sleep,
        )

    async def _load(self, serial: str) -> bytes | None:
        return self.books.get(serial)

    async def _remember(self, name: str, _: Gateway) -> None:
        if self.disk_full:
            raise UsageError("unwritable_file", path="roof.json", cause=Cause("disk_full"))
        self.remembered.append(name)

    async def _find(self, serial: str) -> Sequence[str]:
        return (self.announced[serial],) if serial in self.announced else ()

    def watch(self, name: str, emulated: EmulatedGateway, *, offset: float = 0, delay: float = 0) -> None:
        host = emulated.host

        def connect(tell: Callable[[GatewayEvent], None]) -> Gateway:
            return Gateway(
                host,
                Credentials(token=emulated.token()),
                listen=tell,
                clock=self.time.clock.now,
                patience=Patience(connect=5, read=2),
                sleep=_at_once,
            )

        self.poller.add(Watched(name, connect, offset=offset, delay=delay))


async def _at_once(_: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def polling(house: House) -> AsyncIterator[Subscription]:
    with house.live.subscribe(Hearing.EVERY) as heard:
        running = asyncio.create_task(house.poller.run())
        try:
            yield heard
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def hear(house: House, heard: Subscription, *, until: Callable[[Update], bool]) -> list[Update]:
    """Let time pass from sleeper to sleeper until an update is of the kind that is waited for."""
    updates: list[Update] = []
    async with asyncio.timeout(90):
        while True:
            while not heard.waiting and house.time.asleep() < len(house.poller.gateways):  # noqa: ASYNC110 - real sockets
                await asyncio.sleep(0)
            if not heard.waiting:
                house.time.wake_the_next()
                continue
            updates.append(await anext(aiter(heard)))
            if until(updates[-1]):
                return updates


def panels(update: Update, *, retired: bool) -> set[str]:
    return {item.id for item in update.snapshot.of(Subject.INVERTER) if item.retired is retired}


@pytest.fixture
async def roof() -> AsyncIterator[EmulatedGateway]:
    clock = Clock(NOON, rate=0)
    async with EmulatedGateway(build("iq-metered-8.2", start=NOON - 86400, inverters=4), clock=clock) as gateway:
        yield gateway


async def test_a_gateway_is_read_while_the_disk_is_full_and_remembered_once_it_is_not(
    roof: EmulatedGateway, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(NOON + 7)
    house.disk_full = True
    house.watch("roof", roof)
    async with polling(house) as heard:
        during = await hear(house, heard, until=lambda update: update.at >= NOON + 180)
        assert [update.at for update in during if update.fresh] == [NOON + 7, NOON + 60, NOON + 120, NOON + 180]
        assert sum("cannot be written" in record.message for record in caplog.records) == 1
        assert house.remembered == []
        house.disk_full = False
        await hear(house, heard, until=lambda update: update.at >= NOON + 300)
    assert house.remembered == ["roof"]


@pytest.mark.parametrize(("own", "counted"), [("Pacific/Auckland", "Pacific/Auckland"), (None, "Europe/Paris")])
async def test_every_reader_is_told_in_which_zone_days_are_counted(
    roof: EmulatedGateway, monkeypatch: pytest.MonkeyPatch, own: str | None, counted: str
) -> None:
    house = House(NOON + 7)
    house.watch("roof", roof)
    facts: Callable[[Gateway], Facts | None] = vars(Gateway)["facts"].fget
    monkeypatch.setattr(
        Gateway, "facts", property(lambda one: replace(found, timezone=own) if (found := facts(one)) else None)
    )
    async with polling(house) as heard:
        (first, *_) = await hear(house, heard, until=lambda update: update.fresh)
    assert first.zone == counted


async def test_a_ledger_that_fails_silences_no_gateway(
    roof: EmulatedGateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(NOON + 7)
    house.watch("roof", roof)
    failing = False

    def advance(*arguments: Any) -> Any:
        if failing:
            raise KeyError("production_power")
        return ledger.advance(*arguments)

    monkeypatch.setattr("heliograph.poller.poller.advance", advance)
    async with polling(house) as heard:
        before = (await hear(house, heard, until=lambda update: update.fresh))[-1]
        failing = True
        during = await hear(house, heard, until=lambda update: update.at >= NOON + 180)
        failing = False
        after = (await hear(house, heard, until=lambda update: update.at >= NOON + 240))[-1]
    assert [update.at for update in during] == [NOON + 60, NOON + 120, NOON + 180]
    for update in during:
        system = update.snapshot.system
        power = system.values["production_power"]
        assert (power.value, power.reason) == (before.snapshot.system.value("production_power"), Reason("not_judged"))
        assert system.absent["production_lifetime"] == system.absent["production_today"] == Reason("not_judged")
        assert update.condition.state is State.ONLINE
        assert decode(update.books or b"").at == decode(before.books or b"").at
    assert [event.code for update in during for event in update.events] == ["ledger_failed"]
    assert caplog.text.count("the ledger failed") == 1
    system = after.snapshot.system
    assert system.values["production_power"].reason is None
    assert system.value("production_lifetime") == before.snapshot.system.value("production_lifetime")


async def test_polls_in_step_with_the_clock_and_publishes_trusted_values(roof: EmulatedGateway) -> None:
    house = House(NOON + 7)
    house.watch("roof", roof)
    async with polling(house) as heard:
        updates = await hear(house, heard, until=lambda update: update.at >= NOON + 300)
    assert [update.at for update in updates] == [NOON + 7, *(NOON + 60 * n for n in range(1, 6))]
    assert all(update.condition.state is State.ONLINE and update.fresh for update in updates)
    system = updates[-1].snapshot.system
    assert isinstance(system.value("production_power"), float)
    assert len(panels(updates[-1], retired=False)) == 4
    network = updates[-1].snapshot.find(Subject.NETWORK)
    assert network is not None
    assert network.value("state") == "online"
    assert "problem" in network.absent
    assert house.remembered == ["roof"]
    assert "synced" in [event.code for event in updates[0].events]


async def test_books_go_with_every_reading_and_come_back(roof: EmulatedGateway) -> None:
    house = House(NOON)
    house.watch("roof", roof)
    async with polling(house) as heard:
        updates = await hear(house, heard, until=lambda update: update.at >= NOON + 120)
    books = updates[-1].books
    assert books is not None
    assert decode(books).serial == roof.source.serial
    again = House(NOON + 180)
    again.books[roof.source.serial] = books
    again.watch("roof", roof)
    async with polling(again) as heard:
        first = (await hear(again, heard, until=lambda _: True))[0]
    assert first.books is not None
    assert decode(first.books).counters.keys() == decode(books).counters.keys()


async def test_broken_books_are_replaced_and_said(roof: EmulatedGateway) -> None:
    house = House(NOON)
    house.books[roof.source.serial] = b"not books"
    house.watch("roof", roof)
    async with polling(house) as heard:
        first = (await hear(house, heard, until=lambda _: True))[0]
    assert "books_lost" in [event.code for event in first.events]
    assert first.condition.state is State.ONLINE


async def test_a_gateway_that_is_away_is_late_first_then_away_and_costs_the_others_nothing(
    roof: EmulatedGateway,
) -> None:
    house = House(NOON)
    async with EmulatedGateway(
        build("iq-metered-8.2", start=NOON - 86400, inverters=2, serial="122000000077"), clock=Clock(NOON, rate=0)
    ) as shed:
        house.watch("roof", roof)
        house.watch("shed", shed, offset=30)
        async with polling(house) as heard:
            await hear(house, heard, until=lambda update: update.name == "shed")
            shed.faults.on("cut")
            updates = await hear(
                house, heard, until=lambda update: update.name == "shed" and update.condition.state is State.AWAY
            )
            shed.faults.clear()
            more = await hear(
                house, heard, until=lambda update: update.name == "shed" and update.condition.state is State.ONLINE
            )
    shed_states = [update.condition.state for update in updates if update.name == "shed"]
    assert next(state for state in shed_states if state is not State.ONLINE) is State.DEGRADED
    last = updates[-1]
    assert last.at - last.condition.since >= AWAY_AFTER
    assert last.condition.error is not None
    assert not last.fresh
    assert last.snapshot.system.values
    assert [event.code for event in last.events if event.code == "away"] == ["away"]
    roof_times = [update.at for update in updates + more if update.name == "roof"]
    assert {later - earlier for earlier, later in pairwise(roof_times)} == {60}
    assert "back" in [event.code for update in more for event in update.events if update.name == "shed"]


@pytest.mark.parametrize("early", [0.0, 0.004, 0.9])
@pytest.mark.parametrize("interval", [15, 50, 60, 600])
async def test_a_gateway_is_away_after_three_minutes_whatever_the_step(
    roof: EmulatedGateway, early: float, interval: float
) -> None:
    house = House(NOON - 7.3)
    house.watch("roof", roof)
    (one,) = house.poller._rounds.values()
    one.watched.interval = interval
    genuine = house.time.sleep

    async def sleep(seconds: float) -> None:
        # Timers of a real loop do not keep to the step: the first failure comes a moment after it, the next before.
        await genuine(max(0.001, seconds + early if not one.failing_since else seconds - early / 4))

    house.poller._sleep = sleep
    async with polling(house) as heard:
        await hear(house, heard, until=lambda update: update.condition.state is State.ONLINE)
        await roof.close()
        updates = await hear(house, heard, until=lambda update: update.condition.state is State.AWAY)
    away = updates[-1]
    assert AWAY_AFTER - 1 <= away.at - away.condition.since <= AWAY_AFTER + 1


async def test_attempts_become_rarer_whatever_is_asked_in_between(roof: EmulatedGateway) -> None:
    house = House(NOON)
    house.watch("roof", roof)
    async with polling(house) as heard:
        await hear(house, heard, until=lambda _: True)
        await roof.close()
        updates = await hear(house, heard, until=lambda update: update.at >= NOON + 240)
        assert updates[-1].condition.state is State.AWAY
        house.poller.refresh("roof")
        updates.append(await anext(aiter(heard)))
        updates += await hear(house, heard, until=lambda update: update.at >= NOON + 3300)
    assert [update.at - NOON for update in updates] == [60, 120, 180, 240, 240, 420, 780, 1500, 2400, 3300]


async def test_nothing_there_from_the_start_is_away_with_the_reason() -> None:
    house = House(NOON)
    house.poller.add(
        Watched("ghost", lambda tell: Gateway("127.0.0.1:9", listen=tell, clock=house.time.clock.now, sleep=_at_once))
    )
    async with polling(house) as heard:
        first = (await hear(house, heard, until=lambda _: True))[0]
    assert first.condition.state is State.AWAY
    assert first.condition.error is not None
    assert first.condition.error.code == "unreachable"
    assert first.snapshot.find(Subject.SYSTEM) is None


async def test_a_gateway_that_moved_is_found_again(roof: EmulatedGateway) -> None:
    house = House(NOON)
    house.watch("roof", roof)
    before = roof.host
    async with polling(house) as heard:
        await hear(house, heard, until=lambda _: True)
        await roof.move("127.0.0.2")
        once = (await hear(house, heard, until=lambda _: True))[-1]
        house.announced[roof.source.serial] = "127.0.0.2"
        found = (await hear(house, heard, until=lambda _: True))[-1]
        house.remembered.clear()
        after = (await hear(house, heard, until=lambda _: True))[-1]
    assert (once.condition.state, once.fresh) == (State.DEGRADED, False)
    assert (found.condition.state, found.fresh) == (State.ONLINE, True)
    assert found.snapshot.gateway.host == roof.host
    moved = next(event for event in found.events if event.code == "moved")
    assert dict(moved.details) == {"before": before, "after": roof.host}
    assert (after.fresh, after.events) == (True, ())
    assert house.remembered == []


async def test_the_first_poll_may_wait_its_turn(roof: EmulatedGateway) -> None:
    house = House(NOON + 7)
    house.watch("roof", roof, delay=12)
    async with polling(house) as heard:
        updates = await hear(house, heard, until=lambda update: update.at > NOON + 60)
    assert [update.at for update in updates] == [NOON + 19, NOON + 60, NOON + 120]


async def test_refresh_and_remove(roof: EmulatedGateway) -> None:
    house = House(NOON)
    house.watch("roof", roof)
    async with polling(house) as heard:
        await hear(house, heard, until=lambda _: True)
        house.poller.refresh("roof")
        await anext(aiter(heard))
        asked = roof.counters.requests
        house.time.clock.advance(20)
        house.poller.refresh("roof")
        again = await anext(aiter(heard))
        await house.poller.remove("roof")
        assert house.live.latest == {}
        assert house.poller.gateways == {}
    assert again.at == NOON + 20
    # What is asked every minute or five is asked anew; within a few seconds nothing was.
    assert roof.counters.requests - asked == 5


async def test_what_a_sync_no_longer_finds_is_named_as_retired(roof: EmulatedGateway) -> None:
    house = House(NOON)
    house.watch("roof", roof)
    async with polling(house) as heard:
        (before,) = await hear(house, heard, until=lambda update: update.fresh)
        roof.source = build("iq-metered-8.2", start=NOON - 86400, inverters=3)
        await house.poller.sync("roof")
        after = (await hear(house, heard, until=lambda update: len(panels(update, retired=False)) == 3))[-1]
    gone = panels(before, retired=False) - panels(after, retired=False)
    assert len(gone) == 1
    assert panels(after, retired=True) == panels(before, retired=True) | gone
    assert not any(item.values for item in after.snapshot.equipment if item.retired)


def test_a_name_is_used_once() -> None:
    poller = Poller(Live())
    poller.add(Watched("roof", lambda tell: Gateway("192.0.2.1", listen=tell)))
    with pytest.raises(ValueError, match="already called roof"):
        poller.add(Watched("roof", lambda tell: Gateway("192.0.2.1", listen=tell)))
