"""The past of a site that does not exist: its truth, told as if it had been read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from heliograph import protocol
from heliograph.emulator.families import build
from heliograph.emulator.gateway import SimulatedGateway
from heliograph.emulator.site.books import Books as SiteBooks
from heliograph.emulator.site.world import Moment
from heliograph.ledger import Books, Settings, advance
from heliograph.model import METRICS, Equipment, Facts, Reading, Snapshot, Subject, Value
from heliograph.protocol import Answer

SEED: Final = 7
DEVICES: Final = 900
"""Seconds between two made readings of inverters and batteries: the longest silence that is no gap."""
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
    """Return what the house used as a reader of the meters reckons it: what inverters draw by night is not told."""
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
        """Yield what was after `start` until `end`, devices every so many seconds."""
        at = start - start % step + step
        while at <= end:
            yield self._snapshot(at, devices=devices is not None and at % devices == 0)
            at += step

    @property
    def settings(self) -> Settings:
        """How its accounts are kept."""
        return Settings(zone=ZoneInfo(self.facts.timezone or str(self.source.plan.zone)))

    def books(self, start: float, end: float) -> Books:
        """Open the books of a moment from one look an hour at the days before it."""
        kept = Books(serial=self.source.serial)
        for snapshot in self.snapshots(max(start, end - 9 * _DAY), end, step=_HOUR, devices=None):
            kept = advance(kept, snapshot, snapshot.at, self.settings).books
        return kept

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
    """Return a piece of equipment with these values, as far as it has them."""
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


def books(family: str, start: float, end: float) -> Books:
    """Open the books that a month of reading would have left."""
    return Past.of(family, start).books(start, end)
