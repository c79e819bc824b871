from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.emulator.site import equipment
from heliograph.emulator.site.equipment import Equipment, lay_out
from heliograph.emulator.site.plan import Plan
from heliograph.emulator.site.world import STEP, World

START = datetime(2025, 7, 14, 12, tzinfo=UTC).timestamp()
WEEK = 7 * 86400
PARIS = ZoneInfo("Europe/Paris")


def plan(
    *,
    phases: int = 2,
    batteries: int = 2,
    seed: int = 1,
    zone: ZoneInfo = PARIS,
    dead: int = 0,
    latitude: float = 45.76,
    start: float = START,
    inverters: int = 12,
) -> Plan:
    wiring = {1: equipment.ONE_PHASE, 2: equipment.SPLIT_PHASE, 3: equipment.THREE_PHASES}[phases]
    return lay_out(
        Equipment(wiring=wiring, encharges=1),
        serial=None,
        inverters=inverters,
        batteries=batteries,
        retired=2,
        dead=dead,
        seed=seed,
        latitude=latitude,
        longitude=4.84,
        zone=zone,
        commissioned=int(start) - 3 * 31_557_600,
    )


@settings(max_examples=30)
@given(
    st.integers(1, 3), st.integers(0, 3), st.integers(0, 50), st.lists(st.integers(0, WEEK), min_size=2, max_size=12)
)
def test_everything_adds_up_at_any_time(phases: int, batteries: int, seed: int, seconds: list[int]) -> None:
    world = World(plan(phases=phases, batteries=batteries, seed=seed), START)
    before = world.at(START)

    for second in sorted(seconds):
        moment = world.at(START + second)
        books = moment.books
        assert all(
            new >= old
            for one, two in zip(before.books[1:7], books[1:7], strict=True)
            for old, new in zip(one, two, strict=True)
        )
        for phase in range(phases):
            flows = moment.production[phase], moment.net[phase], moment.battery[phase]
            assert moment.consumption[phase] == sum(flows)
            assert books.consumed[phase] == (
                books.delivered[phase]
                - books.received[phase]
                + books.imported[phase]
                - books.exported[phase]
                + books.discharged[phase]
                - books.charged[phase]
            )
            assert books.consumed[phase] >= before.books.consumed[phase] - 3
        assert world.plan.reserve - 1e-6 <= moment.charge <= 1 + 1e-6 or not batteries
        assert abs(sum(moment.battery)) <= 1000 * world.rating + phases
        before = moment


@settings(max_examples=10)
@given(st.lists(st.integers(0, 86400), max_size=8))
def test_how_often_it_is_asked_changes_nothing(seconds: list[int]) -> None:
    often, once = World(plan(), START), World(plan(), START)
    for second in sorted(seconds):
        often.at(START + second)

    assert often.at(START + 86400) == once.at(START + 86400)


def test_counters_are_the_integral_of_the_powers() -> None:
    world = World(plan(phases=3), START)
    first = world.at(START)
    powers = [first, *(world.at(START + second) for second in range(60, 4 * 3600 + 1, 60))]

    last = powers[-1]
    for name, counter in (("production", "delivered"), ("consumption", "consumed")):
        means = [(sum(getattr(a, name)) + sum(getattr(b, name))) / 2 for a, b in pairwise(powers)]
        counted = sum(getattr(last.books, counter)) - sum(getattr(first.books, counter))
        assert counted == pytest.approx(sum(means) / 60, rel=1e-3)


def test_the_net_is_imported_or_exported_never_both() -> None:
    world = World(plan(phases=1, batteries=0), START)

    for hour in range(24):
        before, after = world.at(START + 3600 * hour).books, world.at(START + 3600 * hour + 1).books
        assert (after.imported[0] == before.imported[0]) or (after.exported[0] == before.exported[0])


def test_inverters_and_meter_count_the_same_sun() -> None:
    world = World(plan(), START)
    begin = world.at(START).books
    end = world.at(START + 3 * 86400).books

    joules = sum(
        world.past.joules(each, end.suns[each.slope]) - world.past.joules(each, begin.suns[each.slope])
        for each in world.plan.active
    )
    assert (sum(end.delivered) - sum(begin.delivered)) * 3.6 == pytest.approx(joules, rel=2e-4)


def test_history_before_the_start_is_counted() -> None:
    world = World(plan(), START)
    books = world.at(START).books

    joules = sum(world.past.joules(each, books.suns[each.slope]) for each in world.plan.inverters)
    assert sum(books.delivered) * 3.6 == pytest.approx(joules, rel=1e-3)
    assert sum(books.imported) > 0
    assert sum(books.consumed) > 0


@pytest.mark.parametrize(
    ("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25), ("2025-07-14", 24)], ids=["spring", "autumn", "usual"]
)
def test_midnights_are_the_gateways_own(day: str, hours: int) -> None:
    noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=PARIS).timestamp()
    world = World(plan(start=noon), noon)
    world.at(noon + 86400)

    assert (world.days[-1].time - world.days[-2].time) / 3600 == hours
    assert datetime.fromtimestamp(world.days[-1].time, PARIS).hour == 0


def test_nine_midnights_are_known_from_the_start() -> None:
    world = World(plan(), START)
    world.at(START)

    assert len(world.days) == 9
    spans = [(b.time - a.time) / 86400 for a, b in pairwise(world.days)]
    assert spans == [1.0] * 8


def test_reports_come_at_each_inverters_own_second_and_never_by_night() -> None:
    world = World(plan(), START)
    inverter = world.plan.active[0]

    for hour in range(72):
        now = int(START) + 3600 * hour + 137
        world.at(now)
        last = world.last_report(inverter, now, STEP)
        assert last <= now
        assert last % STEP == inverter.second % STEP
        if world.awake(inverter.slope):
            assert now - last < 3 * STEP or now - last > 4 * 3600
    world.at(now := int(START) + 4 * 86400 + 12 * 3600)
    asleep = world.last_report(inverter, now, STEP)
    assert now - asleep > 2 * 3600
    assert world.sky.elevation(asleep) > 0


def test_a_dead_inverter_is_silent_and_gives_nothing() -> None:
    healthy, ill = World(plan(), START), World(plan(dead=3), START)

    assert sum(ill.at(START).production) == pytest.approx(0.75 * sum(healthy.at(START).production), rel=0.05)
    assert START - ill.last_report(ill.plan.active[-1], int(START), STEP) > 8 * 86400


def test_an_inverter_can_die_while_running() -> None:
    world = World(plan(), START)
    inverter = world.plan.active[0]
    world.fail(inverter.serial, START)
    later = START + 7200
    world.at(later)

    assert START - world.last_report(inverter, int(later), STEP) <= STEP
    assert world.sun_at(inverter, later) < world.sun_at(world.plan.active[2], later)


def test_the_past_gives_the_earliest_state_at_hand() -> None:
    world = World(plan(), START)
    moment = world.at(START + 3600)

    assert world.at(START - 86400).time <= moment.time


def test_polar_night_and_midnight_sun_are_survived() -> None:
    for month in (6, 12):
        start = datetime(2025, month, 21, 12, tzinfo=UTC).timestamp()
        world = World(plan(latitude=78.2, start=start), start)
        assert sum(world.at(start + 86400).books.consumed) > 0
        assert world.last_report(world.plan.active[0], int(start) + 86400, STEP) <= start + 86400


def test_more_days_can_be_simulated_before_the_start() -> None:
    world = World(plan(), START, days=8)
    world.at(START)

    produced = [sum(after.delivered) - sum(before.delivered) for before, after in pairwise(world.days)]
    assert len(produced) == 8
    assert max(produced) > 1.3 * min(produced)
