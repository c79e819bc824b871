"""What history promises, on SQLite and on PostgreSQL alike."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from heliograph.errors import HeliographError, UsageError
from heliograph.model import Finding, Quality, Reading, Reason, Snapshot, Subject, Value
from heliograph.store import Event, Name, Settings, Step, Store, StoreError
from tests.store.conftest import Clock, Opening
from tests.store.saying import (
    DAY,
    HOUR,
    MIDNIGHT,
    MINUTE,
    PANEL,
    SERIAL,
    ZONE,
    panel,
    reading,
    snapshot,
    system,
)

POWER = system("production_power")
LIFETIME = system("production_lifetime")
STATE = system("battery_state")
START = MIDNIGHT + 10 * HOUR
FROZEN = Finding("frozen", Subject.SYSTEM, SERIAL, "production_power")


async def minutes(store: Store, start: int, values: Sequence[Mapping[str, Value]], step: int = MINUTE) -> None:
    """Write a snapshot a minute."""
    for number, told in enumerate(values):
        done = store.post(snapshot(start + number * step, told), zone=ZONE)
    await done


async def raw(store: Store, name: Name, start: float, end: float) -> list[tuple[float, Value | None]]:
    """Give points up to the end of what is known."""
    points = await raw_to_the_end(store, name, start, end)
    return points[:-1] if points and points[-1][1] is None else points


async def raw_to_the_end(store: Store, name: Name, start: float, end: float) -> list[tuple[float, Value | None]]:
    (curve,) = await store.series(SERIAL, [name], start, end, "raw")
    return list(zip(curve.at, curve.value, strict=True))


async def test_what_is_written_is_there(store: Store) -> None:
    values: dict[str, Value | Reading] = {
        "production_power": 1234.56,
        "production_lifetime": 9_876_543.21,
        "battery_state": "idle",
    }
    await store.write(snapshot(START, values, panel_values={"producing": True, "last_report": START - 40}), zone=ZONE)

    names = [POWER, LIFETIME, STATE, panel("producing"), panel("last_report")]
    curves = await store.series(SERIAL, names, START, START + 60)

    assert [curve.step for curve in curves] == ["raw"] * 5
    assert [curve.value for curve in curves] == [(1234.6,), (9_876_543.2,), ("idle",), (True,), (START - 40,)]
    assert [curve.unit for curve in curves] == ["W", "Wh", "", "", ""]
    assert curves[0].quality == (Quality.MEASURED,)


@pytest.mark.parametrize("tidied", [False, True], ids=["journal", "chunks"])
async def test_raw_value_reason_and_since_stand_beside_the_trusted_one(store: Store, tidied: bool) -> None:
    why = Reason("counter_wrapped", {"offset": 1_193_046, "count": 1})
    corrected = reading(
        Subject.SYSTEM,
        "production_lifetime",
        1_200_000.0,
        START + 60,
        quality=Quality.CORRECTED,
        raw=6_953.5,
        reason=why,
        since=START + 30.0,
    )
    await store.write(snapshot(START, {"production_lifetime": 1_199_990.0}), zone=ZONE)
    await store.write(snapshot(START + 60, {"production_lifetime": corrected}))
    await store.write(snapshot(START + 120, {"production_lifetime": 1_200_010.0}))
    if tidied:
        await store.tidy()

    (curve,) = await store.series(SERIAL, [LIFETIME], START, START + 180)

    assert curve.value == (1_199_990.0, 1_200_000.0, 1_200_010.0)
    assert curve.raw == (None, 6_953.5, None)
    assert curve.reason == (None, "counter_wrapped", None)
    assert curve.quality == (Quality.MEASURED, Quality.CORRECTED, Quality.MEASURED)
    (correction,) = curve.corrections
    assert (correction.code, correction.since, correction.until) == (why.code, START + 30.0, START + 120.0)
    assert correction.details == why.details
    assert (correction.raw, correction.given) == (6_953.5, 1_200_000.0)


async def test_an_unchanged_value_is_kept_once_an_hour(store: Store) -> None:
    await minutes(store, START, [{"production_power": 500.0}] * 150)

    assert [at for at, _ in await raw(store, POWER, START, START + 3 * HOUR)] == [
        START,
        START + HOUR,
        START + 2 * HOUR,
    ]


async def test_a_change_is_kept_at_once(store: Store) -> None:
    await minutes(store, START, [{"production_power": 500.0}, {"production_power": 500.0}, {"production_power": 501.0}])

    assert await raw(store, POWER, START, START + HOUR) == [(START, 500.0), (START + 120, 501.0)]


async def test_what_becomes_absent_is_a_gap_and_not_nothing(store: Store) -> None:
    await store.write(snapshot(START, {"production_power": 500.0}), zone=ZONE)
    await store.write(snapshot(START + 60, {}, absent={"production_power": Reason("no_meter")}))
    await store.write(snapshot(START + 120, {"production_power": 0.0}))

    assert await raw(store, POWER, START, START + 180) == [(START, 500.0), (START + 60, None), (START + 120, 0.0)]


async def test_silence_is_a_gap(store: Store) -> None:
    await store.write(snapshot(START, {"production_power": 500.0}), zone=ZONE)
    await store.write(snapshot(START + 600, {"production_power": 500.0}))

    assert await raw(store, POWER, START, START + 900) == [(START, 500.0), (START + 60, None), (START + 600, 500.0)]


async def test_a_stop_of_the_service_is_a_gap(opening: Opening) -> None:
    first = await opening()
    await first.write(snapshot(START, {"production_power": 500.0}), zone=ZONE)
    await first.close()
    second = await opening()
    await second.write(snapshot(START + 1200, {"production_power": 500.0}))

    assert await raw(second, POWER, START, START + HOUR) == [
        (START, 500.0),
        (START + 60, None),
        (START + 1200, 500.0),
    ]


async def test_a_quick_restart_is_no_gap(opening: Opening) -> None:
    first = await opening()
    await first.write(snapshot(START, {"production_power": 500.0}), zone=ZONE)
    await first.close()
    second = await opening()
    await second.write(snapshot(START + 90, {"production_power": 510.0}))

    assert await raw(second, POWER, START, START + HOUR) == [(START, 500.0), (START + 90, 510.0)]


async def test_a_value_holds_a_little_longer_than_its_gateway_speaks(store: Store) -> None:
    await minutes(store, START, [{"production_power": 500.0}] * 11)

    assert await raw_to_the_end(store, POWER, START, START + DAY) == [(START, 500.0), (START + 600 + 180, None)]


async def test_what_a_gateway_says_no_more_of_holds_for_an_hour(store: Store) -> None:
    await minutes(store, START, [{"production_power": 500.0}, *[{"net_power": 1.0}] * 120])

    assert await raw_to_the_end(store, POWER, START, START + DAY) == [(START, 500.0), (START + HOUR + 180, None)]


async def test_a_span_begins_with_what_held_before_it(store: Store) -> None:
    await store.write(snapshot(START, {"production_power": 500.0}), zone=ZONE)

    assert await raw(store, POWER, START + 30, START + 50) == [(START + 30, 500.0)]


async def test_a_clock_that_is_put_back_stops_nothing(store: Store) -> None:
    await store.write(snapshot(START + 400 * DAY, {"production_power": 1.0}), zone=ZONE)
    await minutes(store, START, [{"production_power": 500.0 + n} for n in range(180)])
    await store.tidy()

    assert [value for _, value in await raw(store, POWER, START, START + DAY)] == [500.0 + n for n in range(180)]


async def test_a_gateway_was_last_heard_of_just_now(store: Store) -> None:
    for number in range(3):
        await store.write(snapshot(START + number * MINUTE, {"production_power": 1.0}), zone=ZONE)
        assert [(one.since, one.last) for one in await store.gateways()] == [(START, START + number * MINUTE)]
    await store.tidy()
    assert [one.last for one in await store.gateways()] == [START + 2 * MINUTE]


@pytest.mark.parametrize("ahead", [10 * MINUTE, 50 * MINUTE, 5 * HOUR, 40 * HOUR, 20 * DAY])
@pytest.mark.parametrize("tidied", [False, True], ids=["journal", "chunks"])
async def test_what_a_clock_said_that_was_ahead_is_void_once_it_is_right(
    store: Store, opening: Opening, clock: Clock, ahead: int, tidied: bool
) -> None:
    def told(minute: int) -> Snapshot:
        wrong = ahead if 120 <= minute < 180 else 0
        clock.now = at = START + minute * MINUTE + wrong
        values = {"production_power": 600.0 + minute, "production_lifetime": 1000.0 + 10 * minute}
        # What a panel said some minutes ago, by the gateway's own clock.
        report = reading(Subject.INVERTER, "energy_lifetime", 10.0 * minute, at - 5 * MINUTE)
        return replace(snapshot(at, values, panel_values={"energy_lifetime": report}), skew=float(-wrong))

    for minute in range(361):
        await store.write(told(minute), zone=ZONE)
        if tidied and minute in {119, 179, 185}:
            await store.tidy()
        if minute == 179:
            store = await opening()
    if tidied:
        await store.tidy()

    end = START + 6 * HOUR
    points = await raw(store, POWER, START, end + 30 * DAY)
    assert points[-1:] == [(end, 960.0)]
    assert [point for point in points if point[0] >= START + 3 * HOUR] == [
        (START + minute * MINUTE, 600.0 + minute) for minute in range(180, 361)
    ]
    for step in ("hour", "day"):
        (lifetime,) = await store.series(SERIAL, [LIFETIME], MIDNIGHT, MIDNIGHT + 30 * DAY, step)
        assert sum(one or 0 for one in lifetime.energy) == pytest.approx(3600)
        (one,) = await store.series(SERIAL, [panel("energy_lifetime")], MIDNIGHT, MIDNIGHT + 30 * DAY, step)
        assert sum(energy or 0 for energy in one.energy) == pytest.approx(3600, abs=60)
    (known,) = await store.gateways()
    assert known.last == end


async def test_a_clock_that_is_wrong_is_waited_for(opening: Opening, clock: Clock) -> None:
    store = await opening()
    values = [{"production_power": 600.0 + minute, "production_lifetime": 10.0 * minute} for minute in range(120)]
    await minutes(store, START, values)
    # A start without a battery: for ten minutes it is an hour ago, and the gateway knows better.
    store = await opening()
    for minute in range(120, 130):
        clock.now = at = START + (minute - 60) * MINUTE
        late = {"production_power": 1.0, "production_lifetime": 10.0 * minute}
        await store.write(replace(snapshot(at, late), skew=float(HOUR)), zone=ZONE)
    now = {"production_power": 730.0, "production_lifetime": 1300.0}
    await store.write(replace(snapshot(START + 130 * MINUTE, now), skew=0.0), zone=ZONE)
    await store.tidy()

    points = await raw(store, POWER, START, START + 3 * HOUR)
    assert points[:120] == [(START + minute * MINUTE, 600.0 + minute) for minute in range(120)]
    assert points[-1:] == [(START + 130 * MINUTE, 730.0)]
    (lifetime,) = await store.series(SERIAL, [LIFETIME], START, START + 3 * HOUR, "hour")
    assert sum(one or 0 for one in lifetime.energy) == pytest.approx(1300)


async def test_stale_is_not_a_value_of_now(store: Store) -> None:
    stale = reading(Subject.INVERTER, "power", 145.0, START - 9 * HOUR, quality=Quality.STALE)
    await store.write(snapshot(START, {}, panel_values={"power": 145.0}), zone=ZONE)
    await store.write(snapshot(START + 300, {}, panel_values={"power": stale}))
    await store.write(snapshot(START + 2 * HOUR, {}, panel_values={"power": stale}))

    assert await raw(store, panel("power"), START, START + 6 * HOUR) == [(START, 145.0)]
    (curve,) = await store.series(SERIAL, [panel("power")], START, START + 2 * HOUR, "hour")
    assert (curve.value, curve.covered) == ((145.0, None), (300, 0))


async def test_hours_have_mean_lowest_highest(store: Store) -> None:
    await minutes(store, START, [{"production_power": 100.0 if n % 4 else 500.0} for n in range(61)])

    for tidied in (False, True):
        if tidied:
            await store.tidy()
        (curve,) = await store.series(SERIAL, [POWER], START, START + HOUR, "hour")
        assert (curve.value, curve.low, curve.high, curve.covered) == ((200.0,), (100.0,), (500.0,), (3600,))


@pytest.mark.parametrize(
    ("day", "hours"),
    [(1_743_289_200, 23), (1_761_429_600, 25)],
    ids=["2025-03-30", "2025-10-26"],
)
async def test_days_are_the_gateways_own(store: Store, day: int, hours: int) -> None:
    before, after = day - HOUR, day + (hours + 4) * HOUR
    told = [{"production_lifetime": 1e6 + n, "production_power": 60.0} for n in range((after - before) // MINUTE)]
    await minutes(store, before, told)

    for tidied in (False, True):
        if tidied:
            await store.tidy()
        energy, power = await store.series(SERIAL, [LIFETIME, POWER], day, day + hours * HOUR, "day")
        assert list(energy.at) == [day]
        assert energy.energy == (hours * 60.0,)
        assert power.covered == (hours * HOUR,)
        by_hour, _ = await store.series(SERIAL, [LIFETIME, POWER], day, day + hours * HOUR, "hour")
        assert by_hour.energy == (60.0,) * hours


async def test_a_correction_never_appears_as_energy(store: Store) -> None:
    counter = [1000.0, 1010.0, 900_000.0, 900_005.0, 50.0, 60.0]
    for number, value in enumerate(counter):
        # The third one is where the counter starts anew, and says so; the fifth falls without a word.
        steps = [LIFETIME] if number == 2 else []
        await store.write(snapshot(START + 60 * number, {"production_lifetime": value}), zone=ZONE, steps=steps)

    (curve,) = await store.series(SERIAL, [LIFETIME], START, START + HOUR, "day")
    assert curve.energy == (25.0,)
    assert await store.energy(SERIAL, [LIFETIME], START, START + HOUR) == {LIFETIME: 25.0}


async def test_net_energy_may_fall(store: Store) -> None:
    name = system("net_lifetime")
    await minutes(store, START, [{"net_lifetime": value} for value in (1000.0, 990.0, 970.0, 975.0)])

    assert await store.energy(SERIAL, [name], START, START + HOUR) == {name: -25.0}


async def test_what_flows_while_nobody_looks_is_found_again(store: Store) -> None:
    """An outage over midnight: both days have their share, also where the first was rolled up before it ended."""
    evening, morning = MIDNIGHT - 2 * HOUR, MIDNIGHT + 6 * HOUR
    await minutes(store, evening - 5 * HOUR, [{"import_lifetime": 1000.0 + n} for n in range(5 * 60 + 1)])
    name = system("import_lifetime")
    other = [{"import_lifetime": 2100.0 + n, "production_power": 1.0 * n} for n in range(30 * 60)]
    await minutes(store, morning, other)
    await store.tidy()

    (curve,) = await store.series(SERIAL, [name], MIDNIGHT - DAY, MIDNIGHT + DAY, "day")
    assert curve.energy == (300.0 + 200.0, 600.0 + 18 * 60.0)


async def test_one_counter_that_is_silent_over_midnight_is_found_again(store: Store) -> None:
    """The other series go on, so that the first day is rolled up long before the counter is heard again."""
    name = system("import_lifetime")
    for minute in range(34 * 60):
        at = MIDNIGHT - 4 * HOUR + minute * MINUTE
        values: dict[str, float] = {"production_power": float(minute)}
        if not MIDNIGHT - 2 * HOUR < at < MIDNIGHT + 6 * HOUR:
            values["import_lifetime"] = 5000.0 + minute
        done = store.post(snapshot(at, values), zone=ZONE)
        if at == MIDNIGHT + 5 * HOUR:
            await done
            await store.tidy()
    await done
    await store.tidy()

    (curve,) = await store.series(SERIAL, [name], MIDNIGHT - DAY, MIDNIGHT + DAY, "day")
    assert curve.energy == (4 * 60.0, 24 * 60.0)


async def test_what_comes_late_is_put_where_it_belongs(store: Store) -> None:
    await minutes(store, MIDNIGHT, [{"production_power": 60.0, "net_power": 1.0 * n} for n in range(30 * 60)])
    await store.tidy()
    await store.write(snapshot(MIDNIGHT + HOUR, {"battery_power": 55.0, "production_power": 70.0}))
    await store.tidy()

    (curve,) = await store.series(SERIAL, [system("battery_power")], MIDNIGHT, MIDNIGHT + 2 * HOUR, "hour")
    assert curve.value == (None, 55.0)
    (power,) = await store.series(SERIAL, [POWER], MIDNIGHT, MIDNIGHT + DAY, "day")
    assert (power.value, power.covered) == ((60.0,), (DAY,))


@pytest.mark.parametrize("old", [90, 7 * MINUTE, 3 * HOUR, 5 * DAY])
@pytest.mark.parametrize("skew", [None, 0.0, -30.0])
async def test_a_late_snapshot_changes_nothing_newer(store: Store, clock: Clock, old: int, skew: float | None) -> None:
    def at_minute(minute: int) -> Snapshot:
        values = {"production_power": 600.0 + minute, "production_lifetime": 1000.0 + 10 * minute, "net_power": 5.0}
        return replace(snapshot(START + minute * MINUTE, values, findings=(FROZEN,)), skew=skew)

    for minute in range(11):
        clock.now = START + minute * MINUTE
        done = store.post(at_minute(minute), zone=ZONE, books=b"minute %d" % minute)
    await done
    late = snapshot(START + 10 * MINUTE - old, {"production_power": 1.0, "battery_power": 55.0}, firmware="D7.0.88")
    await store.write(replace(late, skew=skew), zone="UTC", books=b"late")
    clock.now = START + 11 * MINUTE
    await store.write(at_minute(11), zone=ZONE)
    await store.tidy()

    points = await raw(store, POWER, START - 6 * DAY, START + HOUR)
    assert points == [(START + minute * MINUTE, 600.0 + minute) for minute in range(12)]
    (battery,) = await store.series(SERIAL, [system("battery_power")], START - 6 * DAY, START + HOUR, "raw")
    assert (battery.at[0], battery.value[0]) == (START + 10 * MINUTE - old, 55.0)
    assert await store.load_books(SERIAL) == b"minute 10"
    (known,) = await store.gateways()
    assert (known.firmware, known.zone, known.last) == ("D8.3.5169", ZONE, START + 11 * MINUTE)
    assert [one.closed for one in await store.findings(SERIAL, START, START + HOUR)] == [None]


async def test_the_span_chooses_the_step(store: Store) -> None:
    await minutes(store, START, [{"production_power": 500.0 + n} for n in range(5)])
    spans = {DAY: "raw", 3 * DAY: 300, 7 * DAY: 900, 31 * DAY: "hour", 366 * DAY: "day", 3653 * DAY: "month"}

    for span, step in spans.items():
        (curve,) = await store.series(SERIAL, [POWER], START, START + span)
        assert (span, curve.step) == (span, step)
        assert len(curve.at) <= 3000
        assert sum(value is not None for value in curve.value) >= 1


@pytest.mark.parametrize(("step", "given"), [("raw", 60), (1, 60), (60, 60), (300, 300), ("hour", "hour")])
async def test_points_are_bounded(store: Store, step: Any, given: int | str) -> None:
    await minutes(store, START, [{"production_power": 500.0 + n % 7} for n in range(240)], step=15)

    (curve,) = await store.series(SERIAL, [POWER], START, START + HOUR, step, most=100)

    assert curve.step == given
    assert len(curve.at) <= 100


async def test_buckets_without_values_are_there_and_empty(store: Store) -> None:
    await store.write(snapshot(START, {"production_power": 500.0}), zone=ZONE)

    (curve,) = await store.series(SERIAL, [POWER], START - 2 * HOUR, START + 3 * HOUR, "hour")

    assert curve.at == tuple(float(START + n * HOUR) for n in range(-2, 3))
    assert curve.value == (None, None, 500.0, None, None)
    assert curve.covered == (0, 0, 180, 0, 0)


async def test_words_roll_up_to_the_last_one(store: Store) -> None:
    await minutes(store, START, [{"battery_state": word} for word in ("idle", "charging", "discharging")])

    (curve,) = await store.series(SERIAL, [STATE], START, START + HOUR, "day")
    assert curve.value == ("discharging",)


async def test_flags_roll_up_to_the_share_of_time(store: Store) -> None:
    for number in range(13):
        done = store.post(snapshot(START + 300 * number, {}, panel_values={"producing": number < 3}), zone=ZONE)
    await done

    (curve,) = await store.series(SERIAL, [panel("producing")], START, START + HOUR, "hour")
    assert curve.value == (0.25,)


async def test_what_counts_since_midnight_keeps_its_last_value(store: Store) -> None:
    name = system("production_today")
    values = [{"production_today": float(n)} for n in range(20)] + [{"production_today": 0.0}]
    await minutes(store, MIDNIGHT - 20 * MINUTE, values)

    kept = await raw(store, name, MIDNIGHT - HOUR, MIDNIGHT + HOUR)
    assert [value for _, value in kept[-2:]] == [19.0, 0.0]
    assert len(kept) < 7


async def test_an_unknown_series_is_an_empty_curve(store: Store) -> None:
    await store.write(snapshot(START, {"production_power": 500.0}), zone=ZONE)

    (curve,) = await store.series(SERIAL, [Name(Subject.METER, "nowhere", "voltage")], START, START + 60)
    assert (curve.at, curve.unit) == ((), "V")


@pytest.mark.parametrize(
    ("serial", "span", "step", "code"),
    [
        ("0", (0, 60), None, "history_unknown_gateway"),
        (SERIAL, (60, 60), None, "bad_span"),
        (SERIAL, (0, 60), "fortnight", "bad_step"),
        (SERIAL, (0, 60), 0, "bad_step"),
    ],
)
async def test_senseless_questions_are_refused(
    store: Store, serial: str, span: tuple[int, int], step: Any, code: str
) -> None:
    await store.write(snapshot(START, {"production_power": 500.0}), zone=ZONE)

    with pytest.raises(UsageError) as caught:
        await store.series(serial, [POWER], *span, step)
    assert caught.value.code == code


async def test_latest_values(store: Store) -> None:
    held = reading(
        Subject.SYSTEM, "net_power", 10.0, START, quality=Quality.CORRECTED, raw=99.0, reason=Reason("frozen")
    )
    await minutes(store, START - 120, [{"production_power": 1.0, "battery_state": "idle"}] * 2)
    await store.write(snapshot(START, {"production_power": 500.0, "battery_state": "charging", "net_power": held}))
    await store.write(snapshot(START + 60, {}, absent={"battery_state": Reason("no_battery")}))

    latest = {one.name.key: one for one in await store.latest(SERIAL)}

    assert latest["production_power"].value == 500.0
    assert (latest["net_power"].value, latest["net_power"].raw, latest["net_power"].reason) == (10.0, 99.0, "frozen")
    assert "battery_state" not in latest


async def test_a_year_at_a_glance(store: Store) -> None:
    await minutes(store, MIDNIGHT, [{"production_lifetime": 1e6 + n * 10} for n in range(180)])

    chart = await store.heat_map(SERIAL, LIFETIME, 2025)

    assert len(chart.days) == 365
    row = chart.rows[chart.days.index("2025-06-15")]
    assert row[:6] == (600.0, 600.0, 590.0, 0.0, None, None)
    assert all(value is None for value in chart.rows[0])


async def test_the_hour_that_comes_twice_holds_both(store: Store) -> None:
    day = 1_761_429_600
    told = [{"production_lifetime": 1e6 + n, "production_power": 60.0} for n in range(6 * 60)]
    await minutes(store, day, told)

    energy = await store.heat_map(SERIAL, LIFETIME, 2025)
    power = await store.heat_map(SERIAL, POWER, 2025)

    row = energy.days.index("2025-10-26")
    assert energy.rows[row][1:4] == (60.0, 120.0, 60.0)
    assert power.rows[row][1:4] == (60.0, 60.0, 60.0)
    assert energy.rows[energy.days.index("2025-03-30")][2] is None


async def test_findings_open_and_close(store: Store) -> None:
    frozen = Finding("frozen", Subject.SYSTEM, SERIAL, "production_power", 5.0, 6.0, START - 10.0, {"minutes": 3})
    silent = Finding("silent", Subject.INVERTER, PANEL)
    await store.write(snapshot(START, {"production_power": 1.0}, findings=(frozen, silent)), zone=ZONE)
    await store.write(snapshot(START + 60, {"production_power": 1.0}, findings=(silent,)))
    # A snapshot that says nothing of inverters closes nothing of theirs.
    await store.write(snapshot(START + 120, {"production_power": 1.0}))

    first, second = await store.findings(SERIAL, START, START + HOUR)

    assert (first.finding, first.opened, first.closed) == (frozen, START, START + 60)
    assert (second.finding, second.opened, second.closed) == (silent, START, None)
    assert await store.findings(SERIAL, START - HOUR, START) == ()


async def test_findings_stay_open_over_a_restart(opening: Opening) -> None:
    found = Finding("frozen", Subject.SYSTEM, SERIAL, "production_power")
    first = await opening()
    await first.write(snapshot(START, {"production_power": 1.0}, findings=(found,)))
    await first.close()
    second = await opening()
    await second.write(snapshot(START + 60, {"production_power": 1.0}, findings=(found,)))
    await second.write(snapshot(START + 120, {"production_power": 1.0}))

    (kept,) = await second.findings(SERIAL, START, START + HOUR)
    assert (kept.opened, kept.closed) == (START, START + 120)


async def test_a_correction_stays_open_over_a_restart(opening: Opening) -> None:
    def held(at: float) -> Reading:
        return reading(
            Subject.SYSTEM, "net_power", 10.0, at, quality=Quality.CORRECTED, reason=Reason("frozen"), since=START + 0.0
        )

    first = await opening()
    await first.write(snapshot(START, {"net_power": held(START)}))
    await first.close()
    second = await opening()
    await second.write(snapshot(START + 60, {"net_power": held(START + 60)}))
    await second.write(snapshot(START + 120, {"net_power": 11.0}))

    (curve,) = await second.series(SERIAL, [system("net_power")], START, START + HOUR)
    (correction,) = curve.corrections
    assert (correction.since, correction.until) == (START, START + 120)


async def test_events_may_begin_and_end(store: Store) -> None:
    began = Event("away", START + 0.5, None, {"cause": "timeout"})
    ended = Event("away", START + 0.5, START + 300.0, {"cause": "timeout"})
    changed = Event("firmware", START + 400.0, None, {"from": "D7", "to": "D8"})
    await store.write(snapshot(START, {"production_power": 1.0}), events=[began])
    await store.note(SERIAL, START + 300, events=[ended])
    await store.write(snapshot(START + 400, {"production_power": 1.0}), events=[changed])

    assert await store.events(SERIAL, START, START + HOUR) == (ended, changed)
    assert await store.events(SERIAL, START + 100, START + 200) == (ended,)


async def test_an_event_of_a_gateway_that_never_spoke(store: Store) -> None:
    away = Event("away", START + 0.0)
    await store.note("999", START, events=[away])

    assert await store.events("999", START, START + 1) == (away,)
    await store.write(snapshot(START + 60, {"production_power": 1.0}, serial="999"))
    assert [one.firmware for one in await store.gateways()] == ["D8.3.5169"]


async def test_books_and_blobs_are_kept(opening: Opening) -> None:
    first = await opening()
    await first.write(snapshot(START, {"production_power": 1.0}), books=b"books" * 1000)
    await first.save_blob("layout", b"\x00\xff", gateway=SERIAL)
    await first.save_blob("layout", b"", gateway=SERIAL)
    await first.save_blob("layout", b"common")
    await first.close()
    second = await opening()

    assert await second.load_books(SERIAL) == b"books" * 1000
    assert await second.load_blob("layout", gateway=SERIAL) == b""
    assert await second.load_blob("layout") == b"common"
    assert await second.load_blob("nothing") is None


async def test_equipment_is_remembered(store: Store) -> None:
    await store.write(snapshot(START, {"production_power": 1.0}, panel_values={"power": 2.0}))

    gateway, device = await store.equipment(SERIAL)

    assert (gateway.subject, gateway.id, gateway.model) == (Subject.SYSTEM, SERIAL, "Envoy-S Metered")
    assert (device.subject, device.id, device.retired, device.since) == (Subject.INVERTER, PANEL, False, START)
    assert [one.name for one in await store.names(SERIAL)] == [POWER, panel("power")]


async def test_gateways_do_not_mix(store: Store) -> None:
    for serial, power in (("1", 100.0), ("2", 200.0)):
        await store.write(snapshot(START, {"production_power": power}, serial=serial), zone=ZONE)
    await store.write(snapshot(START + 7200, {"production_power": 1.0}, serial="1"))
    await store.tidy()

    for serial, power in (("1", 100.0), ("2", 200.0)):
        (curve,) = await store.series(serial, [system("production_power", serial)], START, START + 60)
        assert curve.value == (power,)
    assert [(one.serial, one.zone, one.since) for one in await store.gateways()] == [
        ("1", ZONE, START),
        ("2", ZONE, START),
    ]


async def test_what_is_no_value_of_its_metric_is_not_kept(store: Store) -> None:
    await store.write(
        snapshot(START, {"production_power": float("nan"), "net_power": "much", "consumption_power": 1e300})
    )

    assert await store.latest(SERIAL) == ()


async def test_samples_go_in_time_and_roll_ups_stay(opening: Opening, clock: Clock) -> None:
    store = await opening(Settings(keep_days=10))
    for day in range(30):
        at = MIDNIGHT + day * DAY + 12 * HOUR
        await minutes(store, at, [{"production_lifetime": 1e6 + day * 60 + n} for n in range(60)])
        clock.now = at
        await store.tidy()

    (curve,) = await store.series(SERIAL, [LIFETIME], MIDNIGHT, MIDNIGHT + 2 * DAY, "raw")
    assert curve.step == "hour"  # samples of that time are gone
    assert sum(value or 0.0 for value in curve.energy) == pytest.approx(119, abs=2)
    (days,) = await store.series(SERIAL, [LIFETIME], MIDNIGHT, MIDNIGHT + 30 * DAY, "day")
    assert sum(value or 0.0 for value in days.energy) == pytest.approx(29 * 60 + 59)
    (recent,) = await store.series(SERIAL, [LIFETIME], MIDNIGHT + 28 * DAY, MIDNIGHT + 30 * DAY, "raw")
    assert recent.step == "raw"


@pytest.mark.parametrize(("skew", "spent"), [(None, 4), (-3000.0 * DAY, 4), (-3000.0 * DAY, 4 * 24 * 60)])
async def test_a_clock_far_ahead_lets_no_samples_go(
    opening: Opening, clock: Clock, skew: float | None, spent: int
) -> None:
    store = await opening(Settings(keep_days=20))

    async def live(at: int, lead: int, skew: float | None) -> None:
        clock.now = at + lead
        values = {"production_lifetime": 1e6 + (at - MIDNIGHT) / 60}
        await store.write(replace(snapshot(at + lead, values), skew=skew), zone=ZONE)

    for hour in range(9 * 24):
        await live(MIDNIGHT + hour * HOUR, 0, None if skew is None else 0.0)
    await store.tidy()
    end = MIDNIGHT + 9 * DAY
    for minute in range(0, spent, max(1, spent // 100)):
        await live(end + minute * MINUTE, 3000 * DAY, skew)
        await store.tidy()
    await live(end + spent * MINUTE, 0, 0.0)
    await store.tidy()

    (curve,) = await store.series(SERIAL, [LIFETIME], MIDNIGHT, MIDNIGHT + DAY, "raw")
    assert curve.step == "raw"
    assert [value for value in curve.value if value is not None] == [1e6 + 60 * hour for hour in range(24)]


async def test_totals_of_any_span_add_up(store: Store) -> None:
    await minutes(store, MIDNIGHT, [{"production_lifetime": 1e6 + n} for n in range(5 * 24 * 60)])
    edges = [MIDNIGHT + 13 * MINUTE, MIDNIGHT + 5 * HOUR, MIDNIGHT + 3 * DAY + 77 * MINUTE, MIDNIGHT + 5 * DAY]

    for tidied in (False, True):
        if tidied:
            await store.tidy()
        parts = [(await store.energy(SERIAL, [LIFETIME], *span))[LIFETIME] for span in pairwise(edges)]
        whole = (await store.energy(SERIAL, [LIFETIME], edges[0], edges[-1]))[LIFETIME]
        assert whole == 5 * 24 * 60 - 1 - 13
        assert sum(part or 0.0 for part in parts) == whole


async def test_months_and_years_join_days(store: Store) -> None:
    await minutes(store, MIDNIGHT - 10 * DAY, [{"import_lifetime": 1e6 + n} for n in range(60 * 24)], step=HOUR // 2)
    name = system("import_lifetime")
    await store.tidy()

    steps: tuple[tuple[Step, int], ...] = (("month", 2), ("year", 1))
    for step, count in steps:
        (curve,) = await store.series(SERIAL, [name], MIDNIGHT - 10 * DAY, MIDNIGHT + 20 * DAY, step)
        assert len(curve.at) == count
        assert sum(value or 0.0 for value in curve.energy) == 60 * 24 - 1


async def test_a_second_process_may_read(opening: Opening) -> None:
    store = await opening()
    await store.write(snapshot(START, {"production_power": 500.0}))
    reader = await opening(read_only=True)

    assert await raw(reader, POWER, START, START + 60) == [(START, 500.0)]
    with pytest.raises(StoreError) as caught:
        await reader.write(snapshot(START, {}))
    assert caught.value.code == "history_closed"


async def test_there_must_be_something_to_read(opening: Opening, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        await opening(read_only=True)

    assert caught.value.code == "history_unreachable"
    assert left_in(tmp_path) == []


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_many_may_read_while_one_writes(store: Store) -> None:
    await store.write(snapshot(START, {"production_power": 0.0}), zone=ZONE)

    async def read() -> None:
        for _ in range(20):
            kept = await raw(store, POWER, START, START + DAY)
            assert kept[0] == (START, 0.0)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(read())
        for number in range(1, 200):
            await store.write(snapshot(START + number * MINUTE, {"production_power": float(number)}))


async def test_nothing_is_taken_after_the_end(store: Store) -> None:
    await store.close()

    with pytest.raises(StoreError) as caught:
        await store.write(snapshot(START, {}))
    assert caught.value.code == "history_closed"


async def test_a_cancelled_wait_leaves_nothing_undone(store: Store) -> None:
    waiting = asyncio.ensure_future(store.write(snapshot(START, {"production_power": 500.0})))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await store.write(snapshot(START + 60, {"production_power": 501.0}))

    assert await raw(store, POWER, START, START + 120) == [(START, 500.0), (START + 60, 501.0)]


async def test_closing_twice_does_no_harm(store: Store) -> None:
    await store.close()
    await store.close()


@pytest.mark.parametrize("where", ["mysql://somewhere/history", "http://history"])
async def test_other_databases_are_refused(where: str) -> None:
    with pytest.raises(HeliographError) as caught:
        await Store.open(where)
    assert caught.value.code == "bad_database"


async def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError) as caught:
        await Store.open(tmp_path / "file" / "folder")
    assert caught.value.code == "history_unreachable"
    for language in ("en", "fr"):
        assert str(tmp_path) in caught.value.text(language)
