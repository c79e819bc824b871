"""The site in time: advances by fixed steps, knows its state at any later second."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from math import inf

from heliograph.emulator.site.books import Books, Phases, split
from heliograph.emulator.site.calendar import start_of_day
from heliograph.emulator.site.history import SUN_A_DAY, Past
from heliograph.emulator.site.household import Household
from heliograph.emulator.site.noise import drift
from heliograph.emulator.site.plan import Condition, Inverter, Plan
from heliograph.emulator.site.sun import Sky

STEP = 300
"""Seconds between two computed moments; in between, powers run straight."""
_NIGHT_DRAW = 0.35
"""W that an inverter and its share of the relay take by night."""
_EFFICIENCY = 0.95
"""Of a battery, each way."""
_IDLE = 15.0
"""W under which a battery rests."""
_SILENCE = 9 * 86400
"""Seconds since a dead inverter was last heard, at the start."""
_TO_MILLIWATTHOURS = STEP / 3.6


@dataclass(frozen=True, slots=True)
class Node:
    """The powers at one computed moment, in W."""

    time: int
    shares: list[float]
    production: list[float]
    net: list[float]
    battery: float
    """By phase; positive when discharging."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The whole truth of one second. Powers in mW by phase, so that sums are exact."""

    time: int
    books: Books
    production: Phases
    net: Phases
    battery: Phases
    voltages: Phases
    """mV."""
    frequency: float
    stored: float
    """Energy in the batteries, Wh."""
    charge: float
    """The same as a share of their capacity; 0 without batteries."""

    @property
    def consumption(self) -> Phases:
        """The power the house uses."""
        return tuple(a + b + c for a, b, c in zip(self.production, self.net, self.battery, strict=True))


@dataclass(slots=True)
class _Sunlit:
    """The day of one slope: when it woke and slept, and its last minutes of light."""

    times: deque[int]
    suns: deque[float]
    shares: deque[float]
    woke: float = -inf
    slept: float = -inf
    slept_before: float = -inf

    def note(self, here: int, share: float, following: float, sun: float) -> None:
        """Take in the step that begins here."""
        if share == 0.0 and following == 0.0:
            return
        if share == 0.0:
            self.slept_before, self.slept, self.woke = self.slept, inf, here
        elif following == 0.0:
            self.slept = here + STEP
        elif self.slept == -inf:
            # The first step of all, in the light of a midnight sun.
            self.slept, self.woke = inf, here
        if self.times and self.times[-1] == here:
            self.shares[-1] = share
        else:
            self._keep(here, share, sun)
        self._keep(here + STEP, following, sun + (share + following) * STEP / 2)

    def _keep(self, time: int, share: float, sun: float) -> None:
        self.times.append(time)
        self.shares.append(share)
        self.suns.append(sun)

    def sun_at(self, time: float, otherwise: float) -> float:
        """Return the seconds at full output up to a recent time."""
        if not self.times:
            return otherwise
        place = bisect_right(self.times, time) - 1
        if place < 0:
            return self.suns[0]
        seconds = time - self.times[place]
        share = self.shares[place]
        if place + 1 == len(self.times) or self.times[place + 1] - self.times[place] != STEP:
            return self.suns[place]
        slant = (self.shares[place + 1] - share) / STEP
        return self.suns[place] + share * seconds + slant * seconds * seconds / 2


class World:
    """One site from a local midnight before its start on. Deterministic: plan and time give everything."""

    def __init__(self, plan: Plan, start: float, days: int = 1) -> None:
        """Take a plan, the time from which it will be asked, and how many whole days before that are simulated too."""
        self.plan = plan
        self.origin = start_of_day(start, plan.zone, -max(1, days))
        self.sky = Sky(plan.latitude, plan.longitude, plan.seed, plan.slopes)
        self.household = Household(plan.seed, plan.wiring.phases, latitude=plan.latitude)
        self.capacity = float(sum(battery.model.capacity for battery in plan.batteries))
        self.rating = float(sum(battery.model.rating for battery in plan.batteries))
        self.frozen: dict[str, tuple[int, float]] = {}
        """Of each silent inverter: when it was last heard and the sun it had seen by then."""
        self.days: deque[Books] = deque(maxlen=9)
        """The books at the last local midnights, the latest last."""
        self.quarters: deque[Books] = deque(maxlen=2)
        """The books at the last two quarters of an hour."""
        self._lights = [_Sunlit(deque(maxlen=14), deque(maxlen=14), deque(maxlen=14)) for _ in plan.slopes]
        self._tare = _NIGHT_DRAW * (len(plan.active) + len(plan.relays)) / plan.wiring.phases
        self.past = Past(plan, 1.25 * self.household.mean, self._tare)
        """What was before the origin; machines add a quarter to the mean use."""
        self._begin()

    def _begin(self) -> None:
        plan, past = self.plan, self.past
        sun = past.sun(self.origin)
        for inverter in plan.active:
            if inverter.condition is Condition.DEAD:
                heard = self.origin - _SILENCE + inverter.second
                self.frozen[inverter.serial] = (heard, sun - SUN_A_DAY * _SILENCE / 86400)
        self._weigh()
        silent = {serial: seen for serial, (_, seen) in self.frozen.items()}
        midnights = [start_of_day(self.origin, plan.zone, -days) for days in range(8, -1, -1)]
        self.days.extend(past.books(midnight, silent) for midnight in midnights)
        books = self.days[-1]
        self.quarters.extend((books, books))
        self._counters = [list(counter) for counter in books[1:7]]
        self._suns = list(books.suns)
        self._stored_at_origin = self.capacity * 0.5
        self._charged_at_origin = sum(books.charged)
        self._discharged_at_origin = sum(books.discharged)
        self._midnight = self.origin
        self._next_midnight = start_of_day(self.origin, plan.zone, 1)
        self._here = self._node(self.origin, None)
        self._next = self._node(self.origin + STEP, self._here)
        self._note()

    def _weigh(self) -> None:
        """Sum what each slope can give to each phase."""
        phases = self.plan.wiring.phases
        self._weights = [[0.0] * phases for _ in self.plan.slopes]
        for inverter in self.plan.active:
            if inverter.serial not in self.frozen:
                row = self._weights[inverter.slope]
                for phase in range(phases):
                    if inverter.phase is None:
                        row[phase] += inverter.power / phases
                    elif inverter.phase == phase:
                        row[phase] += inverter.power

    # Step by step.

    def _node(self, time: int, before: Node | None) -> Node:
        shares = self.sky.shares(time)
        phases = range(self.plan.wiring.phases)
        if any(shares):
            weights = self._weights
            production = [sum(s * row[p] for s, row in zip(shares, weights, strict=True)) for p in phases]
        else:
            production = [-self._tare for _ in phases]
        loads = self.household.powers(time, time - self._midnight)
        battery = 0.0
        if self.capacity and before is not None:
            battery = self._dispatch(sum(loads) - sum(production), before.battery * len(phases)) / len(phases)
        return Node(time, shares, production, [loads[p] - production[p] - battery for p in phases], battery)

    def _dispatch(self, wish: float, before: float) -> float:
        """Return the power of all batteries at the next node; their limits hold even if stopping takes a whole step."""
        if abs(wish) < _IDLE:
            return 0.0
        stored = self._stored(sum(self._counters[5]), sum(self._counters[4]))
        if wish > 0:
            left = (stored - self.capacity * self.plan.reserve) * _EFFICIENCY * 3600 / STEP
            power = min(wish, self.rating, left - max(before, 0.0) / 2)
            return power if power > _IDLE else 0.0
        room = (self.capacity - stored) / _EFFICIENCY * 3600 / STEP
        power = min(-wish, self.rating, room - max(-before, 0.0) / 2)
        return -power if power > _IDLE else 0.0

    def _stored(self, charged: int, discharged: int) -> float:
        gained = (charged - self._charged_at_origin) * _EFFICIENCY
        lost = (discharged - self._discharged_at_origin) / _EFFICIENCY
        return self._stored_at_origin + (gained - lost) / 1000.0

    def _note(self) -> None:
        here, following = self._here, self._next
        for light, share, after, sun in zip(self._lights, here.shares, following.shares, self._suns, strict=True):
            light.note(here.time, share, after, sun)

    def _advance(self) -> None:
        here, following = self._here, self._next
        self._counters = self._count(1.0)
        for slope, (share, after) in enumerate(zip(here.shares, following.shares, strict=True)):
            self._suns[slope] += (share + after) * STEP / 2
        time = following.time
        if time >= self._next_midnight:
            self._midnight = self._next_midnight
            self._next_midnight = start_of_day(time, self.plan.zone, 1)
            self.days.append(Books.of(time, self._counters, self._suns))
        if time % 900 == 0:
            self.quarters.append(Books.of(time, self._counters, self._suns))
        self._here = following
        self._next = self._node(time + STEP, following)
        self._note()

    def _count(self, part: float) -> list[list[int]]:
        """Return the counters a part of the way through the current step."""
        here, following = self._here, self._next
        delivered, received, imported, exported, discharged, charged = (list(each) for each in self._counters)
        out, back = split(here.battery, following.battery, part)
        out_energy, back_energy = int(out * _TO_MILLIWATTHOURS), int(back * _TO_MILLIWATTHOURS)
        for phase in range(len(delivered)):
            more, less = split(here.production[phase], following.production[phase], part)
            delivered[phase] += int(more * _TO_MILLIWATTHOURS)
            received[phase] += int(less * _TO_MILLIWATTHOURS)
            more, less = split(here.net[phase], following.net[phase], part)
            imported[phase] += int(more * _TO_MILLIWATTHOURS)
            exported[phase] += int(less * _TO_MILLIWATTHOURS)
            discharged[phase] += out_energy
            charged[phase] += back_energy
        return [delivered, received, imported, exported, discharged, charged]

    # What can be asked.

    def at(self, now: float) -> Moment:
        """Advance to a time and give its state; a time of the past gives the earliest moment still at hand."""
        while now >= self._next.time:
            self._advance()
        here, following = self._here, self._next
        time = max(int(now), here.time)
        part = (time - here.time) / STEP
        counters = self._count(part)
        suns = [light.sun_at(time, sun) for light, sun in zip(self._lights, self._suns, strict=True)]
        nominal = self.plan.wiring.voltage
        stored = self._stored(sum(counters[5]), sum(counters[4]))
        battery = round(1000 * (here.battery + (following.battery - here.battery) * part))
        return Moment(
            time=time,
            books=Books.of(time, counters, suns),
            production=tuple(
                round(1000 * (a + (b - a) * part)) for a, b in zip(here.production, following.production, strict=True)
            ),
            net=tuple(round(1000 * (a + (b - a) * part)) for a, b in zip(here.net, following.net, strict=True)),
            battery=(battery,) * len(here.net),
            voltages=tuple(
                round(1000 * nominal * (0.985 + 0.03 * drift(self.plan.seed + 31 * phase, time / 240.0)))
                for phase in range(len(here.net))
            ),
            frequency=round(self.plan.wiring.frequency + 0.1 * drift(self.plan.seed + 5, time / 120.0) - 0.05, 3),
            stored=stored,
            charge=stored / self.capacity if self.capacity else 0.0,
        )

    def awake(self, slope: int) -> bool:
        """Return whether a slope has light enough in the current step for its inverters to talk."""
        return self._here.shares[slope] > 0.0 or self._next.shares[slope] > 0.0

    def last_report(self, inverter: Inverter, time: int, interval: int) -> int:
        """Return the time at which an inverter last reported: by its own second of the interval, never by night."""
        if inverter.serial in self.frozen:
            return self.frozen[inverter.serial][0]
        light = self._lights[inverter.slope]
        end = min(time, light.slept)
        slot = end - (end - inverter.second) % interval
        if slot < light.woke:
            end = light.slept_before
            slot = end - (end - inverter.second) % interval
        # Before its first light ever, the slot is no number, and so not greater than anything.
        return int(slot) if slot > -inf else self.origin - (self.origin - inverter.second) % interval

    def sun_at(self, inverter: Inverter, time: float) -> float:
        """Return the sun an inverter had seen at a time of the last hour of light."""
        if inverter.serial in self.frozen:
            return self.frozen[inverter.serial][1]
        return self._lights[inverter.slope].sun_at(time, self._suns[inverter.slope])

    def fail(self, serial: str, now: float) -> None:
        """Let an inverter die: from the next step on it gives nothing, and it is never heard again."""
        self.at(now)
        inverter = next(each for each in self.plan.active if each.serial == serial)
        report = self.last_report(inverter, int(now), STEP)
        self.frozen[serial] = (report, self.sun_at(inverter, report))
        self._weigh()
