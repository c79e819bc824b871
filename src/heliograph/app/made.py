"""A month of history of a site that does not exist: its truth, written as if every minute of it had been read."""

import argparse
import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from heliograph import protocol
from heliograph.emulator.families import build
from heliograph.emulator.gateway import SimulatedGateway
from heliograph.emulator.site.books import Books as SiteBooks
from heliograph.emulator.site.world import Moment
from heliograph.ledger import Books, Settings, advance, decode, encode
from heliograph.model import METRICS, Equipment, Facts, Reading, Snapshot, Subject, Value
from heliograph.protocol import Answer
from heliograph.store import Settings as StoreSettings
from heliograph.store import Store

SEED: Final = 7
STEP: Final = 180
"""Seconds between two made readings of the system: the longest silence that is no gap."""
DEVICES: Final = 900
"""The same of inverters and batteries."""
_AT_ONCE: Final = 500
"""Readings on their way to the database at a time."""
_DAY: Final = 86_400.0
_HOUR: Final = 3600.0
_NOON: Final = 43_200.0
_IDLE: Final = 15.0
"""W under which a battery rests."""


def build_site(family: str, start: float) -> SimulatedGateway:
    """Build the site; the same arguments give the same site."""
    return build(family, start=start, seed=SEED)


def _watts(phases: tuple[int, ...]) -> float:
    return sum(phases) / 1000


def _used(books: SiteBooks) -> tuple[int, ...]:
    """Give what the house used as a reader of the meters reckons it: what inverters draw by night is not told."""
    return tuple(a + b for a, b in zip(books.consumed, books.received, strict=True))


_SYSTEM: Final[Mapping[str, Callable[[Moment], float]]] = {
    "production_power": lambda now: _watts(now.production),
    "consumption_power": lambda now: _watts(now.consumption),
    "net_power": lambda now: _watts(now.net),
    "battery_power": lambda now: _watts(now.battery),
    "battery_level": lambda now: round(100 * now.charge, 1),
    "production_lifetime": lambda now: _watts(now.books.delivered),
    "consumption_lifetime": lambda now: _watts(_used(now.books)),
    "import_lifetime": lambda now: _watts(now.books.imported),
    "export_lifetime": lambda now: _watts(now.books.exported),
    "charged_lifetime": lambda now: _watts(now.books.charged),
    "discharged_lifetime": lambda now: _watts(now.books.discharged),
}
"""What is known of the system at any moment, by metric."""
_PHASE: Final[Mapping[str, Callable[[Moment, int], float]]] = {
    "production_power": lambda now, phase: now.production[phase] / 1000,
    "consumption_power": lambda now, phase: now.consumption[phase] / 1000,
    "net_power": lambda now, phase: now.net[phase] / 1000,
    "voltage": lambda now, phase: now.voltages[phase] / 1000,
}


@dataclass(slots=True)
class Past:
    """The past of a site, told in the words in which its gateway speaks now."""

    source: SimulatedGateway
    facts: Facts
    spoken: Snapshot
    """What the gateway says on a bright day: which values there are, and where they come from."""

    @classmethod
    def of(cls, family: str, start: float) -> "Past":
        """Interview the gateway at its first noon."""
        zone = build_site(family, start).plan.zone
        noon = start + (_NOON - _seconds_of_day(start, zone)) % _DAY
        facts, spoken = _interviewed(build_site(family, start), noon)
        return cls(build_site(family, start), facts, spoken)

    def snapshots(self, start: float, end: float, *, step: float, devices: float | None) -> Iterator[Snapshot]:
        """Tell what was from `start` until `end`, devices every so many seconds."""
        at = start - start % step + step
        while at < end:
            yield self._snapshot(at, devices=devices is not None and at % devices == 0)
            at += step

    def _snapshot(self, at: float, *, devices: bool) -> Snapshot:
        now = self.source.world.at(at)
        equipment = [self._system(now, at), *self._phases(now, at)]
        if devices:
            equipment += self._devices(at)
        return Snapshot(self.spoken.gateway, at, tuple(equipment))

    def _system(self, now: Moment, at: float) -> Equipment:
        system = self.spoken.system
        values: dict[str, Value] = {key: tell(now) for key, tell in _SYSTEM.items()}
        power = _watts(now.battery)
        values["battery_state"] = "idle" if abs(power) < _IDLE else "discharging" if power > 0 else "charging"
        counts = {key: system.values[key].value for key in ("inverter_count", "battery_count") if key in system.values}
        return _told(system, values | counts, at)

    def _phases(self, now: Moment, at: float) -> Iterator[Equipment]:
        for place, phase in enumerate(self.spoken.of(Subject.PHASE)):
            yield _told(phase, {key: tell(now, place) for key, tell in _PHASE.items()}, at)

    def _devices(self, at: float) -> Iterator[Equipment]:
        truth = self.source.truth(at)
        for one in self.spoken.of(Subject.INVERTER):
            true = truth.inverters.get(one.id)
            if true is None or true.retired:
                continue
            asleep = at - true.last_report > 2 * DEVICES
            # By night an inverter says nothing, and nothing is known of it.
            told: dict[str, Value] = (
                {} if asleep else {"power": round(true.power), "energy_lifetime": true.joules / 3600}
            )
            told |= {"producing": not asleep and true.power > 0, "communicating": true.communicating}
            yield _told(one, told | {"last_report": true.last_report}, at)
        for one in self.spoken.of(Subject.BATTERY):
            battery = truth.batteries.get(one.id)
            if battery is not None:
                yield _told(
                    one,
                    {
                        "power": battery.power,
                        "level": round(battery.state_of_charge),
                        "max_temperature": battery.maximum_temperature,
                        "temperature": battery.maximum_temperature,
                    },
                    at,
                )


def _told(one: Equipment, values: Mapping[str, Value], at: float) -> Equipment:
    """Say these values of a piece of equipment, as far as it speaks of them."""
    readings = {
        key: Reading(METRICS[f"{one.subject}.{key}"], value, at, known.source, known.quality)
        for key, value in values.items()
        if (known := one.values.get(key)) is not None
    }
    return replace(one, values=readings, absent={})


def _interviewed(source: SimulatedGateway, at: float) -> tuple[Facts, Snapshot]:
    def ask(target: str) -> Answer:
        answer = source.answer("GET", target, b"", at)
        return protocol.answer(target, answer.status, answer.body, at)

    answers = {"/info": ask("/info")}
    facts = protocol.identify(answers["/info"], source.serial)
    while (target := protocol.next_question(facts, answers)) is not None:
        answers[target] = ask(target)
    facts, plan = protocol.conclude(facts, answers)
    snapshot, facts = protocol.read(facts, plan.opening(answers), host=source.serial, at=at)
    return facts, snapshot


def _seconds_of_day(at: float, zone: ZoneInfo) -> float:
    local = datetime.fromtimestamp(at, zone)
    return local.hour * 3600 + local.minute * 60 + local.second


def _settings(past: Past) -> Settings:
    return Settings(zone=ZoneInfo(past.facts.timezone or str(past.source.plan.zone)))


def books(family: str, start: float, end: float) -> Books:
    """Open the books that a month of reading would have left, from one look an hour over its last days."""
    past = Past.of(family, start)
    kept, settings = Books(serial=past.source.serial), _settings(past)
    for snapshot in past.snapshots(max(start, end - 9 * _DAY), end, step=_HOUR, devices=None):
        kept = advance(kept, snapshot, snapshot.at, settings).books
    return kept


async def write(folder: Path, family: str, start: float, end: float) -> int:
    """Write the history of a site into a data folder, from where it ends so far; give how many readings that made."""
    past = Past.of(family, start)
    settings = _settings(past)
    serial, zone = past.source.serial, str(settings.zone)
    waiting: list[asyncio.Future[None]] = []
    count = 0
    async with await Store.open(folder, StoreSettings(zone=zone)) as store:
        known = next((one for one in await store.gateways() if one.serial == serial), None)
        before = await store.load_books(serial)
        kept = Books(serial=serial) if before is None else decode(before)
        begin = start if known is None else known.last
        for snapshot in past.snapshots(begin, end, step=STEP, devices=DEVICES):
            trusted = advance(kept, snapshot, snapshot.at, settings)
            kept = trusted.books
            count += 1
            # Books are large; the latest ones are enough.
            books_now = encode(kept) if count % _AT_ONCE == 0 or snapshot.at + STEP >= end else None
            waiting.append(store.post(trusted.snapshot, zone=zone, books=books_now))
            if len(waiting) >= _AT_ONCE:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    return count


def main(arguments: list[str] | None = None) -> None:
    """Write a history from the command line: a process of its own keeps the service free meanwhile."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("family")
    parser.add_argument("start", type=float)
    parser.add_argument("end", type=float)
    given: Any = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(write(given.folder, given.family, given.start, given.end))


if __name__ == "__main__":
    main()
