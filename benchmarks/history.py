"""Ten years of a site with 30 inverters, written and queried: rows a second, bytes, milliseconds.

A month of minutes goes the whole way, through `Store.post`: it gives the rates. The years are then laid down from that
month's own samples and roll-ups, day by day, in the very layout that the writer leaves: samples for the time that they
are kept, hours and days for all of it. Questions are asked by a process of their own, which holds no more than a
service does. Run as `python benchmarks/history.py [--years 10] [--folder DIR]`.
"""

import argparse
import asyncio
import gc
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import delete, func, select, update

from heliograph.model import Equipment, Identity, Quality, Reading, Snapshot, Subject, Value, metric
from heliograph.store import Name, Store
from heliograph.store.buckets import Bucket, Rollup
from heliograph.store.chunks import Known, read_chunks, read_rollups, write_chunks
from heliograph.store.engine import Database, locate, open_database, upsert
from heliograph.store.samples import Run
from heliograph.store.schema import AXIS, BLOCKS, CHUNK, DAYS, GATEWAY, HOURS, ROLLUP
from heliograph.store.upkeep import series_of

SERIAL: Final = "121900000000"
START: Final = 1_748_736_000
"""2025-06-01 00:00 UTC."""
DAY: Final = 86_400
MONTH: Final = 32
"""Days that go the whole way: two blocks of hours."""
KEPT: Final = 425
INVERTERS: Final = 30
METERS: Final = ("production", "net-consumption", "total-consumption", "storage")
PLACES: Final = {"power": 1.0, "voltage": 0.001, "current": 0.001}
ROUNDS: Final = 40


@dataclass(slots=True)
class Sky:
    """Sun and clouds, the same for all panels."""

    chance: random.Random
    cloud: float = 0.8
    share: float = 0.0

    def step(self, at: float) -> None:
        """Go on by a minute."""
        hour = at % DAY / 3600
        sun = max(0.0, math.sin(math.pi * (hour - 5) / 15)) if 5 < hour < 20 else 0.0
        self.cloud += 0.05 * (0.75 - self.cloud) + self.chance.gauss(0, 0.06)
        self.cloud = min(1.0, max(0.1, self.cloud))
        self.share = sun * self.cloud


@dataclass(slots=True)
class Site:
    """What a gateway with transformers, batteries and 30 inverters would say, with the noise of real ones."""

    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - weather
    sky: Sky = field(init=False)
    load: float = 400.0
    level: float = 50.0
    totals: dict[str, float] = field(default_factory=dict)
    reports: dict[int, tuple[float, dict[str, Value]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sky = Sky(self.chance)

    def snapshots(self, days: int) -> Iterator[Snapshot]:
        """Give a snapshot a minute; every fifth holds the devices, too."""
        for minute in range(days * 1440):
            at = START + 60 * minute + 7 + self.chance.gauss(0, 0.3)
            self.sky.step(at)
            equipment = [*self._system(at, new_day=minute % 1440 == 0)]
            if minute % 5 == 0:
                equipment += self._devices(at)
            yield Snapshot(Identity(SERIAL, "D8.3.5169", "800-00555-r03", "192.0.2.1"), at, tuple(equipment))

    def _count(self, key: str, power: float) -> float:
        self.totals[key] = self.totals.get(key, 1e6) + max(0.0, power) / 60
        return self.totals[key]

    def _system(self, at: float, *, new_day: bool) -> Iterator[Equipment]:
        chance = self.chance
        if chance.random() < 0.04:
            self.load = chance.choice((180.0, 250.0, 420.0, 900.0, 2300.0))
        production = self.sky.share * INVERTERS * 380 * (1 + chance.gauss(0, 0.005)) - 2 + chance.gauss(0, 0.4)
        consumption = max(60.0, self.load + chance.gauss(0, 8))
        surplus = production - consumption
        battery = -min(3500.0, surplus) if surplus > 0 and self.level < 99.5 else 0.0
        if surplus < 0 and self.level > 10:
            battery = min(3500.0, -surplus)
        self.level = min(100.0, max(0.0, self.level - battery / 60 / 10_000 * 100))
        net = consumption - production - battery + chance.gauss(0, 4)
        powers = {
            "production": production,
            "consumption": consumption,
            "import": net,
            "export": -net,
            "charged": -battery,
            "discharged": battery,
        }
        values: dict[str, Value] = {
            "inverter_count": INVERTERS,
            "battery_count": 2,
            "battery_state": "charging" if battery < 0 else "discharging" if battery > 0 else "idle",
            "battery_level": round(self.level),
            "battery_power": round(battery),
            "production_power": production,
            "consumption_power": consumption,
            "net_power": net,
            "self_consumption": min(100.0, 100 * consumption / max(production, 1)) if production > 50 else 100.0,
            "autarky": max(0.0, 100 - 100 * max(0.0, net) / consumption),
        }
        for key, power in powers.items():
            total = values[f"{key}_lifetime"] = self._count(key, power)
            if new_day or f"{key} at midnight" not in self.totals:
                self.totals[f"{key} at midnight"] = total
            values[f"{key}_today"] = total - self.totals[f"{key} at midnight"]
            if key not in {"charged", "discharged"}:
                values[f"{key}_7_days"] = total - self.totals[f"{key} at midnight"] + 50_000
        for period in ("today", "7_days", "lifetime"):
            values[f"net_{period}"] = float(values[f"import_{period}"]) - float(values[f"export_{period}"])
        yield _equipment(Subject.SYSTEM, SERIAL, values, at)
        for name, power in zip(METERS, (production, net, consumption, battery), strict=True):
            yield self._meter(name, power, at)

    def _meter(self, name: str, power: float, at: float) -> Equipment:
        chance = self.chance
        voltage = 236 + 2 * math.sin(at / 9000) + chance.gauss(0, 0.3)
        reactive = 120 + 0.05 * power + chance.gauss(0, 5)
        apparent = math.hypot(power, reactive)
        values: dict[str, Value] = {
            "power": round(power, 3),
            "apparent_power": round(apparent, 3),
            "reactive_power": round(reactive, 3),
            "power_factor": round(power / max(apparent, 1), 2),
            "voltage": round(voltage, 3),
            "current": round(apparent / voltage, 3),
            "frequency": round(50 + chance.gauss(0, 0.02), 3),
            "energy_delivered": self._count(f"{name} delivered", power),
            "energy_received": self._count(f"{name} received", -power),
            "state": "enabled",
            "metering_status": "normal",
        }
        return _equipment(Subject.METER, name, values, at)

    def _devices(self, at: float) -> Iterator[Equipment]:
        for number in range(INVERTERS):
            if self.sky.share > 0.01 or number not in self.reports:
                self.reports[number] = self._inverter(number, at)
            measured, values = self.reports[number]
            readings = _equipment(Subject.INVERTER, f"1222{number:08}", values, measured)
            yield readings
        for number in range(2):
            yield _equipment(Subject.BATTERY, f"1225{number:08}", self._battery(at), at)

    def _inverter(self, number: int, at: float) -> tuple[float, dict[str, Value]]:
        chance = self.chance
        power = self.sky.share * 380 * (0.94 + number % 7 / 100) * (1 + chance.gauss(0, 0.01))
        measured = at - at % 300 + number * 9 - 300 + chance.choice((0, 0, 0, 1, -1))
        counted = f"inverter {number}"
        self.totals[counted] = self.totals.get(counted, 1e6) + power / 12
        volts = 31 + 4 * self.sky.share + chance.gauss(0, 0.3)
        alternating = 236 + 2 * math.sin(at / 9000) + chance.gauss(0, 0.5)
        return measured, {
            "provisioned": True,
            "communicating": True,
            "producing": power > 1,
            "power": round(power),
            "max_power": 366,
            "last_report": int(measured),
            "phase": "L1",
            "dc_voltage": round(volts, 3),
            "dc_current": round(power / volts, 3),
            "ac_voltage": round(alternating, 3),
            "ac_current": round(power / alternating, 3),
            "frequency": round(50 + chance.gauss(0, 0.02), 2),
            "temperature": round(12 + 30 * self.sky.share + chance.gauss(0, 0.6)),
            "energy_today": round(self.totals[counted] % 2500),
            "energy_lifetime": round(self.totals[counted], 1),
            "status": "normal",
        }

    def _battery(self, at: float) -> dict[str, Value]:
        return {
            "provisioned": True,
            "communicating": True,
            "producing": True,
            "power": round(self.chance.gauss(200, 60)),
            "max_power": 3840,
            "level": round(self.level),
            "max_temperature": round(24 + 3 * math.sin(at / 14_000)),
            "temperature": round(23 + 3 * math.sin(at / 14_000)),
            "capacity": 5000,
            "state": "idle",
            "phase": "L1",
            "last_report": int(at),
            "status": "normal",
        }


def _equipment(subject: Subject, name: str, values: dict[str, Value], at: float) -> Equipment:
    readings = {
        key: Reading(metric(subject, key), value, at, "benchmark", Quality.MEASURED) for key, value in values.items()
    }
    return Equipment(subject, name, readings)


async def write_month(store: Store) -> int:
    """Write a month minute by minute; give how many values the snapshots held."""
    values = 0
    before = time.process_time()
    building = 0.0
    began = time.perf_counter()
    waiting = []
    last = time.perf_counter()
    for snapshot in Site().snapshots(MONTH):
        building += time.perf_counter() - last
        values += sum(len(item.values) for item in snapshot.equipment)
        waiting.append(store.post(snapshot, zone="Europe/Paris", books=b"the ledger's books " * 800))
        if len(waiting) == 60:
            await asyncio.gather(*waiting)
            waiting.clear()
        last = time.perf_counter()
    await asyncio.gather(*waiting)
    await store.tidy()
    seconds, processor = time.perf_counter() - began - building, time.process_time() - before - building
    polls = MONTH * 1440
    print(f"written     {polls} polls, {values} values in {seconds:.1f} s: {values / seconds:,.0f} values/s")
    print(f"            {processor / polls * 1000:.2f} ms of processor a poll, folding and rolling up included")
    return values


def lay_down(database: Database, years: int) -> None:
    """Repeat the month over the years: the hours and days of all of them, the samples of the last 425 days."""
    with database.reading() as connection:
        gateway: int = connection.execute(select(GATEWAY.c.id)).scalar_one()
        series = series_of(connection, gateway)
        first = START // DAY + 1
        runs = [read_chunks(connection, series, first + day, first + day) for day in range(MONTH - 3)]
        rolled = {
            grain: read_rollups(connection, grain, series, START + DAY, START + (MONTH - 2) * DAY)
            for grain in (HOURS, DAYS)
        }
    total = years * 365
    origin = START + MONTH * DAY - total * DAY
    with database.writing() as connection:
        connection.execute(delete(CHUNK))
        connection.execute(delete(AXIS))
        connection.execute(delete(ROLLUP))
    days = range(total - min(KEPT, total), total)
    for some in (days[begin : begin + 25] for begin in range(0, len(days), 25)):
        with database.writing() as connection:
            for day in some:
                moved = origin // DAY + day
                of_day = {number: _shifted(run, moved) for number, run in runs[day % len(runs)].items()}
                write_chunks(connection, series, moved, of_day)
    for grain, found in rolled.items():
        with database.writing() as connection:
            for number, buckets in found.items():
                upsert(connection, ROLLUP, _blocks(grain, series[number], buckets, origin, total))
    with database.writing() as connection:
        connection.execute(update(GATEWAY).values(first_at=origin, rolled=origin + (total - 1) * DAY))


def _shifted(run: Run, day: int) -> Run:
    by = day * DAY - run.at[0] // DAY * DAY
    return Run([at + by for at in run.at], run.value, run.flag, run.raw, run.reason)


def _blocks(grain: int, known: Known, buckets: list[Bucket], origin: int, total: int) -> list[dict[str, object]]:
    blocks: dict[int, list[Bucket]] = {}
    span = (buckets[-1].start - buckets[0].start) // DAY * DAY + DAY
    by = origin - buckets[0].start // DAY * DAY
    while by < origin + total * DAY - buckets[0].start // DAY * DAY:
        for bucket in buckets:
            moved = bucket._replace(start=bucket.start + by)
            if moved.start < origin + total * DAY:
                blocks.setdefault(moved.start // BLOCKS[grain], []).append(moved)
        by += span
    return [
        {"grain": grain, "block": block, "series": known.id, "body": Rollup(known.rule.shape, found).to_bytes()}
        for block, found in blocks.items()
    ]


async def measure(name: str, ask: Callable[[random.Random], Awaitable[object]]) -> None:
    """Ask a question of different days; print how long the answers took."""
    chance = random.Random(3)  # noqa: S311 - days
    await ask(chance)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await ask(chance)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    print(f"{name:<58} p50 {statistics.median(took):6.1f} ms   p95 {took[int(len(took) * 0.95)]:6.1f} ms")


async def ask_all(store: Store, years: int) -> None:
    """Ask what the page asks."""
    end = START + MONTH * DAY
    powers = [Name(Subject.SYSTEM, SERIAL, f"{key}_power") for key in ("production", "consumption", "net", "battery")]
    counters = [Name(Subject.SYSTEM, SERIAL, f"{key}_lifetime") for key in ("production", "consumption", "net")]
    panels = [Name(Subject.INVERTER, f"1222{number:08}", "power") for number in range(INVERTERS)]
    energies = [Name(Subject.INVERTER, f"1222{number:08}", "energy_lifetime") for number in range(INVERTERS)]
    kept = min(KEPT, years * 365) - 10

    def day(chance: random.Random) -> int:
        return end - DAY * chance.randrange(3, kept)

    def any_day(chance: random.Random) -> int:
        return end - DAY * chance.randrange(3, years * 365 - 366)

    async def span(names: list[Name], start: int, days: int, step: object = None) -> object:
        return await store.series(SERIAL, names, start, start + days * DAY, step)  # type: ignore[arg-type]

    await measure("day: one power, every sample", lambda c: span(powers[:1], day(c), 1))
    await measure("day: four powers, every sample", lambda c: span(powers, day(c), 1))
    await measure("day: four powers, five minutes", lambda c: span(powers, day(c), 1, 300))
    await measure("day: 30 inverters, every sample", lambda c: span(panels, day(c), 1))
    await measure("week: four powers, a quarter of an hour", lambda c: span(powers, day(c), 7))
    await measure("month: four powers by hour", lambda c: span(powers, any_day(c), 31))
    await measure("month: three energies by day", lambda c: span(counters, any_day(c), 31, "day"))
    await measure("month: 30 inverters' energy by day", lambda c: span(energies, any_day(c), 31, "day"))
    await measure("year: four powers by day", lambda c: span(powers, any_day(c), 365))
    await measure("year: three energies by month", lambda c: span(counters, any_day(c), 365, "month"))
    await measure("year: heat map of one power", lambda _: store.heat_map(SERIAL, powers[0], 2024))
    whole = years * 365
    start = end - whole * DAY
    await measure(f"{years} years: one power by month", lambda _: span(powers[:1], start, whole, "month"))
    await measure(f"{years} years: three energies by month", lambda _: span(counters, start, whole, "month"))
    await measure(f"{years} years: three energies by year", lambda _: span(counters, start, whole, "year"))
    await measure("now: latest value of every series", lambda _: store.latest(SERIAL))


def weigh(database: Database, path: Path, years: int) -> None:
    """Print how much room everything takes."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    sizes = {}
    with database.reading() as connection:
        for table in (AXIS, CHUNK, ROLLUP):
            rows, size = connection.execute(select(func.count(), func.sum(func.length(table.c.body)))).one()
            sizes[table.name] = size
            print(f"{table.name:<11} {rows:,} rows, {size / 1e6:.1f} MB packed")
    kept = min(KEPT, years * 365)
    whole = path.stat().st_size
    raw = whole * (sizes["chunk"] + sizes["axis"]) / sum(sizes.values())
    print(f"file        {whole / 1e6:.1f} MB for {years} years, {kept} days of samples")
    samples, rollups = raw / kept * 365 / 1e6, (whole - raw) / years / 1e6
    print(f"a year      {samples + rollups:.1f} MB: samples {samples:.1f}, roll-ups {rollups:.1f}")


async def run(years: int, folder: Path) -> None:
    """Do everything."""
    async with await Store.open(folder, clock=lambda: START + MONTH * DAY) as store:
        values = await write_month(store)
    database = open_database(locate(folder))
    with database.reading() as connection:
        series = series_of(connection, 1)
        count = sum(
            len(run.at)
            for day in range(MONTH + 1)
            for run in read_chunks(connection, series, START // DAY + day, START // DAY + day).values()
        )
        size = sum(connection.execute(select(func.sum(func.length(one.c.body)))).scalar_one() for one in (AXIS, CHUNK))
    assert database.path is not None
    grown = database.path.stat().st_size
    print(f"file        {grown / 1e6:.1f} MB after {MONTH} days: {grown / MONTH * 365 / 1e6:.1f} MB a year")
    print(f"kept        {count:,} samples of {values:,} values: {size / count:.2f} bytes a sample")
    began = time.perf_counter()
    lay_down(database, years)
    print(f"laid down   {years} years in {time.perf_counter() - began:.0f} s")
    path = database.path
    assert path is not None
    weigh(database, path, years)
    database.engine.dispose()


async def ask_of(years: int, folder: Path) -> None:
    """Ask everything of what was laid down."""
    gc.freeze()  # as the service does once it is loaded
    async with await Store.open(folder, clock=lambda: START + MONTH * DAY) as store:
        await ask_all(store, years)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=10, help="how many, from 2")
    parser.add_argument("--folder", type=Path, help="where the database is left; a temporary one by default")
    parser.add_argument("--ask", action="store_true", help="only ask, of what an earlier run left in the folder")
    given = parser.parse_args()
    if given.years < 2:
        parser.error("questions are asked of two years at least")
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if given.ask:
            asyncio.run(ask_of(given.years, folder))
            return
        asyncio.run(run(given.years, folder))
        again = (sys.executable, __file__, "--ask", "--years", str(given.years), "--folder", str(folder))
        subprocess.run(again, check=True)  # noqa: S603 - ourselves


if __name__ == "__main__":
    main()
