"""A site's life in raw snapshots: sun, load, battery and counters, with the truth beside them and lies on request."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from heliograph.model import METRICS, Equipment, Identity, Reading, Reason, Snapshot, Subject

PARIS = ZoneInfo("Europe/Paris")
SPRING = datetime(2026, 3, 20, tzinfo=PARIS).timestamp()
AUTUMN = datetime(2026, 10, 15, tzinfo=PARIS).timestamp()
WRAP = 2**32 / 3600
SERIAL = "122300000001"
GATEWAY = Identity(SERIAL, "D8.3.5169", "800-00654-r08", "192.0.2.1")

SYSTEM = {metric.key: metric for metric in METRICS.values() if metric.subject is Subject.SYSTEM}
INVERTER = {metric.key: metric for metric in METRICS.values() if metric.subject is Subject.INVERTER}
ENERGIES = ("production", "consumption", "import", "export", "charged", "discharged")

Values = dict[str, float | int | str]


@dataclass(frozen=True)
class Lie:
    """What a gateway says wrong, from one moment to another."""

    name: str
    start: float
    end: float
    tell: Callable[["Life", Values, dict[str, str]], None]


@dataclass
class Life:
    """One site. `live` moves it on; `snapshot` says what its gateway says."""

    at: float
    zone: tzinfo = PARIS
    inverters: int = 6
    peak: float = 400.0
    battery: float = 0.0
    """Capacity, Wh; 0 = none."""
    meter: bool = True
    storage_meter: bool = True
    """Without one the gateway counts as consumed what the battery keeps, and has no day of it."""
    own_energy: bool = True
    cadence: float = 300.0
    truth: dict[str, float] = field(
        default_factory=lambda: {
            "production": 9_000_123.4,
            "consumption": 15_000_432.1,
            "import": 9_500_321.7,
            "export": 3_500_012.9,
            "charged": 800_456.3,
            "discharged": 700_765.8,
        }
    )
    power: dict[str, float] = field(default_factory=dict)
    level: float = 50.0
    lies: Sequence[Lie] = ()
    stopped: set[int] = field(default_factory=set)
    telling: Lie | None = None
    """The lie that is being told."""
    memory: dict[str, float] = field(default_factory=dict)
    """Where lies remember."""

    def __post_init__(self) -> None:
        start = self.truth
        start["consumption"] = start["production"] + start["import"] - start["export"]
        if self.battery and self.storage_meter:
            start["consumption"] += start["discharged"] - start["charged"]
        share = self.truth["production"] / self.inverters
        self.energies = [share] * self.inverters
        self.reports: list[tuple[float, float, float]] = [(0.0, 0.0, share)] * self.inverters
        self.stored = self.truth["charged"] - self.truth["discharged"]
        self.marks: dict[int, dict[str, float]] = {}
        self.spans: dict[int, float] = {}
        self._turn(self._ordinal())
        self._flow(0.0)
        self._devices: tuple[float, tuple[Equipment, ...]] = (0.0, ())

    def _ordinal(self) -> int:
        return datetime.fromtimestamp(self.at, self.zone).toordinal()

    def _turn(self, ordinal: int) -> None:
        """A new local day: counters at its midnight, and when the next one comes."""
        self.today = ordinal
        self.marks[ordinal] = dict(self.truth)
        day = datetime.fromordinal(ordinal + 1)
        self.end = datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp()
        self.start = self.at

    def live(self, seconds: float) -> None:
        """Let time pass; midnight is met exactly."""
        until = self.at + seconds
        while self.at < until:
            step = min(until, self.end, self.at + 300.0) - self.at
            self.at += step
            self._flow(step)
            if self.at >= self.end:
                self._turn(self.today + 1)

    def sun(self, at: float) -> float:
        """Share of the modules' power, 0 at night; cloudier on some days and minutes than on others."""
        hour = (at % 86400.0) / 3600 + 0.3
        season = math.cos((at / 86400.0 - 172) / 365.25 * math.tau)
        half = 6.0 + 2.0 * season
        height = math.cos((hour - 12.3) / half * math.pi / 2) if abs(hour - 12.3) < half else 0.0
        cloud = 0.55 + 0.4 * math.sin(at // 86400 * 2.7) * 0.6 + 0.15 * math.sin(at / 700) + 0.05 * math.sin(at / 91)
        return height * min(1.0, max(0.08, cloud))

    def load(self, at: float) -> float:
        hour = (at % 86400.0) / 3600
        evening = 900 * math.exp(-((hour - 19) ** 2) / 4) + 500 * math.exp(-((hour - 7) ** 2) / 2)
        return 260 + evening + 120 * math.sin(at / 1300) + 30 * math.sin(at / 67)

    def _flow(self, seconds: float) -> None:
        sun, load = self.sun(self.at), self.load(self.at)
        production = 0.0
        for index in range(self.inverters):
            watts = 0.0 if index in self.stopped else sun * self.peak * (0.97 + 0.01 * (index % 5))
            production += watts
            self.energies[index] += watts * seconds / 3600
            turn = self.at + 37 * index
            if watts > 3.0 and turn // self.cadence != (turn - seconds) // self.cadence:
                before, _, energy = self.reports[index]
                hours = (self.at - before) / 3600
                mean = (self.energies[index] - energy) / hours if hours <= self.cadence / 1800 else watts
                self.reports[index] = (self.at, mean, self.energies[index])
        battery = self._battery(production, load, seconds)
        net = load - production - battery
        flows = {
            "production": production, "consumption": load, "import": max(0.0, net), "export": max(0.0, -net),
            "charged": max(0.0, -battery), "discharged": max(0.0, battery),
        }  # fmt: skip
        for key, watts in flows.items():
            self.truth[key] += watts * seconds / 3600
        self.power = {"production": production, "consumption": load, "net": net, "battery": battery}

    def _battery(self, production: float, load: float, seconds: float) -> float:
        if not self.battery:
            return 0.0
        surplus = production - load
        if surplus > 100 and self.level < 98:
            watts = -min(surplus, 2500.0)
        elif surplus < -100 and self.level > 12:
            watts = min(-surplus, 2500.0)
        else:
            watts = 0.0
        self.level -= watts * seconds / 36 / self.battery
        return watts

    def day(self, key: str) -> float:
        """True energy of the present local day."""
        return self._net(self.truth, key) - self._net(self.marks[self.today], key)

    def week(self, key: str) -> float | None:
        """True energy of today and the six days before, where it was lived through."""
        mark = self.marks.get(self.today - 6)
        return None if mark is None else self._net(self.truth, key) - self._net(mark, key)

    def lifetime(self, key: str) -> float:
        """True energy since commissioning."""
        return self._net(self.truth, key)

    def _net(self, energies: dict[str, float], key: str) -> float:
        return energies["import"] - energies["export"] if key == "net" else energies[key]

    def system(self) -> tuple[Values, dict[str, str]]:
        """What an honest gateway says of the system, and where it says it."""
        truth, power = self.truth, self.power
        values: Values = {
            "inverter_count": self.inverters,
            "production_power": round(power["production"], 3),
            "production_lifetime": round(truth["production"], 3),
            "production_today": round(self.day("production"), 3),
            "production_7_days": round(truth["production"] - self.marks.get(self.today - 6, {}).get(
                "production", self.marks[min(self.marks)]["production"] - 10_000.0 * self.inverters), 3),
        }  # fmt: skip
        sources = dict.fromkeys(values, "/production.json production.eim")
        if self.meter:
            values |= {
                "consumption_power": round(power["consumption"], 3),
                "consumption_lifetime": round(truth["consumption"], 3),
                "consumption_today": round(self.day("consumption"), 3),
                "net_power": round(power["net"], 3),
                "net_lifetime": round(truth["import"] - truth["export"], 3),
                "import_lifetime": round(truth["import"], 3),
                "export_lifetime": round(truth["export"], 3),
            }
        if self.battery:
            values |= {"battery_count": 1, "battery_power": power["battery"], "battery_level": int(self.level)}
            if self.storage_meter:
                values |= {
                    "charged_lifetime": round(truth["charged"], 3),
                    "discharged_lifetime": round(truth["discharged"], 3),
                }
            elif self.meter:
                kept = truth["charged"] - truth["discharged"] - self.stored
                values["consumption_lifetime"] = round(truth["consumption"] + kept, 3)
                del values["consumption_today"]
        return values, sources

    def panels(self) -> tuple[Equipment, ...]:
        """The inverters, as read every five minutes."""
        if self.at - self._devices[0] >= 299 or not self._devices[1]:
            self._devices = (self.at, tuple(self._panel(index) for index in range(self.inverters)))
        return self._devices[1]

    def _panel(self, index: int) -> Equipment:
        report, watts, energy = self.reports[index]
        source = "/api/v1/production/inverters"
        values = {
            "power": Reading(INVERTER["power"], round(watts), report or self.at, source),
            "max_power": Reading(INVERTER["max_power"], round(self.peak), self.at, source),
            "producing": Reading(INVERTER["producing"], value=watts > 0, at=self.at, source=source),
        }
        if report:
            values["last_report"] = Reading(INVERTER["last_report"], int(report), self.at, source)
        if self.own_energy:
            values["energy_lifetime"] = Reading(INVERTER["energy_lifetime"], energy, self.at, "device_data")
        absent = {} if report else {"last_report": Reason("never_reported")}
        return Equipment(Subject.INVERTER, f"1219{index:08}", values, absent)

    def snapshot(self) -> Snapshot:
        """What the gateway says now, lies included."""
        values, sources = self.system()
        for lie in self.lies:
            if lie.start <= self.at < lie.end:
                self.telling = lie
                lie.tell(self, values, sources)
        default = "/production.json"
        readings = {
            key: Reading(SYSTEM[key], value, self.at, sources.get(key, default)) for key, value in values.items()
        }
        absent = {} if self.meter else {"consumption_lifetime": Reason("no_consumption_meter")}
        system = Equipment(Subject.SYSTEM, SERIAL, readings, absent)
        return Snapshot(GATEWAY, self.at, (system, *self.panels()))


def polls(life: Life, days: float, every: float = 60.0, away: Sequence[tuple[float, float]] = ()) -> Iterator[Snapshot]:
    """Live through some days and give every snapshot, but for the times when nobody could ask."""
    until = life.at + days * 86400
    while life.at < until:
        life.live(every)
        if not any(start <= life.at < end for start, end in away):
            yield life.snapshot()
