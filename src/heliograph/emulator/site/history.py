"""The past of a site, by formula: what its counters show for the years before it was first simulated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import pi, sin

from heliograph.emulator.site.books import Books
from heliograph.emulator.site.plan import Condition, Inverter, Plan

SUN_A_DAY = 11_340.0
"""Seconds at full output that the mean day of a year has: 1150 hours a year."""
_SWING = 0.6
"""By how much a day of midsummer exceeds that at 45 degrees from the equator; in winter it falls short as much."""
_YEAR = 31_556_925.2
_JUNE_SOLSTICE = 961_552_080
_RETIRED_DAYS = 300
"""How long a retired inverter had worked."""
_CYCLES_A_DAY = 0.55
_ROUND_TRIP = 0.9
_SELF_USE = 0.5
"""The most of the production that was used as it came."""


@dataclass(frozen=True, slots=True)
class Past:
    """The years behind a plan: smooth ones, in which every day of the year is the same every year."""

    plan: Plan
    use: float
    """Mean power of the house, in W."""
    night_draw: float
    """W by phase."""

    @property
    def _swing(self) -> float:
        return _SWING * max(-1.0, min(1.0, self.plan.latitude / 45.0))

    def sun(self, time: float) -> float:
        """Return the seconds at full output that a slope had seen by a time; it never falls."""
        if time <= self.plan.commissioned:
            return 0.0
        begin, end = (2 * pi * (each - _JUNE_SOLSTICE) / _YEAR for each in (self.plan.commissioned, time))
        days = (time - self.plan.commissioned) / 86400.0
        return SUN_A_DAY * (days + self._swing * _YEAR / (2 * pi * 86400.0) * (sin(end) - sin(begin)))

    def joules(self, inverter: Inverter, sun: float) -> int:
        """Return what an inverter has produced in its life once its slope has seen so much sun."""
        if inverter.condition is Condition.RETIRED:
            return int(inverter.power * SUN_A_DAY * _RETIRED_DAYS)
        return int(inverter.power * max(0.0, sun - self.sun(inverter.commissioned)))

    def books(self, time: float, silent: Mapping[str, float]) -> Books:
        """Return the counters at a time, in which the silent inverters had seen no more than their sun."""
        plan, phases, sun = self.plan, self.plan.wiring.phases, self.sun(time)
        days = max(0.0, time - plan.commissioned) / 86400.0
        capacity = sum(battery.model.capacity for battery in plan.batteries)
        received = int(self.night_draw * 12 * days * 1000)
        charged = int(capacity * _CYCLES_A_DAY * days * 1000 / phases)
        discharged = int(charged * _ROUND_TRIP)
        used = int(self.use * 24 * days * 1000 / phases)
        working = self._energies(plan.active, sun, silent)
        retired = self._energies((each for each in plan.inverters if each.condition is Condition.RETIRED), sun, silent)
        # What was used at once is less than was used in all, on any day of the year: neither counter ever fell.
        most = max(1.0, sum(each.power for each in plan.active) * SUN_A_DAY * (1 + abs(self._swing)) / 3600)
        share = min(_SELF_USE, 0.8 * self.use * 24 / most)
        at_once = [int(energy * share) for energy in working]
        return Books.of(
            int(time),
            (
                [energy + older for energy, older in zip(working, retired, strict=True)],
                [received] * phases,
                [used - direct + received + charged - discharged for direct in at_once],
                [energy + older - direct for energy, older, direct in zip(working, retired, at_once, strict=True)],
                [discharged] * phases,
                [charged] * phases,
            ),
            [sun] * len(plan.slopes),
        )

    def _energies(self, inverters: Iterable[Inverter], sun: float, silent: Mapping[str, float]) -> list[int]:
        """Sum what inverters have produced, in mWh by phase."""
        phases = self.plan.wiring.phases
        energies = [0.0] * phases
        for inverter in inverters:
            energy = self.joules(inverter, min(sun, silent.get(inverter.serial, sun))) / 3.6
            for phase in range(phases):
                energies[phase] += energy / phases if inverter.phase is None else energy * (inverter.phase == phase)
        return [int(energy) for energy in energies]
