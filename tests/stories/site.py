"""A house with solar panels as it truly is: sun, load, battery, and the energy of each flow; nothing is measured here.

Everything is in W, Wh and seconds; times are epoch seconds UTC.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random
from zoneinfo import ZoneInfo

COUNTERS = ("production", "consumption", "import", "export", "charged", "discharged")
STEP = 60.0
"""The longest time over which powers are taken to be constant."""


def midnight_after(at: float, zone: tzinfo) -> float:
    """Return the next local midnight."""
    day = datetime.fromtimestamp(at, zone).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


@dataclass
class Site:
    """One house. `live` lets time pass."""

    seed: int
    at: float
    zone: ZoneInfo
    inverters: int = 12
    panel: float = 400.0
    """The most that one inverter delivers."""
    daylight: float = 13.0
    """Hours between sunrise and sunset; 0 = polar night."""
    battery: float = 0.0
    """Capacity; 0 = none."""
    load: float = 1.0
    """Scales what the house consumes; 1 = some 10 kWh a day."""
    steady: bool = False
    """The sun is a constant by day and the load a constant for ever."""
    other: float = 0.0
    """The highest power of panels of another make behind the consumption meter."""
    energies: dict[str, float] = field(default_factory=dict)
    """True energy of each flow since commissioning."""
    powers: dict[str, float] = field(default_factory=dict)
    """Power of each flow at this moment, and `net` (+ = import) and `battery` (+ = discharging)."""

    def __post_init__(self) -> None:
        random = Random(self.seed)  # noqa: S311 - chance, not secrecy
        self.phases = [random.uniform(0, math.tau) for _ in range(8)]
        each = random.uniform(700e3, 1100e3)
        made = each * self.inverters
        taken, sent = random.uniform(2e6, 20e6), random.uniform(0.2, 0.6) * made
        charged = random.uniform(0.5e6, 2e6) if self.battery else 0.0
        given = 0.9 * charged
        start = {"production": made, "import": taken, "export": sent, "charged": charged, "discharged": given}
        self.energies = start | {"consumption": made + taken - sent + given - charged}
        self.level = random.uniform(30, 70)
        offset = datetime.fromtimestamp(self.at, self.zone).utcoffset() or timedelta()
        self.noon = (13.0 - offset.total_seconds() / 3600) % 24
        self.yield_hours = 0.0
        """Hours at full power since the beginning, of every inverter alike."""
        self._times, self._yields = [self.at], [0.0]
        self._begin_day()
        self._flow(0.0)

    def _begin_day(self) -> None:
        self.date = datetime.fromtimestamp(self.at, self.zone).date().isoformat()
        self.midnight = midnight_after(self.at, self.zone)
        self.marks = dict(self.energies)
        """True energies when the present local day began."""

    @property
    def peak(self) -> float:
        """All panels together, W."""
        return self.inverters * self.panel

    def sun(self, at: float) -> float:
        """Return the share of full power, 0 by night."""
        hour = ((at / 3600 - self.noon + 12) % 24) - 12
        if abs(hour) >= self.daylight / 2:
            return 0.0
        if self.steady:
            return 0.6
        # Where the sun does not set, it does not rise high.
        height = math.cos(hour / self.daylight * math.pi) * (0.5 if self.daylight > 24 else 1.0)
        day, a, b, c = at / 86400, *self.phases[:3]
        cloud = 0.62 + 0.2 * math.sin(2.7 * day + a) + 0.16 * math.sin(at / 811 + b) + 0.1 * math.sin(at / 97 + c)
        return max(0.0, min(1.0, height * max(0.05, cloud)))

    def house(self, at: float) -> float:
        """Return what the house consumes, W."""
        if self.steady:
            return 1000.0 * self.load
        hour = datetime.fromtimestamp(at, self.zone).hour + (at % 3600) / 3600
        evening = 700 * math.exp(-((hour - 19.5) ** 2) / 4) + 400 * math.exp(-((hour - 7.5) ** 2) / 2)
        base = 230 + 60 * math.sin(at / 1700 + self.phases[3]) + 15 * math.sin(at / 41 + self.phases[4])
        slot = int(at // 300)
        kettle = 2000.0 if 6 <= hour < 23 and (slot * 2654435761 + self.seed) % 23 == 0 and at % 300 < 200 else 0.0
        return (base + evening + kettle) * self.load

    def live(self, seconds: float) -> None:
        """Let time pass, at most `STEP` at once and not beyond midnight."""
        self.at += seconds
        self._flow(seconds)
        if self.at >= self.midnight:
            self._begin_day()

    def day(self, counter: str) -> float:
        """Return the true energy of the present local day."""
        return self.energies[counter] - self.marks[counter]

    def _flow(self, seconds: float) -> None:
        middle = self.at - seconds / 2
        sun, load = self.sun(middle), self.house(middle)
        other = self.other * self.sun(middle)
        made = sun * self.peak
        battery = self._battery(made + other - load, seconds)
        net = load - made - battery - other
        flows = {
            "production": made, "consumption": load, "import": max(0.0, net), "export": max(0.0, -net),
            "charged": max(0.0, -battery), "discharged": max(0.0, battery),
        }  # fmt: skip
        for name, power in flows.items():
            self.energies[name] += power * seconds / 3600
        self.powers = flows | {"net": net, "battery": battery}
        self.yield_hours += sun * seconds / 3600
        if seconds:
            self._times.append(self.at)
            self._yields.append(self.yield_hours)

    def _battery(self, surplus: float, seconds: float) -> float:
        if not self.battery:
            return 0.0
        if surplus > 60 and self.level < 98:
            power = -min(surplus, 3800.0)
        elif surplus < -60 and self.level > 10:
            power = min(-surplus, 3800.0)
        else:
            power = 0.0
        self.level -= power * seconds / 36 / self.battery
        return power

    def yielded(self, at: float) -> float:
        """Return the hours at full power of every inverter from the beginning to a moment of the past."""
        index = bisect_right(self._times, at)
        if index == 0:
            return 0.0
        if index == len(self._times):
            return self._yields[-1]
        before, after = self._times[index - 1], self._times[index]
        share = (at - before) / (after - before)
        return self._yields[index - 1] + share * (self._yields[index] - self._yields[index - 1])


def moment(zone: ZoneInfo, year: int, month: int, day: int, hour: float) -> float:
    """Return a local time as epoch seconds."""
    whole = datetime(year, month, day, tzinfo=zone).astimezone(UTC).timestamp()
    return whole + hour * 3600
