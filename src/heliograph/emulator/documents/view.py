"""What the writers of documents look at: one site at one second, through one firmware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from heliograph.emulator.dialect import Dialect
from heliograph.emulator.site.books import Books
from heliograph.emulator.site.noise import chance
from heliograph.emulator.site.plan import Battery, Condition, Inverter, Measurement, Plan, Storage
from heliograph.emulator.site.world import Moment, World

_INTERVAL = 900
"""Seconds an inverter averages over."""
_RECENT = 1200
"""Seconds after which a report no longer means that the inverter communicates."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an inverter last said."""

    inverter: Inverter
    time: int
    """0 when it never did."""
    duration: int
    joules: int
    """Since its commissioning."""
    interval_joules: int
    watts: int
    today: int
    yesterday: int
    week: int
    communicating: bool

    @property
    def producing(self) -> bool:
        """Return whether it gives power."""
        return self.communicating and self.watts > 0


@dataclass(frozen=True, slots=True)
class Live:
    """Whether the live stream runs, and until when."""

    enabled: bool = False
    meters: Mapping[str, object] | None = None
    """The last meters shown; they stay while the stream is off."""


@dataclass
class View:
    """One moment of one site, with everything that several documents need computed at most once."""

    serial: str
    part: str
    plan: Plan
    dialect: Dialect
    world: World
    moment: Moment
    memory: dict[str, Any] = field(default_factory=dict)
    """What lies remember from one answer to the next."""
    reset_delay: int = 0
    """Seconds after midnight during which `today` still means yesterday."""
    offset: Books | None = None
    """What a gateway that was put in later has not counted."""
    grid: bool = True
    """Whether the grid is there."""
    live: Live = field(default_factory=Live)

    @property
    def by_radio(self) -> bool:
        """Return whether the controller is reached by ZigBee: there is a radio stick."""
        return self.plan.radio is not None and self.plan.controller is not None

    @property
    def now(self) -> int:
        """The second of this moment."""
        return self.moment.time

    @property
    def clock(self) -> datetime:
        """The gateway's local time."""
        return datetime.fromtimestamp(self.now, self.plan.zone)

    def counted(self, books: Books) -> Books:
        """Return books as this gateway knows them."""
        if self.offset is None:
            return books
        less = books.minus(self.offset)
        return Books.of(less.time, ([max(0, value) for value in counter] for counter in less[1:7]), books.suns)

    @cached_property
    def books(self) -> Books:
        """The counters now."""
        return self.counted(self.moment.books)

    @cached_property
    def midnight(self) -> Books:
        """The counters when the day began, as far as the gateway has noticed."""
        return self.counted(self.world.days[-2 if self._late else -1])

    @property
    def _late(self) -> bool:
        return self.now - self.world.days[-1].time < self.reset_delay

    @cached_property
    def week_ago(self) -> Books:
        """The counters seven midnights before the last."""
        return self.counted(self.world.days[max(0, len(self.world.days) - 8)])

    @cached_property
    def quarters(self) -> tuple[Books, Books]:
        """The counters at the last two quarters of an hour, the latest last."""
        before, after = self.world.quarters
        return self.counted(before), self.counted(after)

    def measures(self, measurement: Measurement) -> bool:
        """Return whether this site has a measurement."""
        return self.plan.measures(measurement)

    @cached_property
    def has_production_meter(self) -> bool:
        """Return whether a production CT is enabled."""
        return self.measures(Measurement.PRODUCTION)

    @cached_property
    def has_consumption_meter(self) -> bool:
        """Return whether a consumption CT of either kind is enabled."""
        return self.measures(Measurement.NET) or self.measures(Measurement.TOTAL)

    @cached_property
    def reports(self) -> tuple[Report, ...]:
        """The last report of every inverter, retired ones too, in the order of the lists."""
        return tuple(self.report(inverter) for inverter in self.plan.inverters)

    @cached_property
    def active(self) -> tuple[Report, ...]:
        """The last reports of those that are not retired."""
        return tuple(each for each in self.reports if each.inverter.condition is not Condition.RETIRED)

    @cached_property
    def daylight(self) -> bool:
        """Return whether any inverter is awake."""
        return any(each.communicating for each in self.active)

    @cached_property
    def _marks(self) -> tuple[Books, Books, Books]:
        """The books at the last midnight, the one before, and a week earlier, as far as the gateway has noticed."""
        days, late = self.world.days, self._late
        return days[-1 - late], days[-2 - late], days[max(-8 - late, -len(days))]

    def report(self, inverter: Inverter) -> Report:
        """Return the last report of one inverter."""
        world = self.world
        if inverter.condition is Condition.RETIRED:
            last = inverter.commissioned + 300 * 86400
            return Report(inverter, last, 0, world.past.joules(inverter, 0.0), 0, 0, 0, 0, 0, communicating=False)
        last = world.last_report(inverter, self.now, self.dialect.report_interval)
        duration = _INTERVAL + int(chance(self.plan.seed + inverter.number, last // 60) * 25)
        joules = self._joules(inverter, world.sun_at(inverter, last))
        interval = joules - self._joules(inverter, world.sun_at(inverter, last - duration))
        marks = [min(joules, self._joules(inverter, books.suns[inverter.slope])) for books in self._marks]
        return Report(
            inverter,
            last,
            duration,
            joules,
            interval,
            interval // duration,
            (joules - marks[0]) // 3600,
            (marks[0] - marks[1]) // 3600,
            (joules - marks[2]) // 3600,
            communicating=self.now - last <= max(_RECENT, 2 * self.dialect.report_interval),
        )

    def _joules(self, inverter: Inverter, sun: float) -> int:
        joules = self.world.past.joules(inverter, sun)
        if self.offset is not None:
            joules = max(0, joules - self.world.past.joules(inverter, self.offset.suns[inverter.slope]))
        return joules

    @cached_property
    def joules(self) -> int:
        """The lifetime of all commissioned inverters."""
        return sum(each.joules for each in self.active)

    @cached_property
    def watts(self) -> int:
        """The last reported powers of those that communicate."""
        return sum(each.watts for each in self.active if each.communicating)

    def energy(self, battery: Battery) -> float:
        """Return the charge of one battery as a share; all of them, weighted by capacity, give the site's."""
        charge = self.moment.charge
        return min(1.0, max(0.0, charge + battery.lean * 4 * charge * (1 - charge)))

    def power(self, battery: Battery) -> int:
        """Return the power of one battery in mW, positive when discharging: its part by rating."""
        return round(sum(self.moment.battery) * battery.model.rating / self.world.rating)

    def temperature(self, battery: Battery) -> int:
        """Return the hottest cell in °C."""
        load = abs(self.power(battery)) / 1000 / battery.model.rating
        return round(19 + 9 * load + 3 * chance(self.plan.seed + 41, battery.number))

    def stored(self, storage: Storage) -> float:
        """Return the energy in the batteries of one family, in Wh."""
        return sum(self.energy(each) * each.model.capacity for each in self.plan.kept(storage))
